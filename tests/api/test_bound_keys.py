"""A key that is bound to surfaces reaches nothing of the others."""

from __future__ import annotations

import pytest
from django.test import Client

from ischia.base import clock
from ischia.base.keys.models import ApiKey
from ischia.base.keys.scopes import EVERYWHERE, Scope
from ischia.base.keys.verbs import create_key
from ischia.content.models import Item
from ischia.decisions.models import Action
from tests.journeys.conftest import LONG_TEXT, SYSTEM, Platform


@pytest.fixture
def bound(platform: Platform, client: Client) -> Platform:
    """A platform's second key, for `comments` alone."""
    platform.post("/surfaces", {"name": "comments", "audience": "public", "when_silent": "publish"})
    scopes = tuple(set(Scope) - EVERYWHERE)
    _, secret = create_key(name="comments", scopes=scopes, surfaces=("comments",), actor=SYSTEM, now=clock.now())
    return Platform(client, secret)


def test_it_submits_reads_deletes_and_acknowledges_on_its_own_surface_alone(
    platform: Platform, bound: Platform
) -> None:
    platform.add_text(LONG_TEXT)
    told = platform.screen_text("1", LONG_TEXT).json()
    action = told["actions"][0]["id"]
    assert bound.screen_text("2", "hello").status_code == 403
    assert bound.get("/items/posts/1").status_code == 403
    assert bound.call("delete", "/items/posts/1").status_code == 403
    assert bound.get(f"/decisions/{told['decision']}").status_code == 403
    assert bound.post(f"/actions/{action}/ack", {"outcome": "done"}).status_code == 403
    assert Action.objects.get(pk=action).state == "requested"
    assert [item.external_id for item in Item.objects.filter(gone_at=None)] == ["1"]
    own = bound.screen_text("3", LONG_TEXT, surface="comments").json()
    assert bound.post(f"/actions/{own['actions'][0]['id']}/ack", {"outcome": "done"}).status_code == 200


def test_it_reaches_nothing_that_concerns_every_surface_even_if_it_was_given_the_scope(bound: Platform) -> None:
    ApiKey.objects.filter(name="comments").update(scopes=[str(scope) for scope in Scope])
    hook = {"url": "https://platform.example/hook", "events": ["item.screened"]}
    assert bound.post("/webhooks", hook).status_code == 403
    assert bound.call("delete", "/webhooks/00000000-0000-0000-0000-000000000000").status_code == 403
    assert bound.post("/banks", {"name": "mine", "purpose": "p"}).status_code == 403
    assert bound.post("/banks/known/entries", {"label": "l", "source": "s", "text": LONG_TEXT}).status_code == 403
    assert bound.post("/surfaces", {"name": "x", "audience": "public", "when_silent": "hold"}).status_code == 403
