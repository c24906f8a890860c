"""What was decided, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from ischia.base.events import Event


@dataclass(frozen=True, kw_only=True)
class Decided(Event):
    """A decision came into force; `causes` are the first hundred.

    `redress` subscribes to tell the affected person, after `notice_after`.
    """

    kind: ClassVar[str] = "decisions.decided"
    decision: UUID
    effect: str
    notice: str
    ground: str
    ground_ref: str
    author_kind: str
    author_ref: str
    surface: str
    item: str
    revision: int
    territory: tuple[str, ...]
    causes: tuple[Mapping[str, str], ...]
    cause_count: int
    actions: tuple[UUID, ...]
    notice_after: datetime
    personal: ClassVar[tuple[str, ...]] = ("item",)


@dataclass(frozen=True, kw_only=True)
class Ended(Event):
    """A decision is no longer in force; `restores` tells whether the item became visible by it."""

    kind: ClassVar[str] = "decisions.ended"
    decision: UUID
    because: str
    restores: bool
    actions: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class ActionAcknowledged(Event):
    """The platform said what became of an action; times are whole milliseconds."""

    kind: ClassVar[str] = "decisions.action_acknowledged"
    decision: UUID
    action: UUID
    action_kind: str
    outcome: str
    milliseconds_since_request: int
    milliseconds_since_publication: int | None
    views: int | None
