"""Who may be told what: endpoints are registered, refused and disabled."""

from __future__ import annotations

import base64
import json

import pytest

from ischia.base.deliveries import InvalidEndpointError, disable_endpoint, queries, register_endpoint
from ischia.base.deliveries.models import Delivery, Endpoint
from ischia.base.events import SYSTEM, EventRow
from ischia.base.jobs import states as job_states
from ischia.base.jobs.models import Job
from tests.base.hooks import register, send
from tests.base.job_table import NOW


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
