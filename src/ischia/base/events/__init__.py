"""Events: what a verb says happened, recorded in the verb's own transaction and handled by jobs.

A verb ends with `publish(SomethingHappened(...), actor=..., now=...)`. That writes the event's leaf, the openings of
its personal data, and one job for each handler that `wiring.py` subscribed, or none of them.
"""

from __future__ import annotations

import dataclasses
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction

from ischia.base.events.models import EventOpening, EventRow
from ischia.base.ids import new_id
from ischia.core.tlog import canonical_json, check_entry, commit

__all__ = [
    "SYSTEM",
    "Actor",
    "Event",
    "EventOpening",
    "EventRow",
    "instant",
    "known_kinds",
    "payload",
    "publish",
    "subscribe",
]

_handlers: dict[str, tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who caused an event: `system`, `person`, `key` or `policy`, and which one."""

    kind: str
    ref: str = ""


SYSTEM = Actor("system")


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events: frozen, in the past tense, versioned; `personal` fields enter the ledger as commitments."""

    kind: ClassVar[str]
    version: ClassVar[int] = 1
    personal: ClassVar[tuple[str, ...]] = ()


def known_kinds() -> dict[str, type[Event]]:
    """Every event class that has been imported, by its kind."""
    found: dict[str, type[Event]] = {}
    waiting = list(Event.__subclasses__())
    while waiting:
        cls = waiting.pop()
        waiting += cls.__subclasses__()
        found[cls.kind] = cls
    return found


def subscribe(handlers: Mapping[type[Event], tuple[str, ...]]) -> None:
    """Install the whole table of handlers (names of jobs) for events; called once, by `wiring.py`."""
    _handlers.clear()
    _handlers.update({event.kind: jobs for event, jobs in handlers.items()})


def publish(event: Event, *, actor: Actor, now: datetime) -> UUID:
    """Record `event` and enqueue its handlers in the caller's transaction; returns the event's id.

    Raises `RuntimeError` outside of a transaction, because the event must stand or fall with what it records.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(
            f"{event.kind} was published outside of a transaction; call it inside the verb's atomic block"
        )
    row, openings = _leaf(event, actor=actor, now=now)
    row.save(force_insert=True)
    if openings:
        EventOpening.objects.bulk_create(openings)
    _enqueue_handlers(row, now=now)
    return row.id


def _leaf(event: Event, *, actor: Actor, now: datetime) -> tuple[EventRow, list[EventOpening]]:
    row = EventRow(id=new_id(), kind=event.kind, at=now)
    openings: list[EventOpening] = []

    def sealed(path: str, value: object) -> str:
        salt = secrets.token_bytes(32)
        openings.append(EventOpening(event=row, path=path, salt=salt, value=str(value)))
        return commit(str(value), salt)

    data = {field.name: _plain(getattr(event, field.name)) for field in dataclasses.fields(event)}
    for name in event.personal:
        if data.get(name) not in (None, ""):
            data[name] = sealed(f"data.{name}", data[name])
    ref = sealed("actor.ref", actor.ref) if actor.kind == "person" else actor.ref
    document = {
        "id": str(row.id),
        "kind": event.kind,
        "version": event.version,
        "at": instant(now),
        "actor": {"kind": actor.kind, "ref": ref},
        "data": data,
        "salt": secrets.token_hex(16),
    }
    row.leaf = check_entry(canonical_json(document)).decode()
    return row, openings


def payload(row: EventRow) -> dict[str, Any]:
    """An event's fields as plain values, with its personal data opened where that has not been erased."""
    document: dict[str, Any] = json.loads(row.leaf)
    data: dict[str, Any] = document["data"]
    for opening in row.openings.filter(path__startswith="data."):
        data[opening.path.removeprefix("data.")] = opening.value
    return data


def instant(value: datetime) -> str:
    """RFC 3339 in UTC with microseconds, the one form in which times enter the ledger."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, tuple | list | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return value


def _enqueue_handlers(row: EventRow, *, now: datetime) -> None:
    jobs = _handlers.get(row.kind, ())
    if not jobs:
        return
    from ischia.base.jobs import enqueue  # The job table's module imports the models of this package.

    for job in jobs:
        enqueue(job, {"event": str(row.id)}, now=now, dedupe_key=f"{job}:{row.id}")
