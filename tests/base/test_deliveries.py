"""Webhooks reach a live receiver on loopback: signed, retried, resent until acknowledged."""

from __future__ import annotations

import base64
import json
import random
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import transaction

from ischia.base import clock, outbound
from ischia.base.deliveries import (
    InvalidEndpointError,
    acknowledge,
    deliver,
    disable_endpoint,
    jobs,
    queries,
    register_endpoint,
    states,
    verbs,
)
from ischia.base.deliveries.models import Delivery, Endpoint
from ischia.base.events import SYSTEM, EventRow
from ischia.base.jobs import states as job_states
from ischia.base.jobs import verbs as job_verbs
from ischia.base.jobs.context import JobContext
from ischia.base.jobs.models import Job
from ischia.base.jobs.run import Runner
from ischia.base.jobs.worker import Worker
from tests.base.processes import until
from tests.base.sink import Sink

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
BODY = {"action": {"id": "a1", "kind": "remove"}, "text": "نص عربي"}


@pytest.fixture
def sinks(monkeypatch):
    """Make receivers that the operator allowed."""
    made: list[Sink] = []
    monkeypatch.setattr(outbound, "config", lambda: SimpleNamespace(outbound_allow=tuple(s.allow[0] for s in made)))
    monkeypatch.setattr(jobs, "LIMITS", outbound.Limits(connect=1.0, total=0.5))
    monkeypatch.setattr(random, "random", lambda: 0.0)

    def make(*answers):
        made.append(Sink(answers=list(answers or [204])))
        return made[-1]

    yield make
    for sink in made:
        sink.close()


def register(sink, *kinds):
    return register_endpoint(url=sink.url, events=kinds or ["action.requested"], actor=SYSTEM, now=NOW)


def send(*, kind="action.requested", subject="action:1", until_acknowledged=False, now=NOW):
    with transaction.atomic():
        return deliver(kind=kind, body=BODY, subject_ref=subject, now=now, until_acknowledged=until_acknowledged)


@pytest.fixture
def work(monkeypatch):
    """Run every job that is due at an instant, as a worker whose clock stands still would."""

    def work(at):
        monkeypatch.setattr(clock, "now", lambda: at)
        runner = Runner(now=lambda: at, jitter=lambda: 0.0)
        while claims := job_verbs.claim(holder="w", now=at):
            context = JobContext(claims[0].job, claims[0].token, "w", claims[0].attempt, threading.Event())
            runner.run(claims[0], context)

    return work


def only():
    (row,) = Delivery.objects.all()
    return row


