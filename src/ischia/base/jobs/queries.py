"""What the console, the metrics and `ischia check` want to know of the jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Min

from ischia.base.jobs import states
from ischia.base.jobs.models import Job, WorkerBeat

ALIVE: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class WorkerView:
    """A worker process that showed a sign of life within `ALIVE`; `failing` holds its loops' failures in a row."""

    holder: str
    started_at: datetime
    seen_at: datetime
    threads: int
    failing: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Status:
    """The queue at one instant. `oldest_due` is how long the longest-waiting due job has waited."""

    open: int
    due: int
    running: int
    done: int
    dead: int
    oldest_due: timedelta | None
    late: int
    workers: tuple[WorkerView, ...]


@dataclass(frozen=True, slots=True)
class DeadJob:
    """A job that was given up and waits for a person."""

    id: UUID
    name: str
    attempts: int
    last_error: str
    finished_at: datetime | None


def status(*, now: datetime) -> Status:
    """Count the jobs by state, find the oldest that waits, and list the workers that are alive."""
    counts = dict(Job.objects.values_list("state").annotate(Count("pk")))
    waiting = Job.objects.filter(state=states.OPEN, run_after__lte=now)
    oldest: datetime | None = waiting.aggregate(at=Min("run_after"))["at"]
    return Status(
        open=counts.get(states.OPEN, 0),
        due=waiting.count(),
        running=counts.get(states.RUNNING, 0),
        done=counts.get(states.DONE, 0),
        dead=counts.get(states.DEAD, 0),
        oldest_due=None if oldest is None else now - oldest,
        late=Job.objects.filter(state__in=states.UNFINISHED, deadline__lt=now).count(),
        workers=workers_alive(now=now),
    )


def workers_alive(*, now: datetime) -> tuple[WorkerView, ...]:
    """List the worker processes that showed a sign of life lately."""
    beats = WorkerBeat.objects.filter(seen_at__gte=now - ALIVE).order_by("started_at", "holder")
    return tuple(
        WorkerView(
            holder=beat.holder,
            started_at=beat.started_at,
            seen_at=beat.seen_at,
            threads=beat.threads,
            failing={name: count for name, count in beat.loops.items() if count},
        )
        for beat in beats
    )


def dead(*, limit: int = 100) -> tuple[DeadJob, ...]:
    """List the jobs that were given up, the latest first."""
    rows = Job.objects.filter(state=states.DEAD).order_by("-finished_at", "-pk")[:limit]
    return tuple(DeadJob(row.id, row.name, row.attempts, row.last_error, row.finished_at) for row in rows)


def unfinished_payloads(name: str) -> list[dict[str, Any]]:
    """List the payloads of all jobs of this name that are still to be done or being done."""
    return list(Job.objects.filter(name=name, state__in=states.UNFINISHED).values_list("payload", flat=True))


def progress_of(dedupe_key: str) -> Mapping[str, int] | None:
    """Return how far the unfinished job of a key is, `done` and `total`; None when it has not told yet."""
    return Job.objects.filter(dedupe_key=dedupe_key).values_list("progress", flat=True).first()
