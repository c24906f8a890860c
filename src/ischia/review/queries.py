"""Reads of cases for the layers above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ischia.review.models import Case


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case in a list."""

    id: UUID
    reason: str
    state: str
    priority: int
    items: int
    opened_at: datetime


def open_cases(*, limit: int = 50, offset: int = 0) -> list[CaseView]:
    """Open cases: highest priority first, then oldest."""
    rows = Case.objects.filter(state="open").order_by("-priority", "opened_at", "pk")[offset : offset + limit]
    return [CaseView(c.pk, c.reason, c.state, c.priority, c.items, c.opened_at) for c in rows]
