"""An index of sounds: which known ones have a stretch in common with a probe, without a look at each.

An inverted index on the 16 sturdy bits of each word. A probe's word visits the words that differ in at most two of them
(137 lists), and every word that is met votes for one distance between the two sounds, as in Haitsma and Kalker, "A
Highly Robust Audio Fingerprinting System" (ISMIR 2002). Distances with most votes are then followed word by word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import combinations
from typing import Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from ischia.core.matching.intrinsics import kernel
from ischia.core.sound.aligned import OFFSET, SCORE, Flags, Ints, Keys, best_run, keys_of
from ischia.core.sound.prints import Words
from ischia.core.sound.signal import Sound

LEAST_VOTES: Final = 48
"""Candidates have so much agreement: what one in some ten thousand unrelated pairs has by chance."""

CANDIDATES: Final = 12

PACES: Final = (1.0, 0.975, 1.025, 0.95, 1.05)
"""Words of the known sound for each of the probe: the first is tried alone, the others when it finds nothing sure."""

SURE_VOTES: Final = 96

_GAP: Final = 160
_WINDOW: Final = 128
_AROUND: Final = 256
_FOLLOWED: Final = 600
_FULLEST: Final = 4_096
_MOST_VISITS: Final = 8_000_000
_NEAR: Final = np.array(
    [sum(1 << bit for bit in bits) for wrong in range(3) for bits in combinations(range(16), wrong)], np.uint16
)

_Postings = npt.NDArray[np.uint32]


class Candidate(NamedTuple):
    """A known sound that may share a stretch with the probe.

    `votes` is the agreement of the best stretch. Word `n` of the probe is heard at word `offset + pace * n` of the
    entry.
    """

    entry: int
    votes: int
    offset: int
    pace: float


@dataclass(frozen=True, slots=True)
class SoundIndex:
    """An immutable index; a bank that grows has several and merges their candidates.

    `entries` int64[m] ids; `starts` int64[m + 1] where each one's words begin, with a gap after each; `keys` uint16[n];
    `tells` bool[n] which of them count; `postings` uint32[k] places of those that count, by key; `offsets`
    int64[65537]. All are plain arrays and may be mapped from a file.
    """

    entries: Ints
    starts: Ints
    keys: Keys
    tells: Flags
    postings: _Postings
    offsets: Ints

    @classmethod
    def build(cls, known: Sequence[tuple[int, bytes]]) -> Self:
        """Index the `data` of `sound` signals under their ids; raise `SignalError` for data that are none."""
        sounds = [Sound.of(data) for _, data in known]
        entries = np.array([entry for entry, _ in known], np.int64)
        starts = np.zeros(len(known) + 1, np.int64)
        starts[1:] = np.cumsum([len(sound.words) + _GAP for sound in sounds])
        keys, tells = np.zeros(starts[-1], np.uint16), np.zeros(starts[-1], np.bool_)
        for sound, start in zip(sounds, starts, strict=False):
            keys[start : start + len(sound.words)] = keys_of(sound.words)
            tells[start : start + len(sound.words)] = sound.counts
        places = np.flatnonzero(tells).astype(np.uint32)
        offsets = np.zeros(2**16 + 1, np.int64)
        offsets[1:] = np.cumsum(np.bincount(keys[places], minlength=2**16))
        postings = places[np.argsort(keys[places], kind="stable")]
        for array in (entries, starts, keys, tells, postings, offsets):
            array.setflags(write=False)  # As those of a mapped file are: one kind of array, one compilation.
        return cls(entries, starts, keys, tells, postings, offsets)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return everything that the index consists of."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Self:
        """Return the index that `arrays` came from; the arrays may be read-only."""
        return cls(**{field.name: arrays[field.name] for field in fields(cls)})  # type: ignore[arg-type]

    @property
    def nbytes(self) -> int:
        """The bytes of all arrays."""
        return sum(array.nbytes for array in self.arrays().values())

    def candidates(self, probe: bytes | Sound, *, limit: int = CANDIDATES) -> list[Candidate]:
        """Return the entries with the longest and clearest stretches, at most `limit`, each once, best first.

        The sound may have been made up to 5 % faster or slower as long as its pitch was kept. Raises `SignalError` for
        data that are no sound.
        """
        sound = probe if isinstance(probe, Sound) else Sound.of(probe)
        best: dict[int, Candidate] = {}
        for pace in PACES:
            for candidate in self._at(sound, pace):
                if candidate.entry not in best or candidate.votes > best[candidate.entry].votes:
                    best[candidate.entry] = candidate
            if any(candidate.votes >= SURE_VOTES for candidate in best.values()):
                break
        return sorted(best.values(), key=lambda candidate: (-candidate.votes, candidate.entry))[:limit]

    def _at(self, sound: Sound, pace: float) -> Iterator[Candidate]:
        words, tells = at_pace(sound, pace)
        keys = keys_of(words)
        stride = 1 + int(tells.sum()) * len(_NEAR) * len(self.postings) // 2**16 // _MOST_VISITS
        asked = np.flatnonzero(tells)[::stride]
        out = np.empty((_FOLLOWED, 4), np.int64)
        for low in range(0, len(words), _WINDOW):
            within = asked[(asked >= low) & (asked < low + _WINDOW)]
            votes = np.sort(_votes(keys, within, low, _NEAR, self.postings, self.offsets))
            tops = _tops(votes, _FOLLOWED)
            found = _follow(keys, tells, self.keys, self.tells, tops, low, out[: len(tops)])
            for row in out[:found]:
                owner = int(np.searchsorted(self.starts, row[OFFSET] + row[1], side="right")) - 1
                offset = int(row[OFFSET] - self.starts[owner])
                yield Candidate(int(self.entries[owner]), int(row[SCORE]), offset, pace)


def at_pace(sound: Sound, pace: float) -> tuple[Words, Flags]:
    """Return the words as they would be if the sound were `pace` times as long, and which of them count."""
    if pace == 1:
        return sound.words, sound.counts
    steps = np.arange(round(len(sound.words) * pace))
    places = np.minimum((steps / pace + 0.5).astype(np.int64), max(0, len(sound.words) - 1))
    return sound.words[places], sound.counts[places]


@kernel
def _votes(keys: Keys, asked: Ints, low: int, near: Keys, postings: _Postings, offsets: Ints) -> _Postings:
    """Return for every known word that nearly equals one of the probe's how far behind it lies, plus the window.

    A word that many sounds have says little: of a long list only every so manyth is visited.
    """
    size = 0
    for i in asked:
        for flip in near:
            bucket = np.int64(keys[i] ^ flip)
            size += min(offsets[bucket + 1] - offsets[bucket], _FULLEST)
    votes = np.empty(size, np.uint32)
    at = 0
    for i in asked:
        shift = np.uint32(_WINDOW - (i - low))
        for flip in near:
            bucket = np.int64(keys[i] ^ flip)
            start, length = offsets[bucket], offsets[bucket + 1] - offsets[bucket]
            taken = min(length, _FULLEST)
            for n in range(taken):
                votes[at] = postings[start + n * length // taken] + shift
                at += 1
    return votes


@kernel
def _tops(votes: _Postings, most: int) -> Ints:
    """Return the distances with most votes of sorted votes, those of three neighbours taken together."""
    counts = np.zeros(_WINDOW * 16, np.int64)
    groups = np.empty(votes.shape[0], np.int64)
    sizes = np.empty(votes.shape[0], np.int64)
    found, at = 0, 0
    while at < votes.shape[0]:
        end = at + 1
        while end < votes.shape[0] and votes[end] - votes[at] <= 2:
            end += 1
        groups[found], sizes[found] = votes[at], min(end - at, counts.shape[0] - 1)
        counts[sizes[found]] += 1
        found += 1
        at = end
    least, kept = counts.shape[0], 0
    while least > 2 and kept + counts[least - 1] <= most:
        least -= 1
        kept += counts[least]
    tops = np.empty(kept, np.int64)
    kept = 0
    for n in range(found):
        if sizes[n] >= least:
            tops[kept] = groups[n]
            kept += 1
    return tops


@kernel
def _follow(keys: Keys, tells: Flags, known: Keys, known_tells: Flags, tops: Ints, low: int, out: Ints) -> int:
    """Write the best run at or beside each distance that has enough agreement; return how many there are."""
    run = np.empty(4, np.int64)
    found = 0
    first, last = max(0, low - _AROUND), min(keys.shape[0], low + _WINDOW + _AROUND)
    for top in tops:
        out[found, 0] = LEAST_VOTES - 1
        for beside in range(3):
            offset = top + beside - _WINDOW - low
            best_run(keys, tells, known, known_tells, offset, first, last, run)
            if run[0] > out[found, 0]:
                out[found] = run
        if out[found, 0] >= LEAST_VOTES:
            found += 1
    return found
