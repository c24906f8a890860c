"""Claims and runs jobs as a worker does whose clock is the test's."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from ischia.base.jobs import verbs
from ischia.base.jobs.context import JobContext
from ischia.base.jobs.models import Job
from ischia.base.jobs.run import Runner

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def nothing(payload, /, *, now, context):
    pass


def wait_for(event):
    def wait(payload, /, *, now, context):
        event.wait(20)

    return wait


def context_of(taken, holder="one"):
    return JobContext(taken.job, taken.token, holder, taken.attempt, threading.Event())


def claim(holder="one", now=NOW, **more):
    return next(iter(verbs.claim(holder=holder, now=now, **more)), None)


def run(taken, now=NOW):
    Runner(now=lambda: now, jitter=lambda: 0.0).run(taken, context_of(taken))
    return Job.objects.get(pk=taken.job)
