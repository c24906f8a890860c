"""What happened to banks and their entries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from ischia.base.events import Event


@dataclass(frozen=True, kw_only=True)
class BankCreated(Event):
    """A collection was opened."""

    kind: ClassVar[str] = "banks.bank_created"
    bank: str
    purpose: str
    acting: bool
    sources_required: int
    protects: bool
    hunt_finds: str


@dataclass(frozen=True, kw_only=True)
class EntryAdded(Event):
    """An entry was added, with the digest of its signals and not the signals themselves."""

    kind: ClassVar[str] = "banks.entry_added"
    bank: str
    entry: UUID
    label: str
    context: str
    status: str
    source: str
    held_back: str
    signals: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class EntrySourceAdded(Event):
    """One more source vouches for an entry, which may have become active by it."""

    kind: ClassVar[str] = "banks.entry_source_added"
    bank: str
    entry: UUID
    source: str
    status: str


@dataclass(frozen=True, kw_only=True)
class EntryHeldBack(Event):
    """An entry is for review only, because a person or a check said so."""

    kind: ClassVar[str] = "banks.entry_held_back"
    bank: str
    entry: UUID
    because: str


@dataclass(frozen=True, kw_only=True)
class EntryReleased(Event):
    """What held an entry back has ended."""

    kind: ClassVar[str] = "banks.entry_released"
    bank: str
    entry: UUID
    was: str


@dataclass(frozen=True, kw_only=True)
class EntryPromoted(Event):
    """An entry that only people were shown may act from now on."""

    kind: ClassVar[str] = "banks.entry_promoted"
    bank: str
    entry: UUID


@dataclass(frozen=True, kw_only=True)
class EntryRetired(Event):
    """An entry no longer matches anything."""

    kind: ClassVar[str] = "banks.entry_retired"
    bank: str
    entry: UUID
