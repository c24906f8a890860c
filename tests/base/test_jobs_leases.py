"""A lease ends, and whoever held it can write nothing any more."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, connections, transaction

from ischia.base.jobs import LeaseLostError, enqueue, states, verbs
from ischia.base.jobs.models import Job
from tests.base.job_table import NOW, SECOND, claim, context_of


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
    context = context_of(taken)
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
