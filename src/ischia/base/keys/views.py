"""Keys as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key as everybody but its owner sees it."""

    id: UUID
    name: str
    prefix: str
    scopes: frozenset[str]
    surfaces: frozenset[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_on: date | None

    def allows(self, scope: str) -> bool:
        """True where the key was given `scope`."""
        return scope in self.scopes

    def covers(self, surface: str) -> bool:
        """True where the key may be used for `surface`."""
        return not self.surfaces or surface in self.surfaces

    def usable(self, now: datetime) -> bool:
        """True while the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
