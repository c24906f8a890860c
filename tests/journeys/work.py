"""Doing jobs in the test itself, as a worker would."""

from __future__ import annotations

import threading
from datetime import timedelta

from ischia.base import clock
from ischia.base.jobs.context import JobContext
from ischia.base.jobs.run import Runner
from ischia.base.jobs.verbs import claim


def run_jobs() -> None:
    """Do every job that is due within two minutes, and those that they enqueue, until none is left."""
    at = clock.now() + timedelta(minutes=2)
    runner = Runner(now=lambda: at, jitter=lambda: 0.0)
    for _ in range(1000):
        taken = claim(holder="test", now=at)
        if not taken:
            return
        job = taken[0]
        runner.run(job, JobContext(job.job, job.token, "test", job.attempt, threading.Event()))
    raise AssertionError("jobs never end")
