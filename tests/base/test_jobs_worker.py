"""A worker in this process: its lanes, its loops, how it wakes and how it ends."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from ischia.base.clock import now
from ischia.base.jobs import enqueue, registry, states, wake
from ischia.base.jobs.models import Job
from ischia.base.jobs.queries import status
from ischia.base.jobs.worker import Worker
from tests.base.job_table import NOW, SECOND, nothing, wait_for
from tests.base.processes import until


@pytest.fixture
def working(jobs):
    """Run a worker in a thread while the test lasts."""
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def start(**more):
        worker = Worker(threads=2, network_threads=2, **more)
        threads.append(threading.Thread(target=worker.run, args=(stop,)))
        threads[-1].start()
        return worker

    yield start
    stop.set()
    for thread in threads:
        thread.join(timeout=20)
        assert not thread.is_alive()


@pytest.mark.django_db(transaction=True)
def test_jobs_that_wait_for_the_network_do_not_block_the_others(jobs, working):
    release = threading.Event()
    jobs.job("test.slow", lane=registry.NETWORK)(wait_for(release))
    jobs.job("test.quick")(nothing)
    slow = [enqueue("test.slow", {}, now=now(), deadline=now()) for _ in range(5)]
    working()
    until(lambda: Job.objects.filter(state=states.RUNNING).count() == 2)
    quick = enqueue("test.quick", {}, now=now())
    until(lambda: Job.objects.get(pk=quick).state == states.DONE)
    release.set()
    until(lambda: Job.objects.filter(pk__in=slow, state=states.DONE).count() == 5)


@pytest.mark.django_db(transaction=True)
def test_a_job_without_a_sign_of_life_is_taken_over(jobs, working):
    release = threading.Event()
    seen: list[int] = []

    @jobs.job("test.stuck", silence=SECOND)
    def stuck(payload, /, *, now, context):
        seen.append(context.token)
        if context.token == 1:
            release.wait(30)

    job = enqueue("test.stuck", {}, now=now())
    working()
    until(lambda: Job.objects.get(pk=job).state == states.DONE, within=15)
    release.set()
    assert seen == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_stopping_worker_gives_back_what_does_not_end(jobs):
    release, begun, stop = threading.Event(), threading.Event(), threading.Event()

    @jobs.job("test.endless")
    def endless(payload, /, *, now, context):
        begun.set()
        release.wait(30)

    job = enqueue("test.endless", {}, now=now())
    thread = threading.Thread(target=Worker(threads=1, grace=0.1).run, args=(stop,))
    thread.start()
    assert begun.wait(10)
    stop.set()
    until(lambda: Job.objects.get(pk=job).state == states.OPEN)
    release.set()
    thread.join(timeout=20)
    row = Job.objects.get(pk=job)
    assert (row.state, row.attempts) == (states.OPEN, 0)


@pytest.mark.django_db(transaction=True)
def test_a_loop_that_fails_is_counted_and_goes_on(jobs, working, monkeypatch):
    calls: list[str] = []

    def tick(now, holder):
        calls.append(holder)
        if len(calls) < 3:
            raise ValueError("not yet")
        return False

    failing: list[int] = []
    monkeypatch.setattr(registry, "LOOPS", [("test loop", tick)])
    worker = working()
    until(lambda: failing.append(worker._loops.get("test loop")) or len(calls) >= 4)
    assert {1, 2, 0} <= set(failing)
    assert set(calls) == {worker.holder}
    until(lambda: [view.failing for view in status(now=now()).workers] == [{}])


@pytest.mark.django_db(transaction=True)
def test_a_worker_whose_thread_dies_says_so_and_ends(jobs, monkeypatch):
    def broken(self, started):
        raise MemoryError("no room for a heartbeat")

    monkeypatch.setattr(Worker, "_beat", broken)
    with pytest.raises(RuntimeError, match="heartbeat"):
        Worker(threads=1).run(threading.Event())


@pytest.mark.django_db(transaction=True)
def test_a_commit_wakes_the_workers_of_this_process_and_a_rollback_does_not():
    woken = threading.Event()
    unsubscribe = wake.subscribe(woken)
    with transaction.atomic():
        enqueue("test.job", {}, now=NOW)
        transaction.set_rollback(True)
    assert not woken.is_set()
    with transaction.atomic():
        enqueue("test.job", {}, now=NOW)
        assert not woken.is_set()
    assert woken.is_set()
    unsubscribe()


@pytest.mark.django_db(transaction=True)
def test_postgresql_wakes_the_workers_of_other_processes():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no NOTIFY; its workers ask every 200 ms")
    woken, stop = threading.Event(), threading.Event()
    thread = threading.Thread(target=wake.listen, args=(woken, stop))
    thread.start()
    assert woken.wait(10)  # It is set once when the listening begins.
    woken.clear()
    enqueue("test.job", {}, now=NOW)
    assert woken.wait(10)
    stop.set()
    thread.join(timeout=10)


@pytest.mark.django_db(transaction=True)
def test_a_worker_outlives_the_loss_of_its_database_connections(jobs, working):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no connections to lose")
    jobs.job("test.job")(nothing)
    working()
    first = enqueue("test.job", {}, now=now())
    until(lambda: Job.objects.get(pk=first).state == states.DONE)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert len(cursor.fetchall()) >= 3
    others = [enqueue("test.job", {}, now=now()) for _ in range(8)]
    until(lambda: Job.objects.filter(pk__in=others, state=states.DONE).count() == 8, within=20)
