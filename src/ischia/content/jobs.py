"""What content needs from workers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ischia.base.jobs import JobContext, periodic
from ischia.content import verbs


@periodic("content.expire", every=timedelta(minutes=10))
def expire(arguments: Mapping[str, Any], /, *, now: datetime, context: JobContext) -> None:
    """Erase stored content whose time has come."""
    while verbs.expire_contents(now=now):
        context.heartbeat()
