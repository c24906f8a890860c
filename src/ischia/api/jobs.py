"""What the API's tables need from workers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ischia.api.idempotency import forget_old
from ischia.base.jobs import JobContext, periodic


@periodic("api.forget_old_requests", every=timedelta(hours=1))
def forget_old_requests(arguments: Mapping[str, Any], /, *, now: datetime, context: JobContext) -> None:
    """Delete answers that nobody will ask for again."""
    forget_old(now=now)
