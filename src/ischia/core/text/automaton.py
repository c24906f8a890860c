"""An Aho-Corasick automaton over code points, compiled with numba, and the loops that it needs.

Aho, Corasick: Efficient string matching (1975). Edges stand in one hash table keyed (state, letter), so memory grows
with the letters of the patterns and not with the alphabet. A match is reported only where words allow it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt

from ischia.core.matching.intrinsics import kernel
from ischia.core.text import letters
from ischia.core.text.fold import code_points

WHOLE, ANYWHERE, SUFFIXED, BARE = 0, 1, 2, 4
MOST_MATCHES: Final = 20_000
EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)
SPREAD = np.uint64(0x9E3779B97F4A7C15)


@kernel
def edge(keys: Any, values: Any, key: Any, shift: Any) -> Any:
    """Return the slot of a key, or of the empty place where it belongs."""
    mask = np.uint64(keys.size - 1)
    slot = (key * SPREAD) >> shift
    while keys[slot] != EMPTY and keys[slot] != key:
        slot = (slot + np.uint64(1)) & mask
    return slot


@kernel
def grow(flat: Any, bounds: Any, alphabet: Any, keys: Any, values: Any, shift: Any, outs: Any, same: Any) -> Any:
    """Insert all patterns into the trie; return the number of states. `same` chains patterns with equal letters."""
    states = 1
    for pattern in range(bounds.size - 1):
        state = 0
        for place in range(bounds[pattern], bounds[pattern + 1]):
            key = (np.uint64(state) << np.uint64(21)) | np.uint64(alphabet[flat[place]])
            slot = edge(keys, values, key, shift)
            if keys[slot] == EMPTY:
                keys[slot] = key
                values[slot] = states
                states += 1
            state = values[slot]
        same[pattern] = outs[state]
        outs[state] = pattern
    return states


@kernel
def link(keys: Any, values: Any, shift: Any, states: Any, outs: Any, fails: Any, links: Any) -> None:
    """Set the failure and the output links, breadth first. States are numbered so that parents come before children."""
    parent = np.full(states, -1, np.int32)
    letter = np.zeros(states, np.uint64)
    depth = np.zeros(states, np.int32)
    for slot in range(keys.size):
        if keys[slot] != EMPTY:
            child = values[slot]
            parent[child] = np.int32(keys[slot] >> np.uint64(21))
            letter[child] = keys[slot] & np.uint64(0x1FFFFF)
    for state in range(1, states):
        depth[state] = depth[parent[state]] + 1
    order = np.argsort(depth)
    for place in range(1, states):
        state = order[place]
        back = fails[parent[state]]
        target = 0
        if depth[state] > 1:
            while True:
                slot = edge(keys, values, (np.uint64(back) << np.uint64(21)) | letter[state], shift)
                if keys[slot] != EMPTY:
                    target = values[slot]
                    break
                if back == 0:
                    break
                back = fails[back]
        fails[state] = target
        links[state] = target if outs[target] >= 0 else links[target]


@kernel
def packed(codes: Any, first: Any, end: Any) -> Any:
    """Return up to four letters as one number, or 0 when there are more."""
    if end - first > 4:
        return np.uint64(0)
    value = np.uint64(1)
    for place in range(first, end):
        value = (value << np.uint64(15)) ^ np.uint64(codes[place])
    return value


@kernel
def among(value: Any, table: Any) -> Any:
    """Return whether a number stands in a short table."""
    for other in table:  # noqa: SIM110  The compiler has no `any`.
        if other == value:
            return True
    return False


@kernel
def begins_well(codes: Any, starts: Any, first: Any, bare: Any, proclitics: Any, articles: Any) -> Any:
    """Return whether a word begins at `first`, or what is written before it in its word are clitics."""
    place = first
    while place > 0 and first - place < 5 and not starts[place]:
        place -= 1
    if place == first:
        return True
    if not starts[place] and place:
        return False
    value = packed(codes, place, first)
    return among(value, proclitics) or (not bare and among(value, articles))


@kernel
def ends_well(codes: Any, starts: Any, end: Any, flags: Any, enclitics: Any) -> Any:
    """Return whether a word ends before `end`, or what follows in its word are clitics."""
    place = end
    while place < codes.size and place - end < 5 and not starts[place]:
        place += 1
    if place < codes.size and not starts[place]:
        return False
    if place == end:
        return flags & SUFFIXED == 0
    return flags & BARE == 0 and among(packed(codes, end, place), enclitics)


@kernel
def same_runs(codes: Any, runs: Any, first: Any, pattern_runs: Any, start: Any, length: Any, classes: Any) -> Any:
    """Return whether letters are repeated as in the pattern, or three times and more; Arabic letters may be, freely."""
    for step in range(length):
        have, need = runs[first + step], pattern_runs[start + step]
        if have != need and have < 3 and classes[codes[first + step]] not in (1, 5):
            return False
    return True


@kernel
def search(
    codes: Any, starts: Any, runs: Any, classes: Any, alphabet: Any, keys: Any, values: Any, shift: Any, root: Any,
    fails: Any, outs: Any, links: Any, same: Any, bounds: Any, pattern_runs: Any, flags: Any,
    proclitics: Any, articles: Any, enclitics: Any, most: Any,
) -> Any:  # fmt: skip
    """Return (pattern, first, end) of the first `most` matches where words allow them."""
    found = np.empty((most, 3), np.int32)
    count, state = 0, 0
    for place in range(codes.size):
        symbol = alphabet[codes[place]]
        if symbol == 0:
            state = 0
            continue
        while state:
            slot = edge(keys, values, (np.uint64(state) << np.uint64(21)) | np.uint64(symbol), shift)
            if keys[slot] != EMPTY:
                state = values[slot]
                break
            state = fails[state]
            if state == 0:
                state = root[symbol]
                break
        else:
            state = root[symbol]
        output = state if outs[state] >= 0 else links[state]
        while output > 0:
            pattern = outs[output]
            while pattern >= 0:
                length = bounds[pattern + 1] - bounds[pattern]
                first, end, kind = place + 1 - length, place + 1, flags[pattern]
                if (
                    kind & ANYWHERE
                    or (
                        begins_well(codes, starts, first, kind & BARE, proclitics, articles)
                        and ends_well(codes, starts, end, kind, enclitics)
                    )
                ) and same_runs(codes, runs, first, pattern_runs, bounds[pattern], length, classes):
                    found[count, 0], found[count, 1], found[count, 2] = pattern, first, end
                    count += 1
                    if count == most:
                        return found[:count]
                pattern = same[pattern]
            output = links[output]
    return found[:count]


def _pack_letters(words: Sequence[str]) -> npt.NDArray[np.uint64]:
    packs = {int(packed(codes := code_points(word), 0, codes.size)) for word in words if 0 < len(word) <= 4}
    return np.array(sorted(packs), np.uint64)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Letters without spaces, how often each is repeated, and flags (`WHOLE`, `ANYWHERE`, `SUFFIXED`, `BARE`)."""

    codes: npt.NDArray[np.uint32]
    runs: npt.NDArray[np.uint8]
    flags: int


