"""Many values against many others, neither of them indexed: what a hunt does with a chunk of stored hashes."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ischia.core.matching import kernels
from ischia.core.matching.hits import Pairs, as_words, checked_radius

WANTED_AT_ONCE: Final = 1024
"""Their first halves are 16 KiB, which stay in the nearest cache while the stored values pass by."""


def near(stored: npt.NDArray[np.uint8], wanted: npt.NDArray[np.uint8], radius: int) -> Pairs:
    """Find all pairs of stored, uint8[n, 32], and wanted, uint8[q, 32], at most `radius` (0 to 31) bits apart.

    Exact. `Pairs.stored` are rows, in their order. Takes half a nanosecond a pair and no memory but for the pairs
    found; n times q must stay below 2 ** 63. Give it chunks of what is stored. Raises ValueError for other shapes or
    types, or a radius out of bounds.
    """
    checked_radius(radius)
    rows, ours = _read_only(as_words("stored", stored)), _read_only(as_words("wanted", wanted))
    parts = [_block(rows, ours, first, radius) for first in range(0, len(ours), WANTED_AT_ONCE)]
    return parts[0] if len(parts) == 1 else Pairs.joined(parts)


def _read_only(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return a view that cannot be written, so that one compiled loop serves what is mapped, received and made."""
    view = words.view()
    view.flags.writeable = False
    return view


def _block(rows: npt.NDArray[np.uint64], wanted: npt.NDArray[np.uint64], first: int, radius: int) -> Pairs:
    block = wanted[first : first + WANTED_AT_ONCE]
    firsts, seconds = block[:, 0].copy(), block[:, 1].copy()
    places, distances = kernels.sweep(rows, firsts, seconds, block, np.uint64(radius))
    return Pairs(places // len(block), places % len(block) + first, distances)
