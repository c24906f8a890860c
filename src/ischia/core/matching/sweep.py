"""Many values against many others, neither of them indexed: what a hunt does with a chunk of stored hashes."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ischia.core.matching import kernels
from ischia.core.matching.hits import VALUE_BYTES, checked_radius

WANTED_AT_ONCE: Final = 1024
"""Their first halves are 16 KiB, which stay in the nearest cache while the stored values pass by."""


class Pairs(NamedTuple):
    """Pairs within the radius, by stored row: int64[n] rows of stored, int64[n] rows of wanted, uint8[n] distances."""

    stored: npt.NDArray[np.int64]
    wanted: npt.NDArray[np.int64]
    distances: npt.NDArray[np.uint8]


def near(stored: npt.NDArray[np.uint8], wanted: npt.NDArray[np.uint8], radius: int) -> Pairs:
    """Find all pairs of stored, uint8[n, 32], and wanted, uint8[q, 32], at most `radius` (0 to 31) bits apart. Exact.

    Takes half a nanosecond a pair and no memory but for the pairs found; n times q must stay below 2 ** 63. Give it
    chunks of what is stored. Raises ValueError for other shapes or types, or a radius out of bounds.
    """
    checked_radius(radius)
    rows, ours = _words("stored", stored), _words("wanted", wanted)
    parts = [_block(rows, ours, first, radius) for first in range(0, len(ours), WANTED_AT_ONCE)]
    if len(parts) == 1:
        return parts[0]
    none = Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint8))
    joined = Pairs(*(np.concatenate(columns) for columns in zip(none, *parts, strict=True)))
    order = np.lexsort((joined.wanted, joined.stored))
    return Pairs(joined.stored[order], joined.wanted[order], joined.distances[order])


def _block(rows: npt.NDArray[np.uint64], wanted: npt.NDArray[np.uint64], first: int, radius: int) -> Pairs:
    block = wanted[first : first + WANTED_AT_ONCE]
    firsts, seconds = np.ascontiguousarray(block[:, 0]), np.ascontiguousarray(block[:, 1])
    places, distances = kernels.sweep(rows, firsts, seconds, block, np.uint64(radius))
    return Pairs(places // len(block), places % len(block) + first, distances)


def _words(name: str, values: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    if values.dtype != np.uint8 or values.ndim != 2 or values.shape[1] != VALUE_BYTES:
        raise ValueError(f"{name} must be uint8[n, {VALUE_BYTES}], got {values.dtype}{list(values.shape)}")
    words: npt.NDArray[np.uint64] = np.ascontiguousarray(values).view("<u8").view()
    # One type for the compiled kernel, whether the values come from memory or from a mapped file.
    words.flags.writeable = False
    return words
