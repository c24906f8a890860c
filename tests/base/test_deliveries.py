"""Webhooks reach a live receiver on loopback: signed, and retried until the tenth attempt."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.exceptions import InvalidSignature
from django.db import transaction

from ischia.base import outbound
from ischia.base.deliveries import deliver, jobs, queries, states, verbs
from ischia.base.deliveries.models import Delivery
from ischia.base.events import EventRow
from ischia.base.jobs import states as job_states
from ischia.base.jobs.models import Job
from tests.base.hooks import BODY, HOUR, MINUTE, only, register, send, verify
from tests.base.job_table import NOW, SECOND

# States and schedules


@pytest.mark.parametrize("step", ["receive", "acknowledge", "give_up", "disable", "supersede"])
@pytest.mark.parametrize("state", ["pending", "received", "acknowledged", "failed", "disabled", "superseded"])
def test_a_step_is_possible_exactly_where_the_table_says(state, step):
    if state in states.sources(step):
        assert states.after(state, step) in {"received", "acknowledged", "failed", "disabled", "superseded"}
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


# Tidying up


@pytest.mark.django_db
def test_messages_that_were_finished_long_ago_are_deleted_and_those_on_their_way_stay(sinks):
    register(sinks())
    (old,) = send(subject="action:1", until_acknowledged=True)
    send(subject="action:2", until_acknowledged=True)
    (new,) = send(subject="action:3", until_acknowledged=True)
    verbs.acknowledge(subject_ref="action:1", now=NOW)
    verbs.supersede(subject_ref="action:3", now=NOW + HOUR)
    assert verbs.sweep(before=NOW) == 0
    assert verbs.sweep(before=NOW + MINUTE) == 1
    assert verbs.sweep(before=NOW + MINUTE) == 0
    left = {row.pk: row.state for row in Delivery.objects.all()}
    assert len(left) == 2
    assert old not in left
    assert left[new] == "superseded"


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
