"""What happened on the main path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from ischia.base.events import Event


@dataclass(frozen=True, kw_only=True)
class Screened(Event):
    """A revision got a verdict other than `allow`; those roll up into `VerdictsTallied`."""

    kind: ClassVar[str] = "screening.screened"
    surface: str
    item: str
    revision: int
    verdict: str
    policy: int
    rules: tuple[str, ...]
    matches: tuple[Mapping[str, object], ...]
    decision: UUID | None
    case: UUID | None
    personal: ClassVar[tuple[str, ...]] = ("item",)


@dataclass(frozen=True, kw_only=True)
class GenreTold(Event):
    """A reviewer said what kind of text it is; the genre model can be trained on that."""

    kind: ClassVar[str] = "screening.genre_told"
    surface: str
    item: str
    revision: int
    part: str
    inside: str
    genre: str
    personal: ClassVar[tuple[str, ...]] = ("item",)


@dataclass(frozen=True, kw_only=True)
class VerdictsTallied(Event):
    """How many verdicts of each kind a surface had in one minute."""

    kind: ClassVar[str] = "screening.verdicts_tallied"
    surface: str
    minute: datetime
    counts: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class HuntFinished(Event):
    """Everything that is held was searched for an entry, for a bank, or for a file that is in none."""

    kind: ClassVar[str] = "screening.hunt_finished"
    hunt: UUID
    entry: UUID | None
    bank: UUID | None
    searched: int
    found: int


@dataclass(frozen=True, kw_only=True)
class HuntAsked(Event):
    """Somebody asked to hunt for a file that is in no bank."""

    kind: ClassVar[str] = "screening.hunt_asked"
    hunt: UUID
    reason: str
    by: str
    personal: ClassVar[tuple[str, ...]] = ("by",)


@dataclass(frozen=True, kw_only=True)
class HuntApproved(Event):
    """A second person let it begin, or the same one a day later, where there is nobody else (`alone`)."""

    kind: ClassVar[str] = "screening.hunt_approved"
    hunt: UUID
    by: str
    alone: bool
    personal: ClassVar[tuple[str, ...]] = ("by",)


@dataclass(frozen=True, kw_only=True)
class HuntAnswered(Event):
    """Somebody accepted or refused the preview of what a hunt's finds would come to."""

    kind: ClassVar[str] = "screening.hunt_answered"
    hunt: UUID
    answer: str
    would: Mapping[str, int]