class Automaton:
    """All patterns in one automaton. `table` maps the clitics as it mapped the patterns (the skeleton has its own)."""

    def __init__(self, patterns: Sequence[Pattern], table: npt.NDArray[np.uint32]) -> None:
        lengths = [pattern.codes.size for pattern in patterns]
        if not all(lengths):
            raise ValueError("a pattern has no letters")
        self._bounds = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        flat = np.concatenate([np.zeros(0, np.uint32), *(pattern.codes for pattern in patterns)]).astype(np.uint32)
        self._runs = np.concatenate([np.zeros(0, np.uint8), *(pattern.runs for pattern in patterns)]).astype(np.uint8)
        self._flags = np.array([pattern.flags for pattern in patterns], np.uint8)
        self._alphabet = np.zeros(letters.POINTS, np.uint32)
        present = np.unique(flat)
        self._alphabet[present] = np.arange(1, present.size + 1, dtype=np.uint32)
        self._build(flat)
        mapped = _table_of(table)
        self._clitics = tuple(
            _pack_letters([word.translate(mapped) for word in words])
            for words in (_without_article(), letters.PROCLITICS, letters.ENCLITICS)
        )

    def _build(self, flat: npt.NDArray[np.uint32]) -> None:
        bits = max(8, int(2 * flat.size + 1).bit_length())
        self._shift = np.uint64(64 - bits)
        self._keys = np.full(1 << bits, EMPTY, np.uint64)
        self._values = np.zeros(1 << bits, np.int32)
        outs = np.full(flat.size + 1, -1, np.int32)
        self._same = np.full(self._bounds.size, -1, np.int32)
        states = grow(flat, self._bounds, self._alphabet, self._keys, self._values, self._shift, outs, self._same)
        self._outs = outs[:states].copy()
        self._fails, self._links = np.zeros(states, np.int32), np.zeros(states, np.int32)
        link(self._keys, self._values, self._shift, states, self._outs, self._fails, self._links)
        self._root = np.zeros(int(self._alphabet.max()) + 1, np.int32)
        top = (self._keys >> np.uint64(21)) == 0
        self._root[(self._keys[top] & np.uint64(0x1FFFFF)).astype(np.int64)] = self._values[top]

    def search(
        self, codes: npt.NDArray[np.uint32], starts: npt.NDArray[np.bool_], runs: npt.NDArray[np.uint8]
    ) -> npt.NDArray[np.int32]:
        """Return one line (pattern, first, end) for each match, at most `MOST_MATCHES`, in the order of their ends."""
        found: npt.NDArray[np.int32] = cast("Any", search)(
            codes, starts, runs, letters.CLASSES, self._alphabet, self._keys, self._values, self._shift, self._root,
            self._fails, self._outs, self._links, self._same, self._bounds, self._runs, self._flags, *self._clitics,
            MOST_MATCHES,
        )  # fmt: skip
        return found


def _table_of(table: npt.NDArray[np.uint32]) -> dict[int, int]:
    return {code: int(table[code]) for code in range(0x600, 0x700)}


def _without_article() -> tuple[str, ...]:
    return tuple(word for word in letters.PROCLITICS if not word.endswith("ال"))
