"""Jobs: work recorded in the transaction that wants it, done by a worker, taken over when that worker dies.

`enqueue` is the one call. `@job` and `@periodic` register functions; `worker.Worker` runs them.
"""

from __future__ import annotations

from ischia.base.jobs.context import JobContext, LaterError, LeaseLostError
from ischia.base.jobs.registry import LOOPS, NETWORK, WORK, job, periodic
from ischia.base.jobs.verbs import cancel, enqueue, revive

__all__ = [
    "LOOPS",
    "NETWORK",
    "WORK",
    "JobContext",
    "LaterError",
    "LeaseLostError",
    "cancel",
    "enqueue",
    "job",
    "periodic",
    "revive",
]
