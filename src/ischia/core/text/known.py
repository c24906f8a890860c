"""Known texts: shingles, how much of one text stands in another, and where many texts have them.

A shingle is the hash of nine consonants in a row: no dots, long vowels, lam, digits or spaces (`letters.CONSONANTS`),
so most spellings of a text have the same shingles. Containment is counted in both directions (A. Broder: On the
resemblance and containment of documents, 1997), so an excerpt in a long text and a long text's excerpt are both found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ischia.core.text import chat, kernels, letters
from ischia.core.text.readings import Level, Reading, readings

Hashes = npt.NDArray[np.uint64]

WINDOW: Final = 6
SHORT: Final = 60
MOST_TEXTS: Final = 256
"""A shingle of more known texts than this says nothing and is passed over."""
BRIDGE: Final = 12
BUCKET_BITS: Final = 20
LEAST_SHARED: Final = 3
_PROBE_ROOM: Final = 1 << 16
_WHOLE: Final = np.arange(letters.POINTS, dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class Overlap:
    """What a text and a known one have in common.

    `of_probe` and `of_known` are shares (0 to 1) of consonants in shared shingles, `letters` how many consonants of
    the probe those are, `spans` where they stand in the probe's original. The level is the surest at which it holds.
    """

    of_probe: float
    of_known: float
    letters: int
    spans: tuple[tuple[int, int], ...]
    level: Level
    reading: str


def cut(reading: Reading, table: npt.NDArray[np.uint32] = letters.CONSONANTS) -> tuple[Hashes, npt.NDArray[np.int32]]:
    """Return the shingles of a reading, and the index in its letters of every consonant."""
    hashes, places = kernels.shingle(reading.codes, table)
    return hashes, places


def _chat(reading: Reading) -> tuple[Hashes, npt.NDArray[np.int32]]:
    """Return `cut` of what chat spelling keeps: compared alone, not in the index."""
    hashes, places = kernels.shingle(chat.skeleton(reading.codes, reading.starts), _WHOLE)
    return hashes, places


def shingles(text: str) -> Hashes:
    """Return the shingles of a text (uint64, in its order, possibly repeated); none below nine consonants."""
    return cut(surest(readings(text, candidates=False)))[0]


def chosen(hashes: Hashes) -> Hashes:
    """Return the shingles that stand for a known text in the index: all of a short one, else the winnowed ones."""
    if hashes.size > SHORT:
        hashes = hashes[kernels.winnow(hashes, WINDOW)]
    return np.unique(hashes)


def surest(ways: list[Reading]) -> Reading:
    """Return the reading without noise in its words, when there is one."""
    return next((way for way in ways if way.name == "words"), ways[0])


def covered(hit: npt.NDArray[np.bool_], consonants: int) -> npt.NDArray[np.bool_]:
    """Return which consonants stand in a shared shingle."""
    ends = np.zeros(consonants + 1, np.int32)
    places = np.flatnonzero(hit)
    np.add.at(ends, places, 1)
    np.add.at(ends, np.minimum(places + kernels.SHINGLE, consonants), -1)
    return np.cumsum(ends[:-1]) > 0


def runs(quoted: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return (first, end) of runs of quoted consonants, with gaps of up to `BRIDGE` closed."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], quoted, [False]]).astype(np.int8)))
    found: list[tuple[int, int]] = []
    for first, end in edges.reshape(-1, 2).tolist():
        if found and first - found[-1][1] <= BRIDGE:
            found[-1] = (found[-1][0], end)
        else:
            found.append((first, end))
    return found


def overlap(probe: Reading, known: Reading) -> Overlap | None:
    """Return what one reading of a text has in common with a known text's."""
    skeleton = _chat if probe.name == "arabizi" else cut
    ours, places = skeleton(probe)
    theirs, others = skeleton(known)
    hit = np.isin(ours, theirs)
    if not hit.any():
        return None
    quoted, matched = covered(hit, places.size), covered(np.isin(theirs, ours), others.size)
    spans = tuple(probe.span(int(places[first]), int(places[end - 1]) + 1) for first, end in runs(quoted))
    level: Level = probe.level if _letters_agree(probe, known, float(matched.mean())) else "candidate"
    return Overlap(float(quoted.mean()), float(matched.mean()), int(quoted.sum()), spans, level, probe.name)


def _letters_agree(probe: Reading, known: Reading, share: float) -> bool:
    """Return whether at least half of what the skeletons share holds with dots and vowels as well."""
    ours, theirs = kernels.shingle(probe.codes, _WHOLE)[0], kernels.shingle(known.codes, _WHOLE)[0]
    return bool(theirs.size) and float(np.isin(theirs, ours).mean()) >= share / 2


def compare(probe: str, known: str, *, candidates: bool = True) -> Overlap | None:
    """Return what `probe` has in common with `known` in the reading that shows most of it; None when nothing."""
    target = surest(readings(known, candidates=False))
    found = [one for way in readings(probe, candidates=candidates) if (one := overlap(way, target))]
    return max(found, key=standing, default=None)


def standing(found: Overlap) -> float:
    """Return how much an overlap is worth beside others: the larger share, a little less for a guess."""
    return max(found.of_known, found.of_probe) * (0.9 if found.level == "candidate" else 1)


class Segment:
    """Postings sorted by hash: a table of buckets, the low 32 bits of each hash, and the number of its text."""

    def __init__(self, hashes: Hashes, numbers: npt.NDArray[np.uint32], bits: int = BUCKET_BITS) -> None:
        self.shift = np.uint64(64 - bits)
        # The bucket first, then the low half, which is what the search compares.
        order = np.lexsort((hashes & np.uint64(0xFFFFFFFF), hashes >> self.shift))
        hashes = hashes[order]
        self.lows = hashes.astype(np.uint32)
        self.numbers = numbers[order]
        buckets = (hashes >> self.shift).astype(np.int64)
        self.table = np.searchsorted(buckets, np.arange((1 << bits) + 1)).astype(np.uint32)

    @classmethod
    def of(
        cls, lows: npt.NDArray[np.uint32], numbers: npt.NDArray[np.uint32], table: npt.NDArray[np.uint32]
    ) -> Segment:
        """Return the segment of which these are the arrays."""
        segment = cls.__new__(cls)
        segment.lows, segment.numbers, segment.table = lows, numbers, table
        segment.shift = np.uint64(64 - (table.size - 1).bit_length() + 1)
        return segment

    def find(self, probe: Hashes) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint32]]:
        """Return (index in `probe`, number) of every posting with one of these hashes, crowded ones left out."""
        room = _PROBE_ROOM
        while True:
            where, which, count = kernels.find_postings(
                probe, self.table, self.shift, self.lows, self.numbers, MOST_TEXTS, room
            )
            if count < room or room > 1 << 22:
                return where[:count], which[:count]
            room *= 8
