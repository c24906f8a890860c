"""The job table on whichever database the tests run on: who gets which job, once, and what becomes of it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections, transaction

from ischia.base.ids import new_id
from ischia.base.jobs import LaterError, LeaseLostError, enqueue, registry, revive, states, verbs, wake
from ischia.base.jobs.context import JobContext
from ischia.base.jobs.models import Job, PeriodicJob
from ischia.base.jobs.queries import dead, status
from ischia.base.jobs.run import Runner
from tests.base.processes import until

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def jobs(monkeypatch):
    """Give the test a registry of its own."""
    monkeypatch.setattr(registry, "_jobs", {})
    monkeypatch.setattr(registry, "_periods", {})
    return registry


def nothing(payload, /, *, now, context):
    pass


def wait_for(event):
    def wait(payload, /, *, now, context):
        event.wait(20)

    return wait


def claim(holder="one", now=NOW, **more):
    return next(iter(verbs.claim(holder=holder, now=now, **more)), None)


def run(taken, now=NOW):
    context = JobContext(taken.job, taken.token, "one", taken.attempt, threading.Event())
    Runner(now=lambda: now, jitter=lambda: 0.0).run(taken, context)
    return Job.objects.get(pk=taken.job)


# The table of states


@pytest.mark.parametrize("state", ["open", "running", "done", "dead"])
@pytest.mark.parametrize(
    "step", ["claim", "finish", "retry", "postpone", "give_back", "expire", "bury", "cancel", "revive"]
)
def test_a_step_is_possible_exactly_from_the_state_that_the_table_names(state, step):
    if states.source(step) == state:
        assert states.after(state, step) in {"open", "running", "done", "dead"}
    else:
        with pytest.raises(ValueError, match=f"a job that is {state} cannot {step}"):
            states.after(state, step)


def test_nothing_leads_out_of_done():
    assert not [step for state, step in states.TRANSITIONS if state == states.DONE]


def test_the_wait_doubles_and_is_shorter_before_a_deadline():
    waits = [states.backoff(n, jitter=0.0, urgent=False).total_seconds() for n in (1, 2, 3, 9, 60)]
    assert waits == [1, 2, 4, 256, 300]
    assert states.backoff(60, jitter=0.0, urgent=True) == 30 * SECOND
    assert states.backoff(3, jitter=0.5, urgent=False) == 3 * SECOND


# Enqueueing


@pytest.mark.django_db(transaction=True)
def test_a_rollback_leaves_no_job():
    @transaction.atomic
    def verb():
        enqueue("test.job", {}, now=NOW)
        assert Job.objects.count() == 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        verb()
    assert Job.objects.count() == 0


@pytest.mark.django_db
def test_a_key_admits_one_unfinished_job():
    first = enqueue("test.job", {"n": 1}, now=NOW, dedupe_key="k")
    assert enqueue("test.job", {"n": 2}, now=NOW, dedupe_key="k") is None
    assert enqueue("test.job", {}, now=NOW, dedupe_key="other")
    taken = claim()
    assert taken.job == first
    assert enqueue("test.job", {}, now=NOW, dedupe_key="k") is None
    verbs.finish(job=taken.job, token=taken.token, now=NOW)
    assert enqueue("test.job", {}, now=NOW, dedupe_key="k")


@pytest.mark.django_db
def test_a_duplicate_does_not_break_the_transaction_of_its_caller():
    enqueue("test.job", {}, now=NOW, dedupe_key="k")
    with transaction.atomic():
        assert enqueue("test.job", {}, now=NOW, dedupe_key="k") is None
        assert enqueue("test.job", {}, now=NOW)
    assert Job.objects.count() == 2


@pytest.mark.django_db
def test_jobs_without_a_key_do_not_exclude_each_other():
    assert enqueue("test.job", {}, now=NOW) != enqueue("test.job", {}, now=NOW)


# Claiming


@pytest.mark.django_db
def test_deadlines_come_first_then_priority_then_age():
    enqueue("old", {}, now=NOW - 9 * SECOND)
    enqueue("older", {}, now=NOW - 10 * SECOND)
    enqueue("important", {}, now=NOW, priority=5)
    enqueue("due late", {}, now=NOW, deadline=NOW + 60 * SECOND, priority=9)
    enqueue("due soon", {}, now=NOW, deadline=NOW + 30 * SECOND)
    enqueue("due soon, important", {}, now=NOW, deadline=NOW + 30 * SECOND, priority=1)
    assert [claim().name for _ in range(6)] == [
        "due soon, important",
        "due soon",
        "due late",
        "important",
        "older",
        "old",
    ]
    assert claim() is None


@pytest.mark.django_db
def test_several_jobs_are_claimed_in_the_same_order_at_once():
    for number, deadline in enumerate([None, NOW + 2 * SECOND, None, NOW + SECOND]):
        enqueue(f"job {number}", {}, now=NOW + number * SECOND, deadline=deadline)
    taken = verbs.claim(holder="one", now=NOW + 5 * SECOND, limit=3)
    assert [one.name for one in taken] == ["job 3", "job 1", "job 0"]
    assert Job.objects.filter(state=states.RUNNING, holder="one", token=1).count() == 3


@pytest.mark.django_db
def test_a_job_is_not_claimed_before_its_time():
    enqueue("later", {}, now=NOW, run_after=NOW + SECOND, deadline=NOW + SECOND)
    assert claim() is None
    assert claim(now=NOW + SECOND).name == "later"


@pytest.mark.django_db
def test_lanes_do_not_take_each_others_jobs():
    enqueue("slow", {}, now=NOW, deadline=NOW)
    enqueue("quick", {}, now=NOW)
    assert claim(other_than=["slow"]).name == "quick"
    assert claim(only=["quick"]) is None
    assert claim(only=["slow"]).name == "slow"


@pytest.mark.django_db(transaction=True)
def test_many_claimers_at_once_get_each_job_once():
    wanted = {enqueue("test.job", {}, now=NOW) for _ in range(40)}
    got: list[object] = []
    barrier = threading.Barrier(4)

    def take(holder):
        barrier.wait()
        while sum(1 for _ in got) < 40:
            if taken := claim(holder):
                got.append(taken.job)
        connections.close_all()

    threads = [threading.Thread(target=take, args=(str(n),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(got) == 40
    assert set(got) == wanted
    assert set(Job.objects.values_list("token", flat=True)) == {1}


# Leases and fences


@pytest.mark.django_db
def test_an_expired_job_goes_to_another_holder_and_the_first_can_no_longer_end_it():
    enqueue("test.job", {}, now=NOW)
    first = claim("one")
    late = NOW + verbs.LEASE + SECOND
    assert verbs.expire(now=late) == []
    second = claim("two", now=late)
    assert (second.job, second.token, second.attempt) == (first.job, 2, 2)
    assert not verbs.finish(job=first.job, token=first.token, now=late)
    assert not verbs.retry(job=first.job, token=first.token, run_after=late, error="")
    assert not verbs.postpone(job=first.job, token=first.token, until=late)
    assert not verbs.bury(job=first.job, token=first.token, error="", now=late)
    assert not verbs.record_progress(job=first.job, token=first.token, done=1, total=2)
    assert verbs.renew(holder="one", jobs=[first.job], now=late) == 0
    assert verbs.finish(job=second.job, token=second.token, now=late)


@pytest.mark.django_db
def test_a_renewed_lease_does_not_expire():
    enqueue("test.job", {}, now=NOW)
    taken = claim()
    assert verbs.renew(holder="one", jobs=[taken.job], now=NOW + 4 * SECOND) == 1
    verbs.expire(now=NOW + 8 * SECOND)
    assert Job.objects.get().state == states.RUNNING


@pytest.mark.django_db
def test_a_fence_stops_the_write_of_a_run_that_was_overtaken():
    enqueue("test.job", {}, now=NOW)
    taken = claim()
    context = JobContext(taken.job, taken.token, "one", 1, threading.Event())
    with transaction.atomic():
        context.fenced()
    verbs.expire(now=NOW + verbs.LEASE + SECOND)

    @transaction.atomic
    def verb():
        enqueue("written", {}, now=NOW)
        context.fenced()

    with pytest.raises(LeaseLostError):
        verb()
    with pytest.raises(LeaseLostError):
        context.progress(1, 2)
    assert not Job.objects.filter(name="written").exists()


@pytest.mark.django_db(transaction=True)
def test_a_fence_outside_of_a_transaction_is_an_error():
    with pytest.raises(RuntimeError, match="inside of one"):
        verbs.hold(job=enqueue("test.job", {}, now=NOW), token=0)


@pytest.mark.django_db
def test_what_a_stopping_worker_gives_back_costs_no_attempt():
    enqueue("test.job", {}, now=NOW)
    taken = claim()
    assert verbs.give_back(holder="two", jobs=[taken.job]) == 0
    assert verbs.give_back(holder="one", jobs=[taken.job]) == 1
    assert claim("two").attempt == 1


# Outcomes


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


@pytest.mark.django_db
def test_old_finished_jobs_are_swept_and_dead_ones_are_kept(jobs):
    jobs.job("test.job")(nothing)
    for name in ("test.job", "test.unknown"):
        enqueue(name, {}, now=NOW)
        run(claim())
    assert verbs.sweep(before=NOW) == 0
    assert verbs.sweep(before=NOW + SECOND) == 1
    assert Job.objects.get().state == states.DEAD


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


@pytest.mark.django_db
def test_a_claim_asks_an_index_and_sorts_nothing():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL plans by the size of the table")
    due = Job.objects.filter(state=states.OPEN, run_after__lte=NOW)
    urgent = due.filter(deadline__isnull=False).order_by("deadline", "-priority", "run_after")
    ordinary = due.filter(deadline=None).order_by("-priority", "run_after")
    for rows in (urgent, ordinary):
        assert "job_urgency" in rows.explain()
        assert "TEMP B-TREE" not in rows.explain()
    assert "job_lease" in Job.objects.filter(lease_until__lt=NOW).explain()


# A worker in this process


@pytest.fixture
def work(jobs):
    """Run a worker in a thread while the test lasts."""
    from ischia.base.jobs.worker import Worker

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
def test_jobs_that_wait_for_the_network_do_not_block_the_others(jobs, work):
    release = threading.Event()
    jobs.job("test.slow", lane=registry.NETWORK)(wait_for(release))
    jobs.job("test.quick")(nothing)
    from ischia.base.clock import now

    slow = [enqueue("test.slow", {}, now=now(), deadline=now()) for _ in range(5)]
    work()
    until(lambda: Job.objects.filter(state=states.RUNNING).count() == 2)
    quick = enqueue("test.quick", {}, now=now())
    until(lambda: Job.objects.get(pk=quick).state == states.DONE)
    release.set()
    until(lambda: Job.objects.filter(pk__in=slow, state=states.DONE).count() == 5)


@pytest.mark.django_db(transaction=True)
def test_a_job_without_a_sign_of_life_is_taken_over(jobs, work):
    release = threading.Event()
    seen: list[int] = []

    @jobs.job("test.stuck", silence=SECOND)
    def stuck(payload, /, *, now, context):
        seen.append(context.token)
        if context.token == 1:
            release.wait(30)

    from ischia.base.clock import now

    job = enqueue("test.stuck", {}, now=now())
    work()
    until(lambda: Job.objects.get(pk=job).state == states.DONE, within=15)
    release.set()
    assert seen == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_stopping_worker_gives_back_what_does_not_end(jobs):
    from ischia.base.clock import now
    from ischia.base.jobs.worker import Worker

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
def test_a_loop_that_fails_is_counted_and_goes_on(jobs, work, monkeypatch):
    from ischia.base.clock import now

    calls: list[str] = []

    def tick(now, holder):
        calls.append(holder)
        if len(calls) < 3:
            raise ValueError("not yet")
        return False

    failing: list[int] = []
    monkeypatch.setattr(registry, "LOOPS", [("test loop", tick)])
    worker = work()
    until(lambda: failing.append(worker._loops.get("test loop")) or len(calls) >= 4)
    assert {1, 2, 0} <= set(failing)
    assert set(calls) == {worker.holder}
    until(lambda: [view.failing for view in status(now=now()).workers] == [{}])


@pytest.mark.django_db(transaction=True)
def test_a_worker_whose_thread_dies_says_so_and_ends(jobs, monkeypatch):
    from ischia.base.jobs.worker import Worker

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
def test_a_worker_outlives_the_loss_of_its_database_connections(jobs, work):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no connections to lose")
    from ischia.base.clock import now

    jobs.job("test.job")(nothing)
    work()
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


@pytest.mark.django_db(transaction=True)
def test_a_job_behind_its_fence_does_not_hold_up_the_leases_of_the_others():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite locks the database, not a row")
    for _ in range(2):
        enqueue("test.job", {}, now=NOW)
    fenced, other = verbs.claim(holder="one", now=NOW, limit=2)
    renewed: list[int] = []

    def renew():
        renewed.append(verbs.renew(holder="one", jobs=[fenced.job, other.job], now=NOW + SECOND))
        connections.close_all()

    with transaction.atomic():
        assert verbs.hold(job=fenced.job, token=fenced.token)
        thread = threading.Thread(target=renew)
        thread.start()
        thread.join(timeout=10)
        assert renewed == [1]
    assert Job.objects.get(pk=other.job).lease_until == NOW + SECOND + verbs.LEASE
