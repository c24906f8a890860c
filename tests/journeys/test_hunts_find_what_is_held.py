"""A new entry is searched in everything that is held, and its finds go before a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from ischia.base import clock
from ischia.base.events import EventRow
from ischia.screening import verbs
from ischia.screening.fingerprints import search
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
    begun = verbs.start_hunt(entry=entry, now=clock.now())
    first = verbs.continue_hunt(hunt=begun.id, now=clock.now(), chunk=6)
    assert (first.state, first.found) == ("open", 3)
    view = first
    while view.state == "open":
        view = verbs.continue_hunt(hunt=begun.id, now=clock.now(), chunk=6)
    assert view.found == 7
    run_jobs()
    assert Match.objects.filter(hunted=True).count() == 7


def test_a_job_that_is_run_twice_hunts_once_and_a_second_look_opens_nothing(platform: Platform) -> None:
    platform.screen_text("1", LONG_TEXT)
    entry = UUID(platform.add_text(LONG_TEXT).json()["id"])
    added = EventRow.objects.get(kind="banks.entry_added")
    run_jobs()
    first = verbs.start_hunt(entry=entry, since=added.at, now=clock.now())
    assert first.state == "done"
    newer = verbs.start_hunt(entry=entry, now=clock.now())
    assert newer.id != first.id
    verbs.look_again(hunt=first.id)
    view = verbs.continue_hunt(hunt=first.id, now=clock.now(), chunk=1)
    while view.done < view.total:
        assert view.state == "done"
        view = verbs.continue_hunt(hunt=first.id, now=clock.now(), chunk=1)
    assert (view.state, view.found) == ("done", 1)


def test_old_revisions_and_deleted_items_are_not_found(platform: Platform) -> None:
    platform.screen_text("1", LONG_TEXT)
    platform.screen_text("1", "something else")
    platform.screen_text("2", LONG_TEXT)
    platform.call("delete", "/items/posts/2")
    platform.add_text(LONG_TEXT)
    run_jobs()
    assert not Match.objects.exists()


def test_a_search_holds_up_no_submission_and_what_was_retired_during_it_is_not_found(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.screen_text("1", LONG_TEXT)
    entry = UUID(platform.add_text(LONG_TEXT).json()["id"])
    view = verbs.start_hunt(entry=entry, now=clock.now())
    open_before = len(connection.savepoint_ids)

    def slowly(*args: Any) -> Any:
        assert len(connection.savepoint_ids) == open_before, "where one process writes at a time, this is a lock"
        found = search(*args)
        assert found
        platform.post(f"/banks/known/entries/{entry}/retire", {})
        return found

    monkeypatch.setattr("ischia.screening.verbs.hunt.search", slowly)
    assert verbs.continue_hunt(hunt=view.id, now=clock.now()).found == 0
    assert not Match.objects.exists()
