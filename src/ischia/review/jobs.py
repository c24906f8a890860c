"""What becomes of events that a person must know of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from ischia.base.events import SYSTEM, EventRow, payload
from ischia.base.jobs import JobContext, job
from ischia.decisions.models import Decision
from ischia.review import verbs


@job("review.look_at_failed_action")
def look_at_failed_action(arguments: Mapping[str, Any], /, *, now: datetime, context: JobContext) -> None:
    """Handler of `decisions.action_acknowledged`: what the platform could not do goes before a person."""
    told = payload(EventRow.objects.get(pk=arguments["event"]))
    if told["outcome"] != "failed":
        return
    decision = Decision.objects.select_related("item__surface").get(pk=UUID(told["decision"]))
    verbs.open_or_join(
        cluster=f"action:{told['action']}",
        reason="action_failed",
        item=decision.item,
        revision=decision.revision,
        priority=100,
        actor=SYSTEM,
        now=now,
    )
