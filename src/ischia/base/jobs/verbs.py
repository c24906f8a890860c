"""Every write to the job table. A claim, and whatever its holder does later, is one conditional update."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from ischia.base.ids import new_id
from ischia.base.jobs import states, wake
from ischia.base.jobs.models import Job, PeriodicJob

LEASE: Final = timedelta(seconds=5)
ERROR_LENGTH: Final = 4000


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that is ours as long as the lease is renewed and `token` is the row's."""

    job: UUID
    name: str
    payload: Mapping[str, Any]
    token: int
    attempt: int
    max_attempts: int
    urgent: bool


@dataclass(frozen=True, slots=True)
class Buried:
    """A job that was given up."""

    job: UUID
    name: str
    error: str


def enqueue(
    name: str,
    payload: Mapping[str, object],
    *,
    now: datetime,
    deadline: datetime | None = None,
    run_after: datetime | None = None,
    priority: int = 0,
    dedupe_key: str = "",
    max_attempts: int = 10,
) -> UUID | None:
    """Put a job into the caller's transaction, so that it exists exactly if the transaction commits.

    Jobs run by `deadline`, then by higher `priority`, then by `run_after` (default: `now`). With `dedupe_key` nothing
    happens while a job of that key is open or running, and the answer is None instead of the new job's id.
    """
    row = Job(
        id=new_id(),
        name=name,
        payload=dict(payload),
        created_at=now,
        deadline=deadline,
        run_after=run_after or now,
        priority=priority,
        dedupe_key=dedupe_key or None,
        max_attempts=max_attempts,
    )
    if not dedupe_key:
        row.save(force_insert=True)
    else:
        Job.objects.bulk_create([row], ignore_conflicts=True)
        if not Job.objects.filter(pk=row.id).exists():
            return None
    wake.on_commit()
    return row.id


def claim(
    *,
    holder: str,
    now: datetime,
    limit: int = 1,
    only: Collection[str] | None = None,
    other_than: Collection[str] = (),
    lease: timedelta = LEASE,
) -> list[Claim]:
    """Take up to `limit` of the most urgent jobs that are due: named in `only` (all if None), not in `other_than`."""
    due = Job.objects.filter(state=states.OPEN, run_after__lte=now).exclude(name__in=other_than)
    if only is not None:
        due = due.filter(name__in=only)
    if not due.exists():  # Asked without a lock, so that a worker with nothing to do never holds up a writer.
        return []
    with transaction.atomic():
        rows = _most_urgent(due.select_for_update(skip_locked=True), limit)
        taken = _move(
            Job.objects.filter(pk__in=[row.pk for row in rows]),
            "claim",
            holder=holder,
            token=F("token") + 1,
            attempts=F("attempts") + 1,
            lease_until=now + lease,
        )
        if taken != len(rows):
            transaction.set_rollback(True)
            return []
    return [_claim(row) for row in rows]


def _most_urgent(due: QuerySet[Job], limit: int) -> list[Job]:
    """Two questions that an index answers each, where NULLS LAST would sort every open job."""
    urgent = list(due.filter(deadline__isnull=False).order_by("deadline", "-priority", "run_after")[:limit])
    if len(urgent) == limit:
        return urgent
    return urgent + list(due.filter(deadline=None).order_by("-priority", "run_after")[: limit - len(urgent)])


def _claim(row: Job) -> Claim:
    urgent = row.deadline is not None
    return Claim(row.id, row.name, row.payload, row.token + 1, row.attempts + 1, row.max_attempts, urgent)


def _move(rows: QuerySet[Job], step: states.Step, **fields: Any) -> int:
    """Take `step` on those of `rows` whose state allows it; returns how many did."""
    before = states.source(step)
    target = states.after(before, step)
    if target != states.RUNNING:
        fields |= {"lease_until": None, "holder": ""}
    if target not in states.UNFINISHED:
        fields["dedupe_key"] = None
    return rows.filter(state=before).update(state=target, **fields)


def _ours(job: UUID, token: int) -> QuerySet[Job]:
    return Job.objects.filter(pk=job, token=token)


@transaction.atomic
def renew(*, holder: str, jobs: Collection[UUID], now: datetime, lease: timedelta = LEASE) -> int:
    """Prolong the leases of those of `jobs` that `holder` still has; returns how many.

    A job that is behind its fence is passed over: nobody can take it anyhow, and the others must not wait for it.
    """
    mine = Job.objects.filter(pk__in=jobs, holder=holder, state=states.RUNNING).select_for_update(skip_locked=True)
    free = [row.pk for row in mine.only("pk")]
    return Job.objects.filter(pk__in=free).update(lease_until=now + lease) if free else 0


def record_progress(*, job: UUID, token: int, done: int, total: int) -> bool:
    """Note how far a running job is; false if it is no longer the caller's."""
    running = _ours(job, token).filter(state=states.RUNNING)
    return running.update(progress={"done": done, "total": total}) == 1


