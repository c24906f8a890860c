"""A new entry is searched in everything that is held, and its finds go before a person."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from ischia.base import clock
from ischia.screening import verbs
from ischia.screening.models import Match
from tests.journeys.conftest import LONG_TEXT, Platform
from tests.journeys.work import run_jobs


def test_what_was_let_pass_is_found_when_it_becomes_known(platform: Platform, picture: Callable[..., bytes]) -> None:
    assert platform.screen_picture("1", picture(1, quality=50)).json()["verdict"] == "allow"
    assert platform.screen_text("2", LONG_TEXT).json()["verdict"] == "allow"
    platform.screen_picture("3", picture(3))
    platform.add_picture(picture(1))
    platform.add_text(LONG_TEXT)
    run_jobs()
    found = {match.revision.item.external_id for match in Match.objects.filter(hunted=True)}
    assert found == {"1", "2"}
    assert platform.get("/items/posts/2").json()["decisions"] == []


def test_a_hunt_goes_on_after_an_interruption_and_finds_nothing_twice(platform: Platform) -> None:
    for number in range(7):
        platform.screen_text(str(number), LONG_TEXT)
    entry = UUID(platform.add_text(LONG_TEXT).json()["id"])
    hunt = verbs.start_hunt(entry=entry, now=clock.now())
    first = verbs.continue_hunt(hunt=hunt.id, now=clock.now(), chunk=6)
    assert (first.state, first.found) == ("open", 3)
    view = first
    while view.state == "open":
        view = verbs.continue_hunt(hunt=hunt.id, now=clock.now(), chunk=6)
    assert view.found == 7
    run_jobs()
    assert Match.objects.filter(hunted=True).count() == 7


def test_old_revisions_and_deleted_items_are_not_found(platform: Platform) -> None:
    platform.screen_text("1", LONG_TEXT)
    platform.screen_text("1", "something else")
    platform.screen_text("2", LONG_TEXT)
    platform.call("delete", "/items/posts/2")
    platform.add_text(LONG_TEXT)
    run_jobs()
    assert not Match.objects.exists()
