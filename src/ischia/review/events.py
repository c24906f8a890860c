"""What happened to cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from ischia.base.events import Event


@dataclass(frozen=True, kw_only=True)
class CaseOpened(Event):
    """Something waits for a person."""

    kind: ClassVar[str] = "review.case_opened"
    case: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class CaseJoined(Event):
    """One more item belongs to a case."""

    kind: ClassVar[str] = "review.case_joined"
    case: UUID
    surface: str
    item: str
    revision: int
    personal: ClassVar[tuple[str, ...]] = ("item",)
