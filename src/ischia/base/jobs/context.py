"""What a running job knows of itself and may ask of its worker."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from ischia.base.jobs import verbs


class LeaseLostError(Exception):
    """Another worker has taken the job over: whatever this run still wanted to write must not be written."""


class LaterError(Exception):
    """Raised by a job that is not due yet: it runs again at `until`, and its failures so far are forgotten."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"not before {until.isoformat()}")
        self.until = until


@dataclass(slots=True)
class JobContext:
    """One run of one job."""

    job: UUID
    token: int
    holder: str
    attempt: int
    stop: threading.Event
    last_sign: float = field(default_factory=time.monotonic)

    def heartbeat(self) -> None:
        """Say that the job is still getting on; it is written by the worker's next heartbeat."""
        self.last_sign = time.monotonic()

    def progress(self, done: int, total: int) -> None:
        """Record that `done` of `total` steps are done; raises `LeaseLostError` if the job is no longer ours."""
        self.heartbeat()
        if not verbs.record_progress(job=self.job, token=self.token, done=done, total=total):
            raise LeaseLostError(f"job {self.job} was taken over")

    def fenced(self) -> None:
        """Call it in a transaction before it commits: nobody can take the job over until the transaction ends.

        Raises `LeaseLostError` if somebody already has, and `RuntimeError` outside of a transaction.
        """
        if not verbs.hold(job=self.job, token=self.token):
            raise LeaseLostError(f"job {self.job} was taken over")
