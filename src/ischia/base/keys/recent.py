"""What this process remembers of keys: those read within the last second, and those used for the first time today."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from ischia.base.keys.views import KeyView

FRESH_FOR = timedelta(seconds=1)
_MOST = 4096


class RecentKeys:
    """Keys by digest. An entry counts for a second, and only in the generation in which its read began.

    `forget` starts a new generation, so that a read that overlaps a revocation is never believed afterwards,
    without a lock.
    """

    def __init__(self) -> None:
        self.generation = 0
        self._entries: dict[bytes, tuple[KeyView, datetime, int]] = {}

    def get(self, digest: bytes, now: datetime) -> KeyView | None:
        """The key, if it was read less than a second ago; a clock that stepped back makes it stale as well."""
        entry = self._entries.get(digest)
        if entry is None:
            return None
        key, read_at, generation = entry
        fresh = generation == self.generation and timedelta(0) <= now - read_at < FRESH_FOR
        return key if fresh else None

    def put(self, digest: bytes, key: KeyView, read_at: datetime, generation: int) -> None:
        """Remember a key whose read began at `read_at` in `generation`."""
        if len(self._entries) >= _MOST:
            self._entries.clear()
        self._entries[digest] = (key, read_at, generation)

    def forget(self) -> None:
        """Believe nothing that was read before."""
        self.generation += 1


keys = RecentKeys()
_used: dict[UUID, date] = {}


def note_use(key: UUID, day: date) -> None:
    """Remember that `key` was used on `day`, for `verbs.record_uses` to write down later."""
    _used[key] = day


def take_uses() -> dict[UUID, date]:
    """The uses noted since the last call. A use that is lost with the process is noted again by the next request."""
    return {key: _used.pop(key) for key in list(_used)}
