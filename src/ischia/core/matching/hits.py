"""The protocol of an index, what it returns, and the slow index that defines what the fast ones must return."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

VALUE_BYTES = 32
MAX_RADIUS = 31


@dataclass(frozen=True)
class Hits:
    """Entries within the radius, each once, in no particular order: int64[n] ids and uint8[n] distances in bits."""

    ids: npt.NDArray[np.int64]
    distances: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return int(self.ids.size)

    @classmethod
    def none(cls) -> Hits:
        """Return no hit at all."""
        return cls(np.empty(0, np.int64), np.empty(0, np.uint8))

    @classmethod
    def joined(cls, parts: list[Hits]) -> Hits:
        """Return the hits of several indexes together."""
        if len(parts) == 1:
            return parts[0]
        return cls(np.concatenate([part.ids for part in parts]), np.concatenate([part.distances for part in parts]))

    def where(self, keep: npt.NDArray[np.bool_]) -> Hits:
        """Return the hits that a boolean mask keeps."""
        return Hits(self.ids[keep], self.distances[keep])

    def nearest(self, limit: int | None = None) -> Hits:
        """Order by distance, then id; no more than `limit` of them if a limit is given."""
        order = np.lexsort((self.ids, self.distances))[:limit]
        return Hits(self.ids[order], self.distances[order])

    def pairs(self) -> list[tuple[int, int]]:
        """Return (id, distance) as Python integers, in the order of the hits."""
        return list(zip(self.ids.tolist(), self.distances.tolist(), strict=True))


class Pairs(NamedTuple):
    """Pairs within the radius: int64[n] what was found, int64[n] rows of what was wanted, uint8[n] distances in bits.

    `stored` are ids where an index was searched, and rows where an array was.
    """

    stored: npt.NDArray[np.int64]
    wanted: npt.NDArray[np.int64]
    distances: npt.NDArray[np.uint8]

    @classmethod
    def joined(cls, parts: Iterable[Pairs]) -> Pairs:
        """Return all pairs by what was found, then by what was wanted."""
        none = cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint8))
        joined = cls(*(np.concatenate(columns) for columns in zip(none, *parts, strict=True)))
        return joined.where(np.lexsort((joined.wanted, joined.stored)))

    def where(self, keep: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> Pairs:
        """Return the pairs that a boolean mask keeps, or those at places."""
        return Pairs(self.stored[keep], self.wanted[keep], self.distances[keep])


class RadiusIndex(Protocol):
    """An exact index of 256-bit values under Hamming distance."""

    def __len__(self) -> int:
        """Return the number of entries that a search can return."""

    def search(self, query: bytes, radius: int) -> Hits:
        """Find every entry whose value is at most `radius` (0 to 31) bits from the query of 32 bytes.

        Raises ValueError for a query of another length or a radius out of bounds.
        """


def query_words(query: bytes, radius: int) -> npt.NDArray[np.uint64]:
    """Return the query as four little-endian uint64, after both arguments of a search are checked."""
    if len(query) != VALUE_BYTES:
        raise ValueError(f"a query has {VALUE_BYTES} bytes, this one has {len(query)}")
    checked_radius(radius)
    return np.frombuffer(query, "<u8")


def checked_radius(radius: int) -> None:
    """Raise ValueError for a radius that is out of bounds."""
    if not 0 <= radius <= MAX_RADIUS:
        raise ValueError(f"radius {radius} is out of bounds: choose 0 to {MAX_RADIUS} bits")


def checked_entries(ids: npt.NDArray[np.int64], values: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Return the values, uint8[n, 32], as uint64[n, 4]; ValueError if shapes or types do not fit."""
    rows = as_words("values", values)
    if ids.dtype != np.int64 or ids.shape != values.shape[:1]:
        raise ValueError(f"ids must be int64[{values.shape[0]}], got {ids.dtype}{list(ids.shape)}")
    return rows


def as_words(name: str, values: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Return values, uint8[n, 32], as read-only uint64[n, 4]; ValueError for another shape or type.

    Kernels are compiled for one type, whether the values come from memory or from a mapped file.
    """
    if values.dtype != np.uint8 or values.ndim != 2 or values.shape[1] != VALUE_BYTES:
        raise ValueError(f"{name} must be uint8[n, {VALUE_BYTES}], got {values.dtype}{list(values.shape)}")
    words: npt.NDArray[np.uint64] = np.ascontiguousarray(values).view("<u8").view()
    words.flags.writeable = False
    return words


class BruteForce:
    """The specification: compares the query with every value, in numpy and without cleverness."""

    def __init__(self, ids: npt.NDArray[np.int64], values: npt.NDArray[np.uint8]) -> None:
        self._ids = ids
        self._rows = checked_entries(ids, values)

    def __len__(self) -> int:
        return int(self._ids.size)

    def search(self, query: bytes, radius: int) -> Hits:
        """See `RadiusIndex.search`."""
        distances = np.bitwise_count(self._rows ^ query_words(query, radius)).sum(axis=1)
        near = distances <= radius
        return Hits(self._ids[near], distances[near].astype(np.uint8))
