"""What happens to a job whose worker is killed, frozen or told to stop. The workers are real processes."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
from django.db import connection, transaction

from ischia.base.clock import now
from ischia.base.jobs import enqueue, states
from ischia.base.jobs.models import Job, WorkerBeat
from ischia.base.jobs.queries import status
from ischia.base.jobs.verbs import LEASE
from tests.base.processes import WorkerProcess, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

TAKEOVER = LEASE.total_seconds() + 1


@pytest.fixture
def start():
    started = []

    def start(**environment):
        worker = WorkerProcess(**environment)
        started.append(worker)
        worker.wait_for("ready")
        return worker

    yield start
    for worker in started:
        worker.end()


def state_of(job):
    return Job.objects.get(pk=job).state


def is_stopped(pid):
    return "\nState:\tT" in Path(f"/proc/{pid}/status").read_text()


def marks():
    return [row.payload["by"] for row in Job.objects.filter(name="test.mark")]


def test_a_job_whose_worker_was_killed_is_done_by_another_within_the_lease_and_a_second(start):
    first = start()
    job = enqueue("test.pause_then_note", {}, now=now())
    first.wait_for("begun 1")
    second = start()
    killed = time.monotonic()
    first.process.send_signal(signal.SIGKILL)
    done, _ = second.wait_for("written 2")
    assert done - killed < TAKEOVER
    until(lambda: state_of(job) == states.DONE)
    assert marks() == [2]


def test_a_frozen_worker_that_wakes_late_cannot_write(start):
    first = start()
    job = enqueue("test.pause_then_note", {}, now=now())
    first.wait_for("begun 1")
    second = start()
    with transaction.atomic():  # So that it does not freeze while it holds the only write lock that SQLite has.
        Job.objects.filter(pk=job).update(priority=1)
        frozen = time.monotonic()
        first.process.send_signal(signal.SIGSTOP)
        until(lambda: is_stopped(first.process.pid))
    done, _ = second.wait_for("written 2", within=15)
    assert done - frozen < TAKEOVER
    until(lambda: state_of(job) == states.DONE)
    first.process.send_signal(signal.SIGCONT)
    first.proceed()
    first.wait_for("fenced 1")
    assert marks() == [2]
    assert Job.objects.get(pk=job).token == 2


def test_a_job_whose_worker_lives_is_not_taken_over(start):
    first, second = start(), start()
    job = enqueue("test.pause_then_note", {}, now=now())
    until(lambda: state_of(job) == states.RUNNING)
    row = Job.objects.get(pk=job)
    until(lambda: now() > row.lease_until + LEASE / 5, within=10, what="the end of the first lease")
    seen = Job.objects.get(pk=job)
    assert (seen.holder, seen.token, seen.attempts) == (row.holder, 1, 1)
    assert seen.lease_until > now()
    assert len(status(now=now()).workers) == 2
    first.proceed()
    second.proceed()
    until(lambda: state_of(job) == states.DONE)
    assert marks() == [1]


def test_a_worker_that_is_told_to_stop_finishes_what_runs(start):
    worker = start()
    job = enqueue("test.pause_then_note", {}, now=now())
    worker.wait_for("begun 1")
    worker.process.send_signal(signal.SIGTERM)
    worker.proceed()
    worker.wait_for("stopped")
    assert state_of(job) == states.DONE
    assert worker.process.wait(timeout=10) == 0
    assert not WorkerBeat.objects.exists()


def test_a_job_that_kills_its_workers_is_buried(start):
    job = enqueue("test.poison", {}, now=now(), max_attempts=1)
    start().process.wait(timeout=10)
    other = start()
    until(lambda: state_of(job) == states.DEAD, what="the burial")
    assert "stopped renewing" in Job.objects.get(pk=job).last_error
    enqueue("test.note", {"text": "alive"}, now=now())
    other.wait_for("noted alive")


def test_two_workers_run_a_periodic_job_once(start):
    workers = [start(PERIODIC="1"), start(PERIODIC="1")]
    until(lambda: Job.objects.filter(name="test.tick", state=states.DONE).count() == 1)
    for number in range(8):
        enqueue("test.note", {"text": str(number)}, now=now())
    until(lambda: not Job.objects.filter(name="test.note").exclude(state=states.DONE).exists())
    assert Job.objects.filter(name="test.tick").count() == 1
    assert len(workers) == len(status(now=now()).workers)


def test_a_database_that_was_locked_for_longer_than_a_lease_costs_no_worker_its_job(start):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL locks rows, not the database")
    workers = [start(), start()]
    job = enqueue("test.pause_then_note", {}, now=now())
    until(lambda: state_of(job) == states.RUNNING)
    with transaction.atomic():
        lease_ends = Job.objects.get(pk=job).lease_until
        until(lambda: now() > lease_ends + LEASE / 2, within=15, what="the end of the lease")
    until(lambda: (Job.objects.get(pk=job).lease_until or lease_ends) > now(), what="the late heartbeat")
    for worker in workers:
        worker.proceed()
    until(lambda: state_of(job) == states.DONE)
    assert marks() == [1]
