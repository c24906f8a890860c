"""Where things stand: what waits, how fast we were, what was said of what was posted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, Sum

from ischia.banks.models import Bank, Entry
from ischia.base import health
from ischia.base.deliveries import queries as deliveries
from ischia.base.deliveries.queries import Backlog
from ischia.base.jobs import queries as jobs
from ischia.decisions.models import Action
from ischia.ledger import queries as ledger
from ischia.review.models import Case
from ischia.screening.models import Tally
from ischia.segments import queries as segments

VERDICTS = ("allow", "queue", "restrict", "remove")
DAY, MONTH = timedelta(days=1), timedelta(days=30)
_SAMPLE = 5000


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many things wait, and since when the longest one does."""

    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds from publication to the platform's acknowledgement, over `count` removals and restrictions."""

    count: int
    median: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class SurfaceCounts:
    """Verdicts of one surface, in the order of `VERDICTS`."""

    surface: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to recognise."""

    banks: int
    active: int
    review_only: int


def surfaces(now: datetime) -> list[SurfaceCounts]:
    """Verdicts of the last 24 hours by surface."""
    rows = Tally.objects.filter(minute__gt=now - DAY).values_list("surface", "verdict").annotate(Sum("count"))
    found: dict[str, dict[str, int]] = {}
    for surface, verdict, count in rows:
        found.setdefault(surface, {})[verdict] = count
    return [SurfaceCounts(name, tuple(found[name].get(v, 0) for v in VERDICTS)) for name in sorted(found)]


def totals(rows: Sequence[SurfaceCounts]) -> dict[str, int]:
    """Verdicts over all surfaces."""
    return {verdict: sum(row.counts[at] for row in rows) for at, verdict in enumerate(VERDICTS)}


def cases() -> Waiting:
    """Cases that wait for a person."""
    row = Case.objects.filter(state="open").aggregate(n=Count("pk"), since=Min("opened_at"))
    return Waiting(row["n"], row["since"])


def actions(state: str) -> Waiting:
    """Actions in a state: `requested` are those that the platform has not acknowledged, `failed` those it refused."""
    row = Action.objects.filter(state=state).aggregate(n=Count("pk"), since=Min("requested_at"))
    return Waiting(row["n"], row["since"])


def speed(now: datetime) -> Speed:
    """Time to removal over the newest removals and restrictions of the last 30 days, at most 5,000."""
    rows = (
        Action.objects.filter(state="done", kind__in=("remove", "restrict"), requested_at__gt=now - MONTH)
        .exclude(decision__item__published_at=None)
        .order_by("-requested_at")
        .values_list("acknowledged_at", "decision__item__published_at")[:_SAMPLE]
    )
    return speed_of([max(0.0, (done - published).total_seconds()) for done, published in rows if done and published])


def speed_of(seconds: Sequence[float]) -> Speed:
    """Median and 95th percentile by nearest rank."""
    ordered = sorted(seconds)
    if not ordered:
        return Speed(0, None, None)
    return Speed(len(ordered), _rank(ordered, 0.5), _rank(ordered, 0.95))


def _rank(ordered: Sequence[float], share: float) -> float:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def known() -> Known:
    """Banks, and entries that can match."""
    row = Entry.objects.aggregate(
        active=Count("pk", filter=Q(status="active")), review=Count("pk", filter=Q(status="review_only"))
    )
    return Known(Bank.objects.count(), row["active"], row["review"])


def ledger_status() -> ledger.Status:
    """How far the ledger is."""
    return ledger.status()


def work(now: datetime) -> jobs.Status:
    """The queue of jobs and the workers."""
    return jobs.status(now=now)


def unready() -> dict[str, str]:
    """Each part of this process that is not ready, with what it misses."""
    return {name: state for name, state in health.parts().items() if state != "ok"}


def index_size() -> int:
    """How many perceptual signals this process searches."""
    return sum(len(catalog) for catalog in segments.catalogs())


def outgoing() -> Backlog:
    """What is still to be sent to the platform."""
    return deliveries.backlog()
