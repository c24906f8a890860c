"""Words with one letter wrong: a letter left out, put in, replaced, or two that changed places.

After W. Garbe's symmetric deletion: two words within one edit share a form with at most one letter left out of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ischia.core.matching.intrinsics import kernel

SHORTEST: Final = 5
LONGEST: Final = 48
MOST: Final = 2000
SPREAD = np.uint64(0x9E3779B97F4A7C15)
NONE = np.uint64(0)


@kernel
def hash_without(codes: Any, first: Any, end: Any, left_out: Any) -> Any:
    """Return the hash of letters `first` to `end` but one (`left_out` < 0: all of them)."""
    value = np.uint64(14695981039346656037)
    for place in range(first, end):
        if place != left_out:
            value = (value ^ np.uint64(codes[place])) * np.uint64(1099511628211)
    value ^= value >> np.uint64(32)
    return value | np.uint64(1)


@kernel
def slot_of(keys: Any, value: Any, shift: Any) -> Any:
    """Return the place of a hash in an open table, or the empty place where it belongs."""
    slot = np.int64((value * SPREAD) >> shift)
    while keys[slot] != NONE and keys[slot] != value:
        slot = (slot + 1) & (keys.size - 1)
    return slot


@kernel
def fill(flat: Any, bounds: Any, keys: Any, shift: Any, slots: Any, chain: Any, owners: Any) -> Any:
    """Enter every form of every pattern; `chain` links the forms of one hash."""
    count = 0
    for pattern in range(bounds.size - 1):
        for left_out in range(bounds[pattern] - 1, bounds[pattern + 1]):
            gone = left_out if left_out >= bounds[pattern] else -1
            value = hash_without(flat, bounds[pattern], bounds[pattern + 1], gone)
            slot = slot_of(keys, value, shift)
            keys[slot] = value
            chain[count], owners[count] = slots[slot], pattern
            slots[slot] = count
            count += 1
    return count


@kernel
def one_edit(codes: Any, first: Any, end: Any, flat: Any, start: Any, stop: Any) -> Any:
    """Return whether two words are one edit apart, and begin or end alike."""
    long, short = end - first, stop - start
    if abs(long - short) > 1:
        return False
    head = 0
    while head < min(long, short) and codes[first + head] == flat[start + head]:
        head += 1
    tail = 0
    while tail < min(long, short) - head and codes[end - 1 - tail] == flat[stop - 1 - tail]:
        tail += 1
    if head + tail >= max(long, short) - 1:
        return True
    return (
        long == short
        and head + tail == long - 2
        and codes[first + head] == flat[start + head + 1]
        and codes[first + head + 1] == flat[start + head]
    )


@kernel
def near_words(
    codes: Any, starts: Any, counts: Any, begins: Any, flat: Any, bounds: Any, keys: Any, shift: Any, slots: Any,
    chain: Any, owners: Any, most: Any,
) -> Any:  # fmt: skip
    """Return (pattern, first, end) for runs of as many words as `counts` names, with or without clitics before."""
    found = np.empty((most, 3), np.int32)
    size = 0
    places = np.append(np.flatnonzero(starts), codes.size)
    for word in range(places.size - 1):
        for number in counts:
            if word + number >= places.size:
                break
            end = places[word + number]
            for skipped in range(3):
                first = places[word] + skipped
                if skipped and not among_letters(codes, places[word], first, begins):
                    break
                if end - first < SHORTEST - 1 or end - first > LONGEST:
                    break
                for left_out in range(first - 1, end):
                    value = hash_without(codes, first, end, left_out if left_out >= first else -1)
                    slot = slot_of(keys, value, shift)
                    if keys[slot] == NONE:
                        continue
                    form = slots[slot]
                    while form >= 0:
                        pattern = owners[form]
                        if one_edit(codes, first, end, flat, bounds[pattern], bounds[pattern + 1]):
                            found[size, 0], found[size, 1], found[size, 2] = pattern, first, end
                            size += 1
                            if size == most:
                                return found[:size]
                        form = chain[form]
    return found[:size]


@kernel
def among_letters(codes: Any, first: Any, end: Any, allowed: Any) -> Any:
    """Return whether all letters of a part are among the allowed ones."""
    for place in range(first, end):
        inside = False
        for letter in allowed:
            inside = inside or letter == codes[place]
        if not inside:
            return False
    return True


class Typos:
    """Finds patterns of five letters and more, written with one letter wrong."""

    def __init__(self, patterns: Sequence[tuple[int, npt.NDArray[np.uint32], int]]) -> None:
        """Take (id, letters, number of words) of each pattern."""
        kept = [one for one in patterns if SHORTEST <= one[1].size < LONGEST]
        self._ids = np.array([one[0] for one in kept], np.int32)
        self._flat = np.concatenate([np.zeros(0, np.uint32), *(one[1] for one in kept)])
        self._bounds = np.cumsum([0, *(one[1].size for one in kept)]).astype(np.int32)
        self._counts = np.array(sorted({one[2] for one in kept}), np.int64)
        forms = int(self._flat.size) + len(kept)
        bits = max(8, (2 * forms).bit_length())
        self._shift = np.uint64(64 - bits)
        self._keys, self._slots = np.zeros(1 << bits, np.uint64), np.full(1 << bits, -1, np.int32)
        self._chain, self._owners = np.full(forms, -1, np.int32), np.zeros(forms, np.int32)
        fill(self._flat, self._bounds, self._keys, self._shift, self._slots, self._chain, self._owners)
        self._begins = np.array([ord(letter) for letter in "وفبكل"], np.uint32)

    def search(self, codes: npt.NDArray[np.uint32], starts: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
        """Return (id, first, end) of each find, at most `MOST`."""
        found: npt.NDArray[np.int32] = near_words(
            codes, starts, self._counts, self._begins, self._flat, self._bounds, self._keys, self._shift, self._slots,
            self._chain, self._owners, MOST,
        )  # fmt: skip
        found[:, 0] = self._ids[found[:, 0]] if found.size else found[:, 0]
        return found
