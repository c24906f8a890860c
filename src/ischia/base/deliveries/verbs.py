"""Every write to endpoints and deliveries."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F

from ischia.base import jobs, outbound
from ischia.base.config import config
from ischia.base.deliveries import signing, states
from ischia.base.deliveries.events import WebhookDisabled, WebhookRegistered
from ischia.base.deliveries.models import Delivery, Endpoint
from ischia.base.events import SYSTEM, Actor, instant, publish
from ischia.base.ids import new_id

ATTEMPT_JOB: Final = "deliveries.attempt"
ATTEMPT_LASTS: Final = timedelta(seconds=45)
PER_ENDPOINT: Final = 2
TROUBLED: Final = 3

_KIND = re.compile(r"[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)+")
_log = structlog.get_logger("ischia.deliveries")


class InvalidEndpointError(ValueError):
    """An endpoint cannot be registered like this; the text says what is wrong and what would be valid."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to send one message now, until `ATTEMPT_LASTS` is over."""

    delivery: UUID
    endpoint: UUID
    url: str
    public_key: str
    payload: str
    attempt: int
    job: UUID


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: the status of the answer, or None and what went wrong."""

    status: int | None
    error: str = ""
    retry_after: timedelta | None = None

    @property
    def received(self) -> bool:
        """True if the receiver answered with a 2xx status."""
        return self.status is not None and 200 <= self.status < 300


@transaction.atomic
def register_endpoint(*, url: str, events: Collection[str], actor: Actor, now: datetime) -> tuple[UUID, str]:
    """Register `url` for the kinds in `events`; returns its id and the public key that verifies what it will get.

    Raises `InvalidEndpointError`, also for a private address that `ISCHIA_OUTBOUND_ALLOW` does not list.
    """
    try:
        origin = outbound.parse(url).origin
    except outbound.RefusedError as error:
        raise InvalidEndpointError(str(error)) from error
    bad = [kind for kind in events if not _KIND.fullmatch(kind)]
    if bad or not events:
        raise InvalidEndpointError(f"events holds {bad or 'nothing'}; expected kinds such as 'action.requested'")
    kinds = tuple(sorted(set(events)))
    id_ = new_id()
    public = signing.public_text(signing.private_key(config().secret(signing.SECRET), id_))
    Endpoint.objects.create(id=id_, url=url, events=list(kinds), public_key=public, created_at=now)
    publish(WebhookRegistered(endpoint=id_, origin=origin, events=kinds, public_key=public), actor=actor, now=now)
    return id_, public


@transaction.atomic
def disable_endpoint(*, endpoint: UUID, reason: str, actor: Actor, now: datetime) -> bool:
    """Send nothing more to an endpoint; false if it is unknown or was disabled before."""
    if not Endpoint.objects.filter(pk=endpoint, disabled_at=None).update(disabled_at=now):
        return False
    waiting = Delivery.objects.filter(endpoint=endpoint, due_at__isnull=False, state__in=states.sources("disable"))
    ids = list(waiting.values_list("pk", flat=True))
    waiting.update(state=states.DISABLED, due_at=None, finished_at=now)
    jobs.cancel(dedupe_keys=[_key(id_) for id_ in ids], now=now)
    publish(WebhookDisabled(endpoint=endpoint, reason=reason, undelivered=len(ids)), actor=actor, now=now)
    return True


def deliver(
    *,
    kind: str,
    body: Mapping[str, Any],
    subject_ref: str,
    now: datetime,
    until_acknowledged: bool,
    not_before: datetime | None = None,
    deadline: datetime | None = None,
) -> list[UUID]:
    """Put one message of `kind` for each endpoint that asked for it, and its job, into the caller's transaction.

    `body` is JSON data. `subject_ref` names what the message is about, for `acknowledge`. Nothing is sent before
    `not_before`. Returns the deliveries' ids.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{kind} was delivered outside of a transaction; call it inside the verb's atomic block")
    enabled = Endpoint.objects.filter(disabled_at=None).order_by("pk").only("pk", "events")
    endpoints = [endpoint.pk for endpoint in enabled if kind in endpoint.events]
    document = {"type": kind, "timestamp": instant(now), "data": dict(body)}
    payload = json.dumps(document, ensure_ascii=False, separators=(",", ":")) if endpoints else ""
    rows = [
        Delivery(
            endpoint_id=endpoint,
            kind=kind,
            subject_ref=subject_ref,
            payload=payload,
            until_acknowledged=until_acknowledged,
            due_at=max(now, not_before or now),
            created_at=now,
        )
        for endpoint in endpoints
    ]
    Delivery.objects.bulk_create(rows)
    for row in rows:
        _enqueue(row, now=now, deadline=deadline)
    return [row.pk for row in rows]


def _enqueue(row: Delivery, *, now: datetime, deadline: datetime | None) -> None:
    payload = {"delivery": str(row.pk)}
    priority = 1 if row.until_acknowledged else 0
    jobs.enqueue(
        ATTEMPT_JOB,
        payload,
        now=now,
        run_after=row.due_at,
        deadline=deadline,
        priority=priority,
        dedupe_key=_key(row.pk),
    )


def _key(delivery: UUID) -> str:
    return f"delivery:{delivery}"


def acknowledge(*, subject_ref: str, now: datetime) -> int:
    """Stop resending every message about `subject_ref` that waits for this; returns how many did, 0 if repeated."""
    return _finish(subject_ref, "acknowledge", states.ACKNOWLEDGED, now=now)


