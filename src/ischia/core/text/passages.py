"""Passages: the `shingles` signal of a known text, what is kept of a screened one, and the index of many known texts.

A known text is kept as its surest reading, so that whatever may be asked of it later can be computed: shingles of its
consonants, of all its letters, and of what chat spelling keeps. Of a screened text only winnowed shingles are kept
(Schleimer, Wilkerson, Aiken: Winnowing, 2003), which do not show what it says.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from ischia.core.signals import Signal, SignalError, large
from ischia.core.signals.types import SHINGLES
from ischia.core.text import kernels
from ischia.core.text.fold import code_points
from ischia.core.text.known import (
    LEAST_SHARED,
    WINDOW,
    Hashes,
    Overlap,
    Segment,
    chosen,
    cut,
    overlap,
    standing,
    surest,
)
from ischia.core.text.readings import Reading, readings

WINNOWED: Final = "winnowed"
SHORTEST: Final = 40
"""Shingles below which a screened text leaves no fingerprint: it is found by its folded hash or not at all."""
LONGEST: Final = 1 << 20
_SPACE: Final = 0x20


@dataclass(frozen=True, slots=True)
class Candidate:
    """A known text that shares shingles: how many different ones, and the share of its indexed ones."""

    entry: int
    shared: int
    of_known: float


def signal(text: str) -> Signal | None:
    """Return the `shingles` signal of a known text; None below nine consonants. Its quality is the letters."""
    way = surest(readings(text[:LONGEST], candidates=False))
    if not cut(way)[0].size:
        return None
    return large(SHINGLES, zlib.compress(way.text.encode()), quality=int(way.codes.size))


def known_reading(data: bytes) -> Reading:
    """Return the reading that a known text's signal holds; raise `SignalError` for anything else."""
    try:
        unpacked = zlib.decompressobj()
        text = unpacked.decompress(data, 8 * LONGEST).decode()
        if not unpacked.eof:
            raise zlib.error("cut off, or longer than any text")
    except (zlib.error, UnicodeDecodeError) as error:
        raise SignalError(f"shingles: these bytes are no known text ({error})") from None
    codes = code_points(text)
    letters = codes != _SPACE
    starts = np.ones(codes.size, np.bool_)
    starts[1:] = ~letters[:-1]
    count = int(letters.sum())
    return Reading(
        "words",
        "loose",
        0.95,
        codes[letters],
        np.arange(count, dtype=np.int32),
        starts[letters],
        np.ones(count, np.uint8),
    )


def fingerprint(ways: Sequence[Reading]) -> Signal | None:
    """Return what is kept of a screened text, from its readings; None for one that is too short to be told by it."""
    hashes = cut(surest(list(ways)))[0]
    if hashes.size < SHORTEST:
        return None
    kept = np.unique(hashes[kernels.winnow(hashes, WINDOW)])
    return large(SHINGLES, kept.astype("<u8").tobytes(), quality=int(hashes.size), variant=WINNOWED)


@dataclass(frozen=True, slots=True)
class Hunted:
    """Known texts that are looked for among kept fingerprints; made once for many of these.

    `hashes` uint64[n] in order, `owners` int64[n] whose each is, `sizes` int64[m] how many each text has.
    """

    hashes: Hashes
    owners: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]

    @classmethod
    def of(cls, known: Sequence[bytes]) -> Self:
        """Take the data of known texts; raise `SignalError` for anything else."""
        sets = [_winnowed(cut(known_reading(data))[0]) for data in known]
        sizes = np.array([each.size for each in sets], np.int64)
        hashes = np.concatenate([np.empty(0, np.uint64), *sets])
        order = np.argsort(hashes, kind="stable")
        return cls(hashes[order], np.repeat(np.arange(len(sets)), sizes)[order], sizes)

    def shared(self, kept: bytes) -> Iterator[tuple[int, float, float]]:
        """Yield of each known text that is in part in one of which `fingerprint` was kept: its number, and two shares.

        Which share (0 to 1) of the known text is in the other one, and the reverse: estimates from winnowed shingles.
        """
        theirs = np.frombuffer(kept, "<u8")
        low, high = (np.searchsorted(self.hashes, theirs, side) for side in ("left", "right"))
        hits = [self.owners[a:b] for a, b in zip(low[high > low].tolist(), high[high > low].tolist(), strict=True)]
        if hits:
            numbers, counts = np.unique(np.concatenate(hits), return_counts=True)
            for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
                yield number, count / float(self.sizes[number]), count / theirs.size


def _winnowed(hashes: Hashes) -> Hashes:
    return np.unique(hashes[kernels.winnow(hashes, WINDOW)]) if hashes.size > WINDOW else np.unique(hashes)


def compared(ways: Sequence[Reading], known: bytes) -> Overlap | None:
    """Return what a text, as its readings, has in common with a known one, in the reading that shows most of it."""
    target = known_reading(known)
    return max(filter(None, (overlap(way, target) for way in ways)), key=standing, default=None)


@dataclass(frozen=True, slots=True)
class PassageIndex:
    """Known texts by the ids of their signals, found by shared shingles: about 8 bytes for each indexed one.

    `entries` int64[m] ids and `counts` int32[m] how many shingles each has; `lows` uint32[n], `numbers` uint32[n] and
    `table` uint32[2^bits + 1] are the postings as `known.Segment` has them.
    """

    entries: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int32]
    lows: npt.NDArray[np.uint32]
    numbers: npt.NDArray[np.uint32]
    table: npt.NDArray[np.uint32]

    @classmethod
    def build(cls, known: Sequence[tuple[int, bytes]]) -> Self:
        """Index the `data` of `shingles` signals under their ids; raise `SignalError` for data that are none."""
        parts = [chosen(cut(known_reading(data))[0]) for _, data in known]
        counts = np.array([part.size for part in parts], np.int32)
        numbers = np.repeat(np.arange(len(parts), dtype=np.uint32), counts)
        bits = min(20, max(8, numbers.size.bit_length()))
        segment = Segment(np.concatenate([np.zeros(0, np.uint64), *parts]), numbers, bits)
        entries = np.array([entry for entry, _ in known], np.int64)
        return cls(entries, counts, segment.lows, segment.numbers, segment.table)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return everything that the index consists of."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Self:
        """Return the index that `arrays` came from; the arrays may be read-only."""
        return cls(**{name: arrays[name] for name in cls.__slots__})  # type: ignore[arg-type]

    def candidates(self, probe: Sequence[Hashes], *, limit: int = 20) -> list[Candidate]:
        """Return the texts that share at least three shingles with one of the probe's readings, or all that they have.

        `probe` are the shingles (`cut`) of each reading; most first, at most `limit`.
        """
        segment = Segment.of(self.lows, self.numbers, self.table)
        most: dict[int, int] = {}
        for hashes in probe:
            numbers, shared = np.unique(segment.find(np.unique(hashes[:LONGEST]))[1], return_counts=True)
            enough = shared >= np.minimum(LEAST_SHARED, self.counts[numbers])
            for number, count in zip(numbers[enough].tolist(), shared[enough].tolist(), strict=True):
                most[number] = max(count, most.get(number, 0))
        best = sorted(most.items(), key=lambda one: (-one[1], one[0]))[:limit]
        return [Candidate(int(self.entries[i]), count, count / int(self.counts[i])) for i, count in best]
