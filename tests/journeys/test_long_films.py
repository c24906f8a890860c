"""A long film is looked at by a job, window by window: it tells how far it is, and never passes for more than it saw."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ischia.base import cage, clock
from ischia.base.cage import CageBusy, Undecodable
from ischia.base.jobs.context import JobContext, LeaseLostError
from ischia.base.jobs.models import Job
from ischia.base.jobs.verbs import claim
from ischia.screening import films, verbs
from ischia.screening.errors import LongFilmError
from ischia.screening.models import Screening
from tests.core.films import moment, shown, written
from tests.journeys.conftest import Platform
from tests.journeys.test_documents_and_sounds import screen
from tests.journeys.work import run_jobs

SECONDS, AT = 90, 51.0
"""How long the film is, and where it shows 5 s of the known one."""


@cache
def _made(name: str, folder: Path) -> bytes:
    if name == "known":
        return written(folder / name, shown(0, 12)).read_bytes()
    frames = [
        moment(second - AT + 3) if AT <= second < AT + 5 else moment(second, seed=7)
        for second in (number / 2 for number in range(2 * SECONDS))
    ]
    return written(folder / name, frames, rate=2, gop=4).read_bytes()


@pytest.fixture
def known(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return _made("known", tmp_path_factory.getbasetemp())


@pytest.fixture
def long(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A film of a minute and a half, where windows have 20 seconds."""
    monkeypatch.setattr(films, "WINDOW", 20.0)
    return _made("long", tmp_path_factory.getbasetemp())


def send(platform: Platform, content: bytes) -> Any:
    parts = [{"id": "film", "type": "video", "file": "f"}]
    return platform.send("/screen", "submission", {"surface": "posts", "id": "long", "parts": parts}, f=content)


def item(platform: Platform) -> Any:
    return platform.get("/items/posts/long").json()


def test_a_long_film_is_screened_later_and_tells_how_far_it_is(platform: Platform, known: bytes, long: bytes) -> None:
    platform.add_picture(known)
    accepted = send(platform, long)
    assert accepted.status_code == 202
    assert "progress" not in accepted.json()
    context = running()
    context.progress(40, SECONDS)
    assert send(platform, long).json()["progress"] == item(platform)["progress"] == {"done": 40, "total": SECONDS}
    heard: list[float] = []
    finish(context, lambda done, _: heard.append(done))
    assert heard == [20, 40, 60, 80, SECONDS]
    assert (item(platform)["state"], item(platform)["progress"]) == ("done", None)


def test_a_moment_between_two_keyframes_is_found_by_a_closer_look(
    platform: Platform, known: bytes, long: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.add_picture(known)
    send(platform, long)
    run_jobs()
    found = item(platform)
    assert (found["state"], found["verdict"]) == ("done", "queue")
    assert found["parts"][0]["notes"] == ["keyframes", "no_sound_track"]
    (match,) = found["matches"]
    start, end, entry_start, _ = match["where"]["seconds"][0]
    assert abs(start - AT) < 2
    assert end - start > 3
    assert abs(entry_start - start - (3 - AT)) < 1


def test_what_keyframes_alone_show_of_it_is_too_little(
    platform: Platform, known: bytes, long: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ischia.screening.opening.worth_a_closer_look", lambda _: [])
    platform.add_picture(known)
    send(platform, long)
    run_jobs()
    assert (item(platform)["state"], item(platform)["match_count"]) == ("done", 0)


def test_a_look_that_was_broken_off_begins_again_without_harm(platform: Platform, known: bytes, long: bytes) -> None:
    platform.add_picture(known)
    send(platform, long)
    context = running()

    def lost(done: float, total: float) -> None:
        raise LeaseLostError("another worker has it")

    with pytest.raises(LeaseLostError):
        finish(context, lost)
    assert Screening.objects.get().state == "pending"
    finish(context, lambda *_: None)
    assert (item(platform)["state"], item(platform)["match_count"]) == ("done", 1)


@pytest.mark.parametrize("reason", ["too_large", "timeout"])
def test_a_film_that_is_not_looked_at_to_its_end_says_so_and_goes_before_a_person(
    platform: Platform, long: bytes, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    if reason == "too_large":
        monkeypatch.setattr(films, "MOST_WINDOWS", 2)
    else:
        fail_from(monkeypatch, 40.0, Undecodable("timeout", "this took too long"))
    send(platform, long)
    run_jobs()
    found = item(platform)
    assert found["verdict"] == "queue"
    assert "cut_off" in found["parts"][0]["notes"]
    assert found["parts"][0]["left_out"] == [{"inside": "film after 0:40", "reason": reason}]


def test_a_film_that_fails_in_its_first_window_is_undecodable(
    platform: Platform, long: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_from(monkeypatch, 0.0, Undecodable("timeout", "this took too long"))
    answer = screen(platform, "video", long)
    assert (answer["parts"][0]["state"], answer["parts"][0]["reason"]) == ("undecodable", "timeout")


def test_a_job_waits_for_a_cage_and_a_request_does_not(
    long: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "film").write_bytes(long)
    busy = iter([CageBusy("busy")] * 3)
    monkeypatch.setattr(cage, "video", failing(cage.video, lambda _: next(busy, None)))
    heard: list[tuple[float, float]] = []
    film = films.look(tmp_path / "film", told=lambda *far: heard.append(far))
    assert film.left_out == ""
    assert len(heard) == 5 + 3
    monkeypatch.setattr(cage, "video", failing(cage.video, lambda _: CageBusy("busy")))
    with pytest.raises(CageBusy):
        films.look(tmp_path / "film")


def test_a_known_film_is_looked_at_in_as_many_windows_as_somebody_may_wait_for(long: bytes, tmp_path: Path) -> None:
    (tmp_path / "film").write_bytes(long)
    with pytest.raises(LongFilmError):
        films.look(tmp_path / "film", dense=True, at_once=4)
    whole = films.look(tmp_path / "film", dense=True, at_once=5)
    assert (whole.left_out, whole.sample.rest) == ("", None)
    assert whole.reached == pytest.approx(SECONDS, abs=1)


def running() -> JobContext:
    (job,) = [each for each in claim(holder="test", now=clock.now(), limit=50) if each.name == verbs.pending.JOB]
    return JobContext(job.job, job.token, "test", job.attempt, threading.Event())


def finish(context: JobContext, told: films.Told) -> None:
    payload = Job.objects.get(pk=context.job).payload
    verbs.finish_pending(**payload, now=clock.now(), fenced=lambda: None, told=told)
    Job.objects.filter(pk=context.job).update(state="done", lease_until=None, dedupe_key=None)


def fail_from(monkeypatch: pytest.MonkeyPatch, second: float, error: Exception) -> None:
    monkeypatch.setattr(cage, "video", failing(cage.video, lambda begin: error if begin >= second else None))


def failing(work: Any, fails: Any) -> Any:
    def video(path: Path, **options: Any) -> Any:
        if (error := fails(options["begin"].second)) is not None:
            raise error
        return work(path, **options)

    return video
