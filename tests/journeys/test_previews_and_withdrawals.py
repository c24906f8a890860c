"""What a hunt found waits for somebody to accept its preview; what rested on a withdrawn entry is put back."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from ischia.base import clock
from ischia.base.events import Actor, EventRow
from ischia.core.signals import make
from ischia.review.models import Case
from ischia.screening import hunts, verbs
from ischia.screening.errors import HuntRefusedError
from ischia.screening.models import Hunt
from tests.journeys.conftest import LONG_TEXT, Platform
from tests.journeys.work import run_jobs

LEAD = Actor("person", "lead@example.org")


def finished_hunt(platform: Platform, *, count: int = 3) -> hunts.HuntView:
    for number in range(count):
        platform.screen_text(str(number), LONG_TEXT)
    platform.screen_text("other", "A text about something else altogether.")
    platform.add_text(LONG_TEXT)
    run_jobs()
    ((_, view),) = hunts.recent()
    return view


def test_a_preview_says_what_would_be_done_and_nothing_is_until_it_is_accepted(platform: Platform) -> None:
    view = finished_hunt(platform)
    assert (view.state, view.found, dict(view.would)) == ("done", 3, {"remove": 3})
    assert platform.get("/items/posts/1").json()["decisions"] == []
    assert Case.objects.get().items == 3
    verbs.answer_hunt(hunt=view.id, answer="accepted", actor=LEAD, now=clock.now())
    run_jobs()
    for number in range(3):
        (decision,) = platform.get(f"/items/posts/{number}").json()["decisions"]
        assert decision["effect"] == "remove"
    assert hunts.view(Hunt.objects.get(pk=view.id)).acted == 3
    assert platform.get("/items/posts/other").json()["decisions"] == []


def test_a_refused_preview_does_nothing_and_cannot_be_accepted_afterwards(platform: Platform) -> None:
    view = finished_hunt(platform)
    verbs.answer_hunt(hunt=view.id, answer="refused", actor=LEAD, now=clock.now())
    assert verbs.answer_hunt(hunt=view.id, answer="accepted", actor=LEAD, now=clock.now()).answer == "refused"
    run_jobs()
    assert platform.get("/items/posts/1").json()["decisions"] == []


def test_what_changed_after_the_preview_is_left_alone(platform: Platform) -> None:
    view = finished_hunt(platform)
    platform.screen_text("0", "The author has written something else.")
    platform.call("delete", "/items/posts/1")
    verbs.answer_hunt(hunt=view.id, answer="accepted", actor=LEAD, now=clock.now())
    run_jobs()
    assert platform.get("/items/posts/0").json()["decisions"] == []
    assert platform.get("/items/posts/1").json()["decisions"] == []
    assert len(platform.get("/items/posts/2").json()["decisions"]) == 1


def test_a_hunt_that_runs_has_no_preview_to_accept(platform: Platform) -> None:
    entry = UUID(platform.add_text(LONG_TEXT).json()["id"])
    hunt = verbs.start_hunt(entry=entry, now=clock.now())
    with pytest.raises(HuntRefusedError, match="can be answered when it is done"):
        verbs.answer_hunt(hunt=hunt.id, answer="accepted", actor=LEAD, now=clock.now())


def test_a_bank_may_say_that_its_finds_act_at_once(platform: Platform) -> None:
    platform.call("post", "/banks", {"name": "swift", "purpose": "x", "acting": True, "hunt_finds": "act"})
    platform.screen_text("1", LONG_TEXT)
    form = {"label": "known", "source": "archive", "context": "any", "text": LONG_TEXT}
    assert platform.call("post", "/banks/swift/entries", form).status_code == 201
    run_jobs()
    assert [d["effect"] for d in platform.get("/items/posts/1").json()["decisions"]] == ["remove"]


def test_a_whole_bank_is_hunted_for_at_once(platform: Platform) -> None:
    view = finished_hunt(platform)
    bank = Hunt.objects.get(pk=view.id).entry.bank
    hunt = verbs.start_hunt(bank=bank.pk, now=clock.now())
    while hunt.state == "open":
        hunt = verbs.continue_hunt(hunt=hunt.id, now=clock.now(), chunk=2)
    assert hunt.found == 3


def test_what_rested_on_a_withdrawn_entry_alone_is_put_back(platform: Platform) -> None:
    entry = platform.add_text(LONG_TEXT).json()
    assert platform.screen_text("1", LONG_TEXT).json()["verdict"] == "remove"
    platform.call("post", f"/banks/{entry['bank']}/entries/{entry['id']}/retire")
    run_jobs()
    (decision,) = platform.get("/items/posts/1").json()["decisions"]
    assert (decision["state"], decision["ended_because"]) == ("ended", "the entry that it rested on was withdrawn")
    assert [action["kind"] for action in decision["actions"]] == ["remove", "restore"]


def test_what_another_entry_vouches_for_as_well_stays_removed(platform: Platform) -> None:
    first, _ = platform.add_text(LONG_TEXT).json(), platform.add_text(LONG_TEXT).json()
    platform.screen_text("1", LONG_TEXT)
    platform.call("post", f"/banks/{first['bank']}/entries/{first['id']}/retire")
    run_jobs()
    (decision,) = platform.get("/items/posts/1").json()["decisions"]
    assert decision["state"] == "in_force"


def asked(platform: Platform) -> hunts.HuntView:
    signal = make("sha256", "a" * 64)
    return verbs.ask_hunt(signals=[signal], reason="a court asks", asked_by="a@example.org", now=clock.now())


def test_an_ad_hoc_hunt_needs_a_reason_and_a_second_person(platform: Platform) -> None:
    with pytest.raises(HuntRefusedError, match="needs a reason"):
        verbs.ask_hunt(signals=[make("sha256", "a" * 64)], reason=" ", asked_by="a@example.org", now=clock.now())
    hunt = asked(platform)
    assert hunt.state == "waiting"
    with pytest.raises(HuntRefusedError, match="waits for a second person"):
        verbs.continue_hunt(hunt=hunt.id, now=clock.now())
    with pytest.raises(HuntRefusedError, match="another person approves it"):
        verbs.approve_hunt(hunt=hunt.id, approved_by="a@example.org", now=clock.now())
    assert verbs.approve_hunt(hunt=hunt.id, approved_by="b@example.org", now=clock.now()).state == "open"


def test_who_is_alone_may_approve_a_day_later_and_the_ledger_says_so(platform: Platform) -> None:
    hunt = asked(platform)
    later = clock.now() + timedelta(hours=25)
    assert verbs.approve_hunt(hunt=hunt.id, approved_by="a@example.org", now=later).state == "open"
    assert '"alone":true' in EventRow.objects.get(kind="screening.hunt_approved").leaf


def test_an_ad_hoc_hunt_tells_items_and_never_authors(platform: Platform) -> None:
    platform.screen_text("1", LONG_TEXT)
    from ischia.core.text import text_signal

    signal = text_signal(LONG_TEXT)
    assert signal
    hunt = verbs.ask_hunt(signals=[signal], reason="a court asks", asked_by="a@example.org", now=clock.now())
    verbs.approve_hunt(hunt=hunt.id, approved_by="b@example.org", now=clock.now())
    view = verbs.continue_hunt(hunt=hunt.id, now=clock.now())
    assert (view.state, view.found) == ("done", 1)
    ((_, find),) = hunts.finds(hunt.id)
    assert (find.surface, find.item) == ("posts", "1")
    assert not {"author", "account"} & set(hunts.FindView.__slots__)
    assert platform.get("/items/posts/1").json()["decisions"] == []
    with pytest.raises(HuntRefusedError, match="add the file to a bank first"):
        verbs.answer_hunt(hunt=hunt.id, answer="accepted", actor=LEAD, now=clock.now())
