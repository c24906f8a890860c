"""Verdicts are counted by surface and minute, so that what was let pass enters the ledger as one record a minute."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F

from ischia.base import rows
from ischia.base.events import SYSTEM, publish
from ischia.screening.events import VerdictsTallied
from ischia.screening.models import Tally

# Longer than any request may take, so that few minutes are added to once they were recorded.
_CLOSES_AFTER = timedelta(minutes=5)


_ADD = (
    "INSERT INTO screening_tally (surface, minute, verdict, recorded, count) VALUES (%s, %s, %s, %s, %s) "
    "ON CONFLICT (surface, minute, verdict) DO UPDATE SET count = screening_tally.count + %s"
)


def count_verdict(*, surface: str, verdict: str, now: datetime) -> None:
    """Add one to the surface's tally of this minute: one statement, where the ORM would need two and a retry."""
    minute = connection.ops.adapt_datetimefield_value(now.replace(second=0, microsecond=0))
    rows.add(_ADD, [surface, minute, verdict, 0])


def record_tallies(*, now: datetime) -> int:
    """Enter what was counted in closed minutes into the ledger; returns how many minutes."""
    closed = now - _CLOSES_AFTER
    with transaction.atomic():
        waiting = Tally.objects.filter(count__gt=F("recorded"), minute__lt=closed).order_by("minute", "surface")
        groups: dict[tuple[str, datetime], dict[str, int]] = {}
        for row in waiting[:1000]:
            # Whoever recorded it meanwhile has told it already.
            if Tally.objects.filter(pk=row.pk, recorded=row.recorded).update(recorded=row.count):
                groups.setdefault((row.surface, row.minute), {})[row.verdict] = row.count - row.recorded
        for (place, minute), counts in groups.items():
            publish(VerdictsTallied(surface=place, minute=minute, counts=counts), actor=SYSTEM, now=now)
    return len(groups)
