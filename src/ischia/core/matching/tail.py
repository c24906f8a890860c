"""The newest entries, not yet in a segment: appended in constant time, searched by a plain scan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ischia.core.matching import kernels
from ischia.core.matching.hits import VALUE_BYTES, Hits, query_words

FIRST_ROOM = 1024


@dataclass(frozen=True)
class TailView:
    """The entries of a tail at one moment: ids int64[n] and rows uint64[n, 4], both read-only."""

    ids: npt.NDArray[np.int64]
    rows: npt.NDArray[np.uint64]

    def __len__(self) -> int:
        return int(self.ids.size)

    def search(self, query: bytes, radius: int) -> Hits:
        """See `RadiusIndex.search`."""
        return Hits(*kernels.scan(query_words(query, radius), np.uint64(radius), self.rows, self.ids))

    def search_places(self, query: bytes, radius: int) -> Hits:
        """Do as `search`, with the place in the tail instead of the id."""
        places = np.arange(len(self))
        places.flags.writeable = False
        return Hits(*kernels.scan(query_words(query, radius), np.uint64(radius), self.rows, places))


class Tail:
    """A growing array with one writer. A view taken earlier stays valid: places once written never change."""

    def __init__(self) -> None:
        self._ids = np.empty(FIRST_ROOM, np.int64)
        self._rows = np.empty((FIRST_ROOM, 4), np.uint64)
        self._view = self._cut(0)

    def __len__(self) -> int:
        return len(self._view)

    def append(self, identity: int, value: bytes) -> None:
        """Add an entry of 32 bytes; visible to searches when the call returns. ValueError for another length."""
        if len(value) != VALUE_BYTES:
            raise ValueError(f"a value has {VALUE_BYTES} bytes, that of {identity} has {len(value)}")
        place = len(self)
        if place == self._ids.size:
            self._ids = np.concatenate([self._ids, np.empty_like(self._ids)])
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._ids[place] = identity
        self._rows[place] = np.frombuffer(value, "<u8")
        self._view = self._cut(place + 1)

    def view(self) -> TailView:
        """Return the entries up to now."""
        return self._view

    def search(self, query: bytes, radius: int) -> Hits:
        """See `RadiusIndex.search`."""
        return self._view.search(query, radius)

    def _cut(self, length: int) -> TailView:
        ids, rows = self._ids[:length], self._rows[:length]
        ids.flags.writeable = rows.flags.writeable = False
        return TailView(ids, rows)
