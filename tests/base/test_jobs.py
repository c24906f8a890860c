"""The job table on whichever database the tests run on: who gets which job, once."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, connections, transaction

from ischia.base.jobs import enqueue, states, verbs
from ischia.base.jobs.models import Job
from tests.base.job_table import NOW, SECOND, claim

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
