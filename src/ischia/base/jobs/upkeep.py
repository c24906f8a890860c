"""The job table's own upkeep."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from ischia.base.jobs import verbs
from ischia.base.jobs.context import JobContext
from ischia.base.jobs.registry import periodic

KEPT: Final = timedelta(days=1)


@periodic("jobs.sweep", every=timedelta(minutes=10))
def sweep(_payload: Mapping[str, Any], /, *, now: datetime, context: JobContext) -> None:
    """Delete the jobs that have been done for a day, in bites that hold up no other writer; dead ones stay."""
    while not context.stop.is_set() and verbs.sweep(before=now - KEPT):
        context.heartbeat()
