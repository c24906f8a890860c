"""A platform that cannot wait is told later; what it submitted is never lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ischia.banks import checks as bank_checks
from ischia.base import clock, storage
from ischia.base.jobs.models import Job
from ischia.content import checks as content_checks
from ischia.content.models import Fingerprint, PartContent
from ischia.decisions.models import Decision
from ischia.screening import checks, jobs
from ischia.screening.models import Screening
from ischia.screening.submission import Submission
from ischia.screening.verbs.screen import judge
from tests.journeys.conftest import LONG_TEXT, Platform
from tests.journeys.work import run_jobs


def test_a_pending_submission_is_screened_by_a_job(platform: Platform, picture: Callable[..., bytes]) -> None:
    platform.add_picture(picture(1))
    accepted = platform.screen_picture("1", picture(1), mode="async")
    assert accepted.status_code == 202
    assert accepted.json() == {"item": {"surface": "posts", "id": "1"}, "revision": 1, "state": "pending"}
    assert platform.get("/items/posts/1").json()["state"] == "pending"
    assert list(storage.names())
    run_jobs()
    item = platform.get("/items/posts/1").json()
    assert (item["state"], item["verdict"], len(item["decisions"])) == ("done", "remove", 1)


def test_the_same_submission_again_is_one_item_and_one_job(platform: Platform) -> None:
    for _ in range(2):
        assert platform.screen_text("1", "hello", mode="async").status_code == 202
    assert Screening.objects.count() == 1
    assert Job.objects.filter(name="screening.finish_pending").count() == 1
    run_jobs()
    assert platform.screen_text("1", "hello", mode="async").status_code == 200


def test_text_survives_the_way_through_the_queue_letter_by_letter(platform: Platform) -> None:
    text = "NUL \0, override \u202e, Arabic مرحبا, backslash \\n, emoji 🕊 " + LONG_TEXT
    platform.add_text(text)
    platform.screen_text("1", text, mode="async")
    run_jobs()
    assert platform.get("/items/posts/1").json()["verdict"] == "remove"


def test_a_removal_made_for_words_that_were_changed_since_goes_before_a_person(platform: Platform) -> None:
    platform.add_text(LONG_TEXT)
    platform.screen_text("1", LONG_TEXT, mode="async")
    platform.screen_text("1", "something harmless")
    run_jobs()
    item = platform.get("/items/posts/1").json()
    assert (item["revision"], item["verdict"], item["decisions"]) == (2, "allow", [])
    assert Screening.objects.get(revision__number=1).verdict == "queue"


def test_of_an_item_that_went_before_or_while_it_was_looked_at_nothing_is_kept_and_nothing_is_asked(
    platform: Platform, picture: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.add_picture(picture(1))
    for item in ("before", "while"):
        platform.screen_picture(item, picture(1), mode="async")
    platform.call("delete", "/items/posts/before")

    def go(submission: Submission, *args: Any, **kwargs: Any) -> Any:
        judged = judge(submission, *args, **kwargs)
        platform.call("delete", "/items/posts/while")
        return judged

    monkeypatch.setattr("ischia.screening.verbs.pending.judge", go)
    run_jobs()
    assert not Fingerprint.objects.exists()
    assert not PartContent.objects.exists()
    assert not Decision.objects.exists()
    assert [platform.get(f"/items/posts/{item}").json()["state"] for item in ("before", "while")] == ["gone", "gone"]
    assert list(checks.fsck(clock.now())) == []


def test_files_that_no_row_names_are_swept_and_the_others_stay(
    platform: Platform, picture: Callable[..., bytes]
) -> None:
    platform.add_picture(picture(1))
    platform.screen_picture("1", picture(1))
    kept = content_checks.named_files() | bank_checks.named_files()
    assert len(kept) == 2
    orphan = storage.save(b"left behind")
    draft = storage.path_of(orphan).with_suffix(".part")
    draft.write_bytes(b"unfinished")
    jobs.sweep_files({}, now=clock.now(), context=None)
    assert orphan in set(storage.names()), "it may belong to a request that is under way"
    jobs.sweep_files({}, now=clock.now() + timedelta(hours=2), context=None)
    assert set(storage.names()) == kept
    assert not draft.exists()
