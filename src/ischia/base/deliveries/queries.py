"""What others want to know of endpoints and deliveries."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ischia.base.deliveries import states
from ischia.base.deliveries.models import Delivery, Endpoint


@dataclass(frozen=True, slots=True)
class EndpointView:
    """A registered endpoint; `failures` counts the attempts since the last that was received."""

    id: UUID
    url: str
    events: tuple[str, ...]
    public_key: str
    created_at: datetime
    disabled_at: datetime | None
    failures: int


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One message to one endpoint; `due_at` is the next attempt, None once nothing more is sent."""

    id: UUID
    endpoint: UUID
    kind: str
    state: str
    attempts: int
    due_at: datetime | None
    last_status: int | None
    last_error: str
    created_at: datetime
    received_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is still to be sent or acknowledged."""

    pending: int
    unacknowledged: int
    failed: int
    oldest: datetime | None


def endpoints() -> tuple[EndpointView, ...]:
    """List all endpoints, the oldest first."""
    return tuple(_endpoint(row) for row in Endpoint.objects.order_by("created_at", "pk"))


def was_told(*, subject_ref: str, kind: str) -> bool:
    """Whether a message of this kind about this subject was made for any endpoint."""
    return Delivery.objects.filter(kind=kind, subject_ref=subject_ref).exists()


def endpoint(endpoint: UUID) -> EndpointView | None:
    """Find one endpoint."""
    row = Endpoint.objects.filter(pk=endpoint).first()
    return None if row is None else _endpoint(row)


def deliveries_about(subject_ref: str) -> tuple[DeliveryView, ...]:
    """List the messages about one subject, the oldest first."""
    rows = Delivery.objects.filter(subject_ref=subject_ref).order_by("created_at", "pk")
    return tuple(_delivery(row) for row in rows)


def backlog() -> Backlog:
    """Count what is still to be sent, to be acknowledged, and what was given up."""
    waiting = Delivery.objects.filter(due_at__isnull=False)
    return Backlog(
        pending=waiting.filter(state=states.PENDING).count(),
        unacknowledged=waiting.filter(state=states.RECEIVED).count(),
        failed=Delivery.objects.filter(state=states.FAILED).count(),
        oldest=waiting.order_by("created_at").values_list("created_at", flat=True).first(),
    )


def endpoint_of(delivery: UUID) -> UUID | None:
    """Find the endpoint that a delivery goes to."""
    return Delivery.objects.filter(pk=delivery).values_list("endpoint", flat=True).first()


def next_attempt(delivery: UUID) -> datetime | None:
    """Find when a delivery is due; None if nothing more is sent."""
    return Delivery.objects.filter(pk=delivery).values_list("due_at", flat=True).first()


def _endpoint(row: Endpoint) -> EndpointView:
    return EndpointView(
        row.pk, row.url, tuple(row.events), row.public_key, row.created_at, row.disabled_at, row.failures
    )


def _delivery(row: Delivery) -> DeliveryView:
    return DeliveryView(
        id=row.pk,
        endpoint=row.endpoint_id,
        kind=row.kind,
        state=row.state,
        attempts=row.attempts,
        due_at=row.due_at,
        last_status=row.last_status,
        last_error=row.last_error,
        created_at=row.created_at,
        received_at=row.received_at,
        finished_at=row.finished_at,
    )


def unsent(subject_refs: Collection[str], *, kind: str) -> set[str]:
    """Those subjects that some endpoint should hear of by a message of `kind`, and no message is on its way."""
    listening = [row.pk for row in Endpoint.objects.filter(disabled_at=None) if kind in row.events]
    if not listening:
        return set()
    waiting = Delivery.objects.filter(subject_ref__in=subject_refs, due_at__isnull=False)
    return set(subject_refs) - set(waiting.values_list("subject_ref", flat=True))
