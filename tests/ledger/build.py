"""Ledgers to test with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import UUID

from django.db import transaction

from ischia.base.events import Actor, Event, publish
from ischia.core.tlog import Verifier
from ischia.ledger import keys
from ischia.ledger.jobs import tick
from ischia.ledger.verification import Verification, verify

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class NoteTaken(Event):
    """A fact made up for these tests."""

    kind: ClassVar[str] = "tests.note_taken"
    personal: ClassVar[tuple[str, ...]] = ("author",)
    text: str
    author: str = ""


def note(text: str, *, now: datetime = NOON, author: str = "", by: Actor = Actor("system")) -> UUID:  # noqa: B008
    """Publish one event."""
    with transaction.atomic():
        return publish(NoteTaken(text=text, author=author), actor=by, now=now)


def grow(*batches: int, start: datetime = NOON) -> datetime:
    """Publish that many events, sequence and sign them, a minute apart; return the time of the last."""
    now = start
    for batch in batches:
        now += timedelta(minutes=1)
        for at in range(batch):
            note(
                f"note {at}",
                now=now,
                author=f"author {at}",
                by=Actor("person", f"p{at}") if at % 3 == 0 else Actor("system"),
            )
        tick(now=now, holder="tests")
    return now


def verification(*witnessed: str, verifier: Verifier | None = None) -> Verification:
    """Verify the whole ledger."""
    return verify(verifier=verifier or keys.verifier(), progress=lambda _done, _total: None, witnessed=witnessed)
