"""Kernels: where two sequences of words say the same at one distance from each other.

Of a word's 32 bits, 16 say on which side of the middle cut each filter's answer lies. They withstand other sounds, and
half a word's displacement, about twice as well as the other 16, so they alone are compared.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ischia.core.matching.intrinsics import kernel, popcount
from ischia.core.sound.prints import Words

Keys = npt.NDArray[np.uint16]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

_PIVOT: Final = 5
"""A word with so many of 16 bits apart says nothing for or against; unrelated ones have 8 apart, heard under equally
loud music 4."""

_DROP: Final = 40
_NOTHING: Final = -1

SCORE, FIRST, END, OFFSET = 0, 1, 2, 3


def keys_of(words: Words) -> Keys:
    """Return uint16[n]: every second bit of uint32[n] words, from the highest on."""
    bits = words >> np.uint32(1) & np.uint32(0x55555555)
    for shift, mask in ((1, 0x33333333), (2, 0x0F0F0F0F), (4, 0x00FF00FF), (8, 0x0000FFFF)):
        bits = (bits | bits >> np.uint32(shift)) & np.uint32(mask)
    return bits.astype(np.uint16)


@kernel
def _gain(a: int, b: int, counts: bool) -> int:  # noqa: FBT001 - compiled
    return _PIVOT - int(popcount(np.uint64(a ^ b))) if counts else _NOTHING


@kernel
def best_run(
    probe: Keys, tells: Flags, known: Keys, known_tells: Flags, offset: int, low: int, high: int, out: Ints
) -> None:
    """Write score, first and end of the run of most agreement of probe[low:high] with known[offset + low:...].

    The largest sum of consecutive gains: Bentley, "Programming Pearls: Algorithm Design Techniques" (1984).
    """
    out[:] = 0
    total, start = 0, low
    for i in range(max(low, -offset), min(high, known.shape[0] - offset)):
        if total <= 0:
            total, start = 0, i
        total += _gain(probe[i], known[i + offset], tells[i] and known_tells[i + offset])
        if total > out[SCORE]:
            out[SCORE], out[FIRST], out[END], out[OFFSET] = total, start, i + 1, offset


@kernel
def runs(probe: Keys, tells: Flags, known: Keys, known_tells: Flags, low: int, high: int, least: int, out: Ints) -> int:
    """Write every run that scores at least `least` at the offsets low..high to int64[m, 4]; return how many.

    A run ends where its sum has fallen by 40 from its best (the X-drop of Altschul et al., BLAST, 1990).
    """
    found = 0
    for offset in range(low, high):
        total, start, most, end = 0, 0, 0, 0
        last = min(probe.shape[0], known.shape[0] - offset)
        for i in range(max(0, -offset), last + 1):
            if i < last and total > 0 and total > most - _DROP:
                total += _gain(probe[i], known[i + offset], tells[i] and known_tells[i + offset])
            else:
                if most >= least and found < out.shape[0]:
                    out[found, SCORE], out[found, FIRST], out[found, END], out[found, OFFSET] = most, start, end, offset
                    found += 1
                total, start, most, end = 0, i, 0, i
                if i < last:
                    total = _gain(probe[i], known[i + offset], tells[i] and known_tells[i + offset])
            if total > most:
                most, end = total, i + 1
    return found
