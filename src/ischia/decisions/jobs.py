"""What decisions need from workers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ischia.base.jobs import JobContext, periodic
from ischia.decisions import verbs


@periodic("decisions.send_unsent", every=timedelta(seconds=30))
def send_unsent(arguments: Mapping[str, Any], /, *, now: datetime, context: JobContext) -> None:
    """See that whatever waits for the platform is on its way to it."""
    verbs.send_unsent(now=now)