def verify(got, public_key):
    """Check a signature as a receiver would who has read the specification and not our code."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix("whpk_")))
    version, signature = got.headers["webhook-signature"].split(",")
    assert version == "v1a"
    signed = got.headers["webhook-id"] + "." + got.headers["webhook-timestamp"] + "."
    key.verify(base64.b64decode(signature), signed.encode() + got.body)


# States and schedules


@pytest.mark.parametrize("step", ["receive", "acknowledge", "give_up", "disable"])
@pytest.mark.parametrize("state", ["pending", "received", "acknowledged", "failed", "disabled"])
def test_a_step_is_possible_exactly_where_the_table_says(state, step):
    if state in states.sources(step):
        assert states.after(state, step) in {"received", "acknowledged", "failed", "disabled"}
    else:
        with pytest.raises(ValueError, match=f"a delivery that is {state} cannot {step}"):
            states.after(state, step)


def test_ordinary_messages_are_tried_ten_times_over_75_hours_and_35_minutes():
    waits = [states.wait_after_failure(n, until_acknowledged=False, jitter=0.0) for n in range(1, 11)]
    assert waits[-1] is None
    assert sum(waits[:-1], timedelta()) == 75 * HOUR + 35 * MINUTE + 5 * SECOND


def test_what_must_be_acknowledged_is_tried_at_least_hourly_for_ever():
    waits = [states.wait_after_failure(n, until_acknowledged=True, jitter=0.0) for n in (1, 2, 3, 4, 5, 6, 500)]
    assert waits == [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, HOUR, HOUR]
    resends = [states.wait_for_acknowledgement(n) for n in (1, 2, 3, 4, 500)]
    assert resends == [30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, HOUR]


def test_a_receiver_can_ask_for_more_time_but_not_for_less_nor_for_ever():
    def wait(asked, *, urgent=False):
        return states.wait_after_failure(1, until_acknowledged=urgent, jitter=0.0, retry_after=asked)

    assert wait(10 * MINUTE) == 10 * MINUTE
    assert wait(SECOND) == 5 * SECOND
    assert wait(1000 * HOUR) == 24 * HOUR
    assert wait(1000 * HOUR, urgent=True) == HOUR


# Endpoints


@pytest.mark.django_db
def test_registering_records_the_event_without_the_path_of_the_address(sinks):
    sink = sinks()
    url = sink.url + "?token=hidden"
    id_, public = register_endpoint(url=url, events=["b.done", "a.done", "b.done"], actor=SYSTEM, now=NOW)
    row = EventRow.objects.get()
    leaf = json.loads(row.leaf)
    assert (row.kind, leaf["data"]["endpoint"]) == ("webhooks.registered", str(id_))
    assert leaf["data"]["events"] == ["a.done", "b.done"]
    assert leaf["data"]["public_key"] == public
    assert "hidden" not in row.leaf
    assert [view.id for view in queries.endpoints()] == [id_]


@pytest.mark.django_db
def test_no_private_key_is_in_the_database(sinks):
    sink = sinks()
    _, public = register(sink)
    _, other_public = register(sink)
    assert public != other_public
    assert public.startswith("whpk_")
    assert len(base64.b64decode(public[5:])) == 32
    fields = {field.name for field in Endpoint._meta.get_fields()}
    assert fields == {"id", "url", "events", "public_key", "created_at", "disabled_at", "failures", "deliveries"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("url", "events", "message"),
    [
        ("http://127.0.0.1:9/", ["a.b"], "add 127.0.0.1:9 to ISCHIA_OUTBOUND_ALLOW"),
        ("http://169.254.169.254/", ["a.b"], "not a public address"),
        ("ftp://example.com/", ["a.b"], "expected https or http"),
        ("nonsense", ["a.b"], "not a valid address"),
        ("https://me:pw@example.com/", ["a.b"], "leave them out"),
        ("https://example.com/", [], "expected kinds such as"),
        ("https://example.com/", ["*"], "expected kinds such as"),
    ],
)
def test_an_endpoint_that_cannot_work_is_refused_with_the_reason(url, events, message, sinks):
    with pytest.raises(InvalidEndpointError, match=message):
        register_endpoint(url=url, events=events, actor=SYSTEM, now=NOW)
    assert not Endpoint.objects.exists()
    assert not EventRow.objects.exists()


@pytest.mark.django_db
def test_disabling_ends_what_is_waiting_once(sinks, work):
    sink = sinks()
    id_, _ = register(sink)
    send()
    send(until_acknowledged=True)
    assert disable_endpoint(endpoint=id_, reason="no longer used", actor=SYSTEM, now=NOW)
    assert not disable_endpoint(endpoint=id_, reason="no longer used", actor=SYSTEM, now=NOW)
    work(NOW)
    assert sink.got == []
    assert set(Delivery.objects.values_list("state", flat=True)) == {"disabled"}
    assert not Job.objects.filter(state__in=job_states.UNFINISHED).exists()
    (row,) = EventRow.objects.filter(kind="webhooks.disabled")
    assert json.loads(row.leaf)["data"]["undelivered"] == 2
    assert send() == []


# Creating


@pytest.mark.django_db
def test_a_message_goes_to_each_endpoint_that_asked_for_its_kind(sinks):
    register(sinks(), "action.requested", "item.screened")
    register(sinks(), "action.requested")
    register(sinks(), "item.screened")
    assert len(send(kind="action.requested")) == 2
    assert len(send(kind="item.screened")) == 2
    assert send(kind="order.received") == []
    assert Job.objects.count() == Delivery.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_a_rollback_leaves_neither_message_nor_job(sinks):
    register(sinks())
    with transaction.atomic():
        assert deliver(kind="action.requested", body={}, subject_ref="", now=NOW, until_acknowledged=False)
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_message_outside_of_a_transaction_is_an_error():
    with pytest.raises(RuntimeError, match="outside of a transaction"):
        deliver(kind="action.requested", body={}, subject_ref="", now=NOW, until_acknowledged=False)


# Sending


@pytest.mark.django_db
def test_a_receiver_can_verify_what_it_gets(sinks, work):
    sink = sinks()
    _, public = register(sink)
    (id_,) = send()
    work(NOW)
    (got,) = sink.got
    verify(got, public)
    assert json.loads(got.body) == {
        "type": "action.requested",
        "timestamp": "2026-03-01T12:00:00.000000Z",
        "data": BODY,
    }
    assert got.headers["webhook-id"] == f"msg_{id_.hex}"
    assert got.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert got.headers["content-type"] == "application/json"
    row = only()
    assert (row.state, row.due_at, row.received_at, row.last_status) == ("received", None, NOW, 204)
    assert Job.objects.get().state == job_states.DONE


@pytest.mark.django_db
def test_the_guides_example_verifies_what_arrives_and_refuses_what_was_changed(sinks, work):
    guide = (Path(__file__).parents[2] / "docs/guide/webhooks.md").read_text()
    example: dict[str, object] = {}
    exec(guide.split("```python\n")[1].split("```")[0], example)
    sink = sinks()
    _, public = register(sink)
    send()
    work(NOW)
    example["verify"](sink.got[0].headers, sink.got[0].body, public)
    with pytest.raises(InvalidSignature):
        example["verify"](sink.got[0].headers, sink.got[0].body + b" ", public)


@pytest.mark.django_db
def test_a_changed_byte_or_another_endpoints_key_does_not_verify(sinks, work):
    sink = sinks()
    _, public = register(sink)
    _, other = register(sinks())
    send()
    work(NOW)
    verify(sink.got[0], public)
    with pytest.raises(InvalidSignature):
        verify(sink.got[0], other)
    sink.got[0].body += b" "
    with pytest.raises(InvalidSignature):
        verify(sink.got[0], public)


@pytest.mark.django_db
def test_failed_attempts_repeat_the_same_bytes_under_the_same_id_with_a_new_timestamp(sinks, work):
    sink = sinks(500, 404, 200)
    _, public = register(sink)
    send()
    work(NOW)
    assert only().last_error == "the receiver answered 500"
    work(NOW + 4 * SECOND)
    assert len(sink.got) == 1
    work(NOW + 5 * SECOND)
    work(NOW + 5 * SECOND + 5 * MINUTE)
    assert only().state == "received"
    for got in sink.got:
        verify(got, public)
    assert len(sink.got) == 3
    assert len({(got.headers["webhook-id"], got.body) for got in sink.got}) == 1
    assert len({got.headers["webhook-timestamp"] for got in sink.got}) == 3


@pytest.mark.django_db
def test_a_message_is_given_up_after_the_tenth_attempt(sinks, work):
    sink = sinks(500)
    register(sink)
    send()
    at = NOW
    while (row := only()).due_at is not None:
        at = max(at + SECOND, row.due_at)
        work(at)
    assert len(sink.got) == 10
    assert row.state == "failed"
    assert queries.backlog().failed == 1
    assert not Job.objects.filter(state__in=job_states.UNFINISHED).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("status", [301, 302, 307, 308, 304, 400, 401, 404, 500, 599])
def test_only_2xx_means_received(status, sinks, work):
    sink = sinks((status, {"location": "http://127.0.0.1:9/"}))
    register(sink)
    send()
    work(NOW)
    row = only()
    assert (row.state, row.last_status, row.due_at) == ("pending", status, NOW + 5 * SECOND)
    assert len(sink.got) == 1


@pytest.mark.django_db
def test_410_disables_the_endpoint(sinks, work):
    sink = sinks(410)
    id_, _ = register(sink)
    send()
    send(until_acknowledged=True)
    work(NOW)
    assert len(sink.got) == 1
    assert queries.endpoint(id_).disabled_at == NOW
    assert set(Delivery.objects.values_list("state", flat=True)) == {"disabled"}
    assert EventRow.objects.filter(kind="webhooks.disabled").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("asked", ["600", "Sun, 01 Mar 2026 12:10:00 GMT"])
def test_retry_after_is_honoured(status, asked, sinks, work):
    sink = sinks((status, {"retry-after": asked}), 200)
    register(sink)
    send()
    work(NOW)
    assert only().due_at == NOW + 10 * MINUTE
    work(NOW + 9 * MINUTE)
    assert len(sink.got) == 1
    work(NOW + 10 * MINUTE)
    assert only().state == "received"


@pytest.mark.django_db
def test_a_retry_after_that_means_nothing_is_ignored(sinks, work):
    register(sinks((503, {"retry-after": "soon"})))
    send()
    work(NOW)
    assert only().due_at == NOW + 5 * SECOND


@pytest.mark.django_db
def test_silence_and_breaking_off_are_failures(sinks, work):
    hanging, breaking = sinks(), sinks()
    hanging.answers, breaking.answers = [hanging.hang], [breaking.close_after_reading]
    register(hanging)
    register(breaking)
    send()
    work(NOW)
    assert len(hanging.got) == len(breaking.got) == 1
    rows = Delivery.objects.all()
    assert {(row.state, row.last_status, row.due_at) for row in rows} == {("pending", None, NOW + 5 * SECOND)}
    assert "no answer within 0.5 s" in hanging_error(hanging)


def hanging_error(sink):
    return Delivery.objects.get(endpoint__url=sink.url).last_error


@pytest.mark.django_db
def test_an_address_that_became_private_is_not_called(sinks, work, monkeypatch):
    sink = sinks()
    register(sink)
    monkeypatch.setattr(outbound, "config", lambda: SimpleNamespace(outbound_allow=()))
    send()
    work(NOW)
    assert sink.connections == 0
    assert "not a public address" in only().last_error


@pytest.mark.django_db
def test_a_lost_secret_is_told_and_nothing_is_sent_under_a_wrong_key(sinks, work, monkeypatch):
    sink = sinks()
    register(sink)
    monkeypatch.setattr(jobs, "config", lambda: SimpleNamespace(secret=lambda _: b"another" * 5))
    send()
    work(NOW)
    assert sink.got == []
    assert "keys/webhooks.key is not the secret" in only().last_error


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
    context = JobContext(claim.job, claim.token, "w", 1, threading.Event())
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
    context = JobContext(first.job, first.token, "dead", 1, threading.Event())
    from ischia.base.jobs import LeaseLostError

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
