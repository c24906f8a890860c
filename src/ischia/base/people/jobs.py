"""What is done about people without anybody asking for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ischia.base.jobs import JobContext, periodic
from ischia.base.people import verbs


@periodic("people.tidy", every=timedelta(hours=6))
def tidy(payload: Mapping[str, Any], /, *, now: datetime, context: JobContext) -> None:
    """Forget sessions, links and failed attempts that no longer matter."""
    verbs.forget_expired(now=now)