def supersede(*, subject_ref: str, now: datetime) -> int:
    """Stop sending what is said about `subject_ref`, because it no longer holds; returns how many messages that was.

    One that is being sent at this moment still arrives.
    """
    return _finish(subject_ref, "supersede", states.SUPERSEDED, now=now)


@transaction.atomic
def _finish(subject_ref: str, step: states.Step, state: states.State, *, now: datetime) -> int:
    wanted = Delivery.objects.filter(subject_ref=subject_ref, until_acknowledged=True)
    ids = list(wanted.filter(state__in=states.sources(step)).values_list("pk", flat=True))
    jobs.cancel(dedupe_keys=[_key(id_) for id_ in ids], now=now)  # Jobs first, in the order in which `record` locks.
    waiting = wanted.filter(pk__in=ids, state__in=states.sources(step))
    return waiting.update(state=state, due_at=None, finished_at=now)


def sweep(*, before: datetime, limit: int = 1000) -> int:
    """Delete up to `limit` messages of which nothing has been sent since `before`; returns how many."""
    old = Delivery.objects.filter(finished_at__lt=before).values_list("pk", flat=True)[:limit]
    return Delivery.objects.filter(pk__in=list(old)).delete()[0]


def release(*, job: UUID) -> None:
    """Forget the attempts that an earlier run of this job began and did not live to record."""
    Delivery.objects.filter(attempt_job=job).update(attempt_until=None, attempt_job=None)


@transaction.atomic
def take_turn(*, endpoint: UUID, first: UUID | None, job: UUID, now: datetime) -> Turn | None:
    """Take the endpoint's next due message (`first` before all others), unless enough are being sent to it already.

    An endpoint in trouble gets one connection at a time, so that a few that hang cannot fill all threads.
    """
    target = Endpoint.objects.select_for_update().filter(pk=endpoint, disabled_at=None).first()
    if target is None:
        return None
    free = Delivery.objects.filter(endpoint=endpoint, due_at__isnull=False)
    under_way = free.filter(attempt_until__gt=now).count()
    if under_way >= (1 if target.failures >= TROUBLED else PER_ENDPOINT):
        return None
    row = _next_due(endpoint, first, now)
    if row is None:
        return None
    row.attempts += 1
    row.attempt_until, row.attempt_job = now + ATTEMPT_LASTS, job
    row.save(update_fields=["attempts", "attempt_until", "attempt_job"])
    return Turn(row.pk, target.pk, target.url, target.public_key, row.payload, row.attempts, job)


def _next_due(endpoint: UUID, first: UUID | None, now: datetime) -> Delivery | None:
    rows = Delivery.objects.select_for_update().filter(endpoint=endpoint, due_at__lte=now)
    rows = rows.exclude(attempt_until__gt=now)
    wanted = rows.filter(pk=first).first() if first is not None else None
    return wanted or rows.order_by("-until_acknowledged", "due_at").first()


@transaction.atomic
def record(turn: Turn, outcome: Outcome, *, context: jobs.JobContext, jitter: float, now: datetime) -> None:
    """Record how an attempt ended and when the next is due; nothing if another worker has taken the job over.

    Raises `LeaseLostError` in that case.
    """
    context.fenced()
    Endpoint.objects.select_for_update().get(pk=turn.endpoint)
    if outcome.status == 410:
        disable_endpoint(endpoint=turn.endpoint, reason="the receiver answered 410 Gone", actor=SYSTEM, now=now)
    row = Delivery.objects.select_for_update().get(pk=turn.delivery)
    row.attempt_until, row.attempt_job = None, None
    row.last_status, row.last_error = outcome.status, outcome.error[:2000]
    if outcome.received:
        _receive(row, now=now)
    elif row.due_at is not None:
        _put_off(row, outcome, jitter=jitter, now=now)
    row.save()
    _note_health(turn, outcome)


def _receive(row: Delivery, *, now: datetime) -> None:
    row.receipts += 1
    row.received_at = row.received_at or now
    if row.due_at is None:  # Acknowledged or disabled while it was being sent.
        return
    row.state = states.after(row.state, "receive")
    if states.is_final(row.state, until_acknowledged=row.until_acknowledged):
        row.due_at, row.finished_at = None, now
    else:
        row.due_at = now + states.wait_for_acknowledgement(row.receipts)


def _put_off(row: Delivery, outcome: Outcome, *, jitter: float, now: datetime) -> None:
    failed = row.attempts - row.receipts
    wait = states.wait_after_failure(
        failed, until_acknowledged=row.until_acknowledged, jitter=jitter, retry_after=outcome.retry_after
    )
    known = {"delivery": str(row.pk), "kind": row.kind, "attempt": row.attempts, "error": outcome.error}
    if wait is not None:
        row.due_at = now + wait
        _log.warning("deliveries.failed", again_in=wait.total_seconds(), **known)
        return
    row.state = states.after(row.state, "give_up")
    row.due_at, row.finished_at = None, now
    _log.error("deliveries.given_up", **known)


def _note_health(turn: Turn, outcome: Outcome) -> None:
    endpoint = Endpoint.objects.filter(pk=turn.endpoint)
    if outcome.received:
        endpoint.exclude(failures=0).update(failures=0)
    else:
        endpoint.update(failures=F("failures") + 1)
