"""What becomes of a job once it ran, what is enqueued by the clock, and what is said of the queue."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from ischia.base.ids import new_id
from ischia.base.jobs import LaterError, enqueue, revive, states, verbs
from ischia.base.jobs.context import JobContext
from ischia.base.jobs.models import Job, PeriodicJob
from ischia.base.jobs.queries import dead, status
from tests.base.job_table import NOW, SECOND, claim, nothing, run, wait_for


@pytest.mark.django_db
def test_a_job_that_returns_is_done(jobs):
    @jobs.job("test.job")
    def work(payload, /, *, now, context):
        context.progress(payload["n"], 4)

    enqueue("test.job", {"n": 3}, now=NOW)
    row = run(claim())
    assert (row.state, row.progress, row.finished_at) == (states.DONE, {"done": 3, "total": 4}, NOW)
    assert (row.holder, row.lease_until) == ("", None)


@pytest.mark.django_db
def test_a_job_that_raises_is_tried_again_later_and_at_last_buried_with_its_error(jobs):
    @jobs.job("test.job")
    def work(payload, /, *, now, context):
        raise ValueError("the disk is full")

    enqueue("test.job", {}, now=NOW, max_attempts=2)
    row = run(claim())
    assert (row.state, row.run_after) == (states.OPEN, NOW + SECOND)
    row = run(claim(now=NOW + SECOND), now=NOW + SECOND)
    assert row.state == states.DEAD
    assert "ValueError: the disk is full" in row.last_error
    assert [job.id for job in dead()] == [row.id]
    assert status(now=NOW).dead == 1


@pytest.mark.django_db
def test_a_job_that_exits_does_not_take_its_thread_with_it(jobs):
    @jobs.job("test.job")
    def work(payload, /, *, now, context):
        raise SystemExit(3)

    enqueue("test.job", {}, now=NOW)
    assert run(claim()).state == states.OPEN


@pytest.mark.django_db
def test_a_name_that_nobody_registered_is_buried_with_what_is_known(jobs):
    jobs.job("test.known")(nothing)
    enqueue("test.unknown", {}, now=NOW)
    row = run(claim())
    assert row.state == states.DEAD
    assert row.last_error == "no job is registered as 'test.unknown'; this version of Ischia knows: test.known"


@pytest.mark.django_db
def test_a_job_may_put_itself_off_as_often_as_it_likes(jobs):
    @jobs.job("test.job")
    def work(payload, /, *, now, context):
        raise LaterError(now + SECOND)

    enqueue("test.job", {}, now=NOW, max_attempts=1)
    for second in range(3):
        at = NOW + second * SECOND
        row = run(claim(now=at), now=at)
        assert (row.state, row.run_after, row.attempts) == (states.OPEN, at + SECOND, 0)


@pytest.mark.django_db
def test_a_job_whose_workers_keep_dying_is_buried():
    enqueue("test.job", {}, now=NOW, max_attempts=2)
    for attempt in (1, 2):
        assert claim(now=NOW + attempt * 10 * SECOND).attempt == attempt
        buried = verbs.expire(now=NOW + attempt * 10 * SECOND + verbs.LEASE + SECOND)
    assert [row.name for row in buried] == ["test.job"]
    assert "attempt 2 of 2" in Job.objects.get().last_error


@pytest.mark.django_db
def test_a_dead_job_can_be_revived_once(jobs):
    job = enqueue("test.unknown", {}, now=NOW)
    assert not revive(job=job, now=NOW)
    run(claim())
    assert revive(job=job, now=NOW)
    assert not revive(job=job, now=NOW)
    assert claim().attempt == 1


@pytest.mark.django_db
def test_an_open_job_can_be_cancelled_and_a_running_one_cannot(jobs):
    enqueue("test.job", {}, now=NOW, dedupe_key="k")
    assert verbs.cancel(dedupe_keys=["k"], now=NOW)
    assert claim() is None
    enqueue("test.job", {}, now=NOW, dedupe_key="k")
    assert claim()
    assert not verbs.cancel(dedupe_keys=["k"], now=NOW)


def test_two_functions_cannot_share_a_name(jobs):
    jobs.job("test.job")(nothing)
    with pytest.raises(ValueError, match=r"two jobs are named 'test\.job'"):
        jobs.job("test.job")(wait_for(threading.Event()))


# Periodic jobs


@pytest.mark.django_db
def test_a_periodic_job_is_enqueued_once_a_period_and_missed_periods_are_not_made_up():
    periods = {"test.tick": timedelta(minutes=1)}
    verbs.plan_periodic(periods, now=NOW)
    verbs.plan_periodic(periods, now=NOW + SECOND)
    assert verbs.enqueue_periodic(periods, now=NOW) == ["test.tick"]
    assert verbs.enqueue_periodic(periods, now=NOW + 59 * SECOND) == []
    late = NOW + timedelta(minutes=7, seconds=30)
    assert verbs.enqueue_periodic(periods, now=late) == ["test.tick"]
    assert PeriodicJob.objects.get().next_at == NOW + timedelta(minutes=8)


@pytest.mark.django_db
def test_a_shortened_period_counts_from_now():
    verbs.plan_periodic({"test.tick": timedelta(days=1)}, now=NOW)
    verbs.enqueue_periodic({"test.tick": timedelta(days=1)}, now=NOW)
    verbs.plan_periodic({"test.tick": timedelta(minutes=1)}, now=NOW)
    assert PeriodicJob.objects.get().next_at == NOW + timedelta(minutes=1)


# Upkeep


@pytest.mark.django_db
def test_old_finished_jobs_are_swept_and_dead_ones_are_kept(jobs):
    jobs.job("test.job")(nothing)
    for name in ("test.job", "test.unknown"):
        enqueue(name, {}, now=NOW)
        run(claim())
    assert verbs.sweep(before=NOW) == 0
    assert verbs.sweep(before=NOW + SECOND) == 1
    assert Job.objects.get().state == states.DEAD


@pytest.mark.django_db(transaction=True)
def test_the_upkeep_deletes_what_was_done_long_ago_in_bites(monkeypatch):
    from ischia.base.jobs import upkeep

    old = NOW - upkeep.KEPT - SECOND
    for at in (old, old, old, NOW):
        taken = enqueue("test.job", {}, now=at)
        verbs.finish(job=taken, token=claim(now=at).token, now=at)
    monkeypatch.setattr(verbs.sweep, "__kwdefaults__", {"limit": 1})
    upkeep.sweep({}, now=NOW, context=JobContext(new_id(), 1, "one", 1, threading.Event()))
    assert [row.finished_at for row in Job.objects.all()] == [NOW]


# What is said of the queue


@pytest.mark.django_db
def test_the_status_counts_jobs_and_says_what_is_late():
    enqueue("a", {}, now=NOW - 90 * SECOND)
    enqueue("b", {}, now=NOW, deadline=NOW - SECOND)
    enqueue("c", {}, now=NOW, run_after=NOW + SECOND)
    seen = status(now=NOW)
    assert (seen.open, seen.due, seen.running, seen.dead, seen.late) == (3, 2, 0, 0, 1)
    assert seen.oldest_due == 90 * SECOND
    assert seen.workers == ()
