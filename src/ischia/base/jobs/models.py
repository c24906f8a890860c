"""Work that must be done even if the process that began it dies."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from ischia.base.ids import new_id
from ischia.base.jobs import states


class Job(models.Model):
    """One piece of work.

    `token` rises with each claim: it fences off whoever held the job before. `dedupe_key` is given up when the job
    ends, so that it is unique among the unfinished ones.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    payload = models.JSONField()
    state = models.CharField(max_length=8, default=states.OPEN)
    deadline = models.DateTimeField(null=True)
    priority = models.SmallIntegerField(default=0)
    run_after = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=10)
    holder = models.CharField(max_length=120, blank=True)
    token = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    dedupe_key = models.CharField(max_length=200, null=True, unique=True)
    progress = models.JSONField(null=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state=states.RUNNING, lease_until__isnull=False)
                | (~Q(state=states.RUNNING) & Q(lease_until=None)),
                name="job_lease_while_running",
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.UNFINISHED) | Q(dedupe_key=None), name="job_key_while_unfinished"
            ),
        ]
        # None is partial: SQLite cannot use a partial index for a query whose values are parameters.
        indexes: ClassVar = [
            models.Index(F("state"), F("deadline"), F("priority").desc(), F("run_after"), name="job_urgency"),
            models.Index(fields=["lease_until"], name="job_lease"),
            models.Index(fields=["finished_at"], name="job_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.id}"


class PeriodicJob(models.Model):
    """When a periodic job is due next; the worker that moves `next_at` enqueues it."""

    name = models.CharField(max_length=120, primary_key=True)
    next_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.next_at}"


class WorkerBeat(models.Model):
    """A sign of life of one worker process; `loops` counts each loop's failures since it last worked."""

    holder = models.CharField(max_length=120, primary_key=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    threads = models.PositiveSmallIntegerField()
    loops = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.holder} seen {self.seen_at}"