def hold(*, job: UUID, token: int) -> bool:
    """Lock a running job's row until the caller's transaction ends; false if it is no longer the caller's."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a fence holds only until the transaction ends; call it inside of one")
    return _ours(job, token).filter(state=states.RUNNING).select_for_update().first() is not None


def finish(*, job: UUID, token: int, now: datetime) -> bool:
    """Record that the job is done; false if it is no longer the caller's."""
    return _move(_ours(job, token), "finish", finished_at=now, last_error="") == 1


def retry(*, job: UUID, token: int, run_after: datetime, error: str) -> bool:
    """Open the job again after a failure; false if it is no longer the caller's."""
    return _move(_ours(job, token), "retry", run_after=run_after, last_error=error[:ERROR_LENGTH]) == 1


def postpone(*, job: UUID, token: int, until: datetime) -> bool:
    """Open the job again for `until`, as if it had never failed; false if it is no longer the caller's."""
    return _move(_ours(job, token), "postpone", run_after=until, attempts=0) == 1


def bury(*, job: UUID, token: int, error: str, now: datetime) -> bool:
    """Give the job up, for a person to look at; false if it is no longer the caller's."""
    return _move(_ours(job, token), "bury", last_error=error[:ERROR_LENGTH], finished_at=now) == 1


def give_back(*, holder: str, jobs: Collection[UUID]) -> int:
    """Open what a stopping worker could not finish, at no cost in attempts; returns how many."""
    return _move(Job.objects.filter(pk__in=jobs, holder=holder), "give_back", attempts=F("attempts") - 1)


def any_expired(*, now: datetime) -> bool:
    """Tell, without a lock, whether some holder let its lease run out."""
    return Job.objects.filter(lease_until__lt=now).exists()


@transaction.atomic
def expire(*, now: datetime) -> list[Buried]:
    """Open every job whose holder let its lease run out; what has no attempts left is buried and returned."""
    rows = list(Job.objects.filter(lease_until__lt=now).select_for_update(skip_locked=True))
    spent = [row for row in rows if row.attempts >= row.max_attempts]
    _move(Job.objects.filter(pk__in=[row.pk for row in rows if row not in spent]), "expire")
    return [_bury_spent(row, now=now) for row in spent]


def _bury_spent(row: Job, *, now: datetime) -> Buried:
    error = f"its worker stopped renewing the lease in attempt {row.attempts} of {row.max_attempts}"
    bury(job=row.pk, token=row.token, error=error, now=now)
    return Buried(row.pk, row.name, error)


def cancel(*, dedupe_keys: Collection[str], now: datetime) -> int:
    """End the open jobs of these keys without running them; returns how many, for a running one is left alone."""
    return _move(Job.objects.filter(dedupe_key__in=dedupe_keys), "cancel", finished_at=now)


@transaction.atomic
def revive(*, job: UUID, now: datetime) -> bool:
    """Give a dead job all its attempts again; false if it is not dead."""
    if not _move(Job.objects.filter(pk=job), "revive", run_after=now, attempts=0, finished_at=None):
        return False
    wake.on_commit()
    return True


def sweep(*, before: datetime, limit: int = 5000) -> int:
    """Delete up to `limit` jobs that were done before `before`; returns how many."""
    old = Job.objects.filter(finished_at__lt=before, state=states.DONE).values_list("pk", flat=True)[:limit]
    return Job.objects.filter(pk__in=list(old)).delete()[0]


def plan_periodic(periods: Mapping[str, timedelta], *, now: datetime) -> None:
    """Make a row for each periodic job, due at once; a row that lies beyond a shortened period is drawn closer."""
    rows = [PeriodicJob(name=name, next_at=now) for name in periods]
    PeriodicJob.objects.bulk_create(rows, ignore_conflicts=True)
    for name, every in periods.items():
        PeriodicJob.objects.filter(name=name, next_at__gt=now + every).update(next_at=now + every)


def enqueue_periodic(periods: Mapping[str, timedelta], *, now: datetime) -> list[str]:
    """Enqueue the periodic jobs that are due and that no other worker enqueues; returns their names."""
    due = PeriodicJob.objects.filter(name__in=list(periods), next_at__lte=now)
    return [row.name for row in due if _enqueue_once(row, every=periods[row.name], now=now)]


@transaction.atomic
def _enqueue_once(row: PeriodicJob, *, every: timedelta, now: datetime) -> bool:
    following = row.next_at + every * ((now - row.next_at) // every + 1)
    moved = PeriodicJob.objects.filter(pk=row.pk, next_at=row.next_at).update(next_at=following)
    if not moved:
        return False
    enqueue(row.name, {}, now=now, dedupe_key=f"periodic:{row.name}")
    return True
