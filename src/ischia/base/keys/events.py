"""What happened to API keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from ischia.base.events import Event


@dataclass(frozen=True, kw_only=True)
class KeyCreated(Event):
    """A program was given a key."""

    kind: ClassVar[str] = "keys.created"
    key: UUID
    name: str
    prefix: str
    scopes: tuple[str, ...]
    surfaces: tuple[str, ...]
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class KeyRevoked(Event):
    """A key was made useless."""

    kind: ClassVar[str] = "keys.revoked"
    key: UUID
    name: str
    prefix: str
