"""One item submitted by many requests at once: each gets an answer, and each content becomes a revision once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from ischia.base import clock, writer
from ischia.content.models import Item, Revision
from ischia.decisions.models import Decision
from ischia.policies.verbs import ensure_default
from ischia.screening.models import Screening
from tests.journeys.conftest import LONG_TEXT, Platform, make_platform

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 12


@pytest.fixture(params=[True, False], ids=["written in groups", "each by itself"])
def platform(transactional_db: None, client: Client, request: pytest.FixtureRequest) -> Iterator[Platform]:
    ensure_default(clock.now())
    platform = make_platform(client)
    platform.post("/surfaces", {"name": "posts", "audience": "public", "when_silent": "publish"})
    platform.post("/banks", {"name": "known", "purpose": "stand-ins", "acting": True})
    platform.add_text(LONG_TEXT)
    if request.param:
        writer.start()
    yield platform
    writer.stop()


def at_once(work: Callable[[int], Any]) -> list[Any]:
    start = Barrier(AT_ONCE)

    def one(number: int) -> Any:
        try:
            start.wait()
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def submit(platform: Platform, text: str, mode: str) -> Any:
    return Platform(Client(), platform.key).screen_text("one", text, mode=mode)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_contents_that_differ_become_revisions_that_are_all_answered(platform: Platform, mode: str) -> None:
    answers = at_once(lambda number: submit(platform, f"text {number}", mode))
    assert {answer.status_code for answer in answers} == {200 if mode == "sync" else 202}
    assert sorted(answer.json()["revision"] for answer in answers) == list(range(1, AT_ONCE + 1))
    assert Item.objects.get().revision_number == Revision.objects.count() == Screening.objects.count() == AT_ONCE


def test_the_same_content_is_decided_once(platform: Platform) -> None:
    answers = at_once(lambda _: submit(platform, LONG_TEXT, "sync"))
    assert {answer.status_code for answer in answers} == {200}
    assert {(answer.json()["revision"], answer.json()["decision"]) for answer in answers} == {
        (1, str(Decision.objects.get().pk))
    }


def test_a_copy_that_is_screened_later_waits_once(platform: Platform) -> None:
    answers = at_once(lambda _: submit(platform, LONG_TEXT, "async"))
    assert {(answer.status_code, answer.json()["revision"]) for answer in answers} == {(202, 1)}
    assert Screening.objects.get().state == "pending"
