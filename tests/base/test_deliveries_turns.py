"""Messages are resent until they are acknowledged, and endpoints take turns."""

from __future__ import annotations

import threading

import pytest

from ischia.base import clock, outbound
from ischia.base.deliveries import acknowledge, jobs, queries, verbs
from ischia.base.deliveries.models import Delivery, Endpoint
from ischia.base.jobs import LeaseLostError
from ischia.base.jobs import states as job_states
from ischia.base.jobs import verbs as job_verbs
from ischia.base.jobs.models import Job
from ischia.base.jobs.worker import Worker
from tests.base.hooks import HOUR, MINUTE, only, register, send, verify
from tests.base.job_table import NOW, SECOND, context_of
from tests.base.processes import until

# Until acknowledged


@pytest.mark.django_db
def test_a_message_is_resent_until_it_is_acknowledged(sinks, work):
    sink = sinks(200)
    register(sink)
    send(until_acknowledged=True)
    at = NOW
    for wait in (30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, HOUR):
        work(at)
        assert only().due_at == at + wait
        assert only().state == "received"
        at += wait
    assert len(sink.got) == 5
    assert len({got.headers["webhook-id"] for got in sink.got}) == 1
    assert acknowledge(subject_ref="action:1", now=at) == 1
    assert acknowledge(subject_ref="action:1", now=at) == 0
    work(at + 100 * HOUR)
    assert len(sink.got) == 5
    assert (only().state, only().finished_at, only().received_at) == ("acknowledged", at, NOW)
    assert not Job.objects.filter(state__in=job_states.UNFINISHED).exists()


@pytest.mark.django_db
def test_what_must_be_acknowledged_outlives_any_number_of_failures(sinks, work):
    sink = sinks(500)
    register(sink)
    send(until_acknowledged=True)
    for _ in range(14):
        work(only().due_at)
    assert len(sink.got) == 14
    assert (only().state, only().due_at is None) == ("pending", False)
    sink.answers = [200]
    work(only().due_at)
    assert only().state == "received"


@pytest.mark.django_db
def test_an_acknowledgement_that_overtakes_the_answer_stands(sinks, work):
    register(sinks(200))
    (id_,) = send(until_acknowledged=True)
    (claim,) = job_verbs.claim(holder="w", now=NOW)
    context = context_of(claim, "w")
    turn = verbs.take_turn(endpoint=queries.endpoint_of(id_), first=id_, job=claim.job, now=NOW)
    outcome = jobs.send(turn, now=NOW, limits=jobs.LIMITS)
    assert acknowledge(subject_ref="action:1", now=NOW) == 1
    verbs.record(turn, outcome, context=context, jitter=0.0, now=NOW)
    assert (only().state, only().due_at, only().receipts) == ("acknowledged", None, 1)


@pytest.mark.django_db
def test_an_acknowledgement_concerns_its_subject_and_only_what_waits_for_one(sinks):
    register(sinks())
    send(subject="action:1", until_acknowledged=True)
    send(subject="action:2", until_acknowledged=True)
    send(subject="action:1")
    assert acknowledge(subject_ref="action:1", now=NOW) == 1
    assert sorted(view.state for view in queries.deliveries_about("action:1")) == ["acknowledged", "pending"]


# Turns


@pytest.mark.django_db
def test_an_endpoint_gets_two_messages_at_a_time_and_one_when_it_is_in_trouble(sinks):
    id_, _ = register(sinks())
    for _ in range(4):
        send()

    def turn():
        return verbs.take_turn(endpoint=id_, first=None, job=job, now=NOW)

    job = Job.objects.first().pk
    assert turn()
    assert turn()
    assert turn() is None
    verbs.release(job=job)
    Endpoint.objects.update(failures=verbs.TROUBLED)
    assert turn()
    assert turn() is None


@pytest.mark.django_db
def test_one_job_sends_all_that_its_endpoint_waits_for_and_the_others_find_nothing_to_do(sinks, work):
    sink = sinks()
    register(sink)
    for number in range(20):
        send(subject=f"action:{number}")
    work(NOW)
    assert len(sink.got) == 20
    assert set(Delivery.objects.values_list("state", "attempts")) == {("received", 1)}
    assert set(Job.objects.values_list("state", flat=True)) == {job_states.DONE}


@pytest.mark.django_db
def test_a_run_that_was_overtaken_records_nothing_and_its_turns_are_free_again(sinks, work):
    sink = sinks(200)
    register(sink)
    (id_,) = send()
    (first,) = job_verbs.claim(holder="dead", now=NOW)
    turn = verbs.take_turn(endpoint=queries.endpoint_of(id_), first=id_, job=first.job, now=NOW)
    later = NOW + job_verbs.LEASE + SECOND
    job_verbs.expire(now=later)
    work(later)
    assert only().state == "received"
    context = context_of(first, "dead")
    with pytest.raises(LeaseLostError):
        verbs.record(turn, verbs.Outcome(500), context=context, jitter=0.0, now=later)
    assert (only().state, only().last_status) == ("received", 200)


@pytest.mark.django_db
def test_every_unfinished_delivery_has_exactly_one_unfinished_job(sinks, work):
    register(sinks(500))
    register(sinks(200))
    for number in range(3):
        send(subject=f"action:{number}", until_acknowledged=True)
        send(subject=f"other:{number}")
    for minute in (0, 1, 7, 40):
        work(NOW + minute * MINUTE)
        waiting = {f"delivery:{row.pk}" for row in Delivery.objects.filter(due_at__isnull=False)}
        assert waiting
        assert waiting == set(Job.objects.filter(state=job_states.OPEN).values_list("dedupe_key", flat=True))


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_endpoints_that_hang_do_not_hold_up_the_others(sinks, monkeypatch):
    monkeypatch.setattr(jobs, "LIMITS", outbound.Limits(connect=1.0, total=20.0))
    hanging, well = sinks(), sinks(200)
    hanging.answers = [hanging.hang]
    register(hanging, "slow.news")
    _, public = register(well, "quick.news")
    now = clock.now()
    for number in range(20):
        send(kind="slow.news", subject=f"slow:{number}", now=now)
        send(kind="quick.news", subject=f"quick:{number}", now=now)
    stop = threading.Event()
    thread = threading.Thread(target=Worker(threads=1, network_threads=4, grace=0.1).run, args=(stop,))
    thread.start()
    until(lambda: Delivery.objects.filter(kind="quick.news", state="received").count() == 20, within=15)
    assert len(hanging.got) <= verbs.PER_ENDPOINT
    stop.set()
    hanging.released.set()
    thread.join(timeout=20)
    assert len({got.headers["webhook-id"] for got in well.got}) == 20
    for got in well.got:
        verify(got, public)
