"""An index of local features: which known pictures share described corners with a probe, without a look at each.

Several tables, each keyed by its own bits of the 256 (locality-sensitive hashing); a probe visits the bucket of its
key and those of the keys in which its least clear comparisons came out the other way (query-directed multi-probing, Lv
et al., VLDB 2007). What is found there is compared in full and votes for its entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ischia.core.matching.intrinsics import kernel, popcount
from ischia.core.vision.features import Differences, Features
from ischia.core.vision.keypoints import Ints, Words

TABLES: Final = 6
LARGEST_DISTANCE: Final = 64
LEAST_VOTES: Final = 40.0
CANDIDATES: Final = 12
_UNCLEAR: Final = 4
_FULLEST: Final = 128
_CROWD: Final = 8
_HALF: Final = 128


class Candidate(NamedTuple):
    """A known picture that may be in the probe: how strongly corners voted for it, and whether mirrored."""

    entry: int
    votes: float
    mirrored: bool


def mirrored(probe: Features) -> Features:
    """Return the features of the mirrored picture, with places and angles still those of the picture itself."""
    differences = None if probe.differences is None else np.roll(probe.differences, _HALF, axis=1)
    words = np.ascontiguousarray(probe.words[:, (2, 3, 0, 1)])
    return Features(probe.height, probe.width, words, probe.x, probe.y, probe.level, probe.turn, differences)


@lru_cache(maxsize=1)
def _key_bits() -> npt.NDArray[np.int64]:
    """Return int64[tables, 24]: which comparisons make up each table's key."""
    random = np.random.default_rng(31)
    return np.stack([random.permutation(256)[:24] for _ in range(TABLES)])


def key_width(count: int) -> int:
    """Return the bits of a key for so many descriptors: about two to a bucket."""
    return int(np.clip(np.ceil(np.log2(max(2, count))) - 1, 8, 24))


@kernel
def _keys(words: Words, bits: npt.NDArray[np.int64], out: npt.NDArray[np.uint32]) -> None:
    for i in range(words.shape[0]):
        key = np.uint32(0)
        for bit in bits:
            key = (key << np.uint32(1)) | np.uint32((words[i, bit >> 6] >> np.uint64(bit & 63)) & np.uint64(1))
        out[i] = key


@kernel
def _flips(difference: npt.NDArray[np.int16], bits: npt.NDArray[np.int64], out: npt.NDArray[np.uint32]) -> int:
    """Write what to XOR a key with: nothing, then every choice among its least clear comparisons."""
    width = bits.shape[0]
    unclear = np.empty(_UNCLEAR, np.int64)
    taken = np.zeros(width, np.bool_)
    for n in range(_UNCLEAR):
        best, least = 0, 1 << 30
        for b in range(width):
            size = abs(int(difference[bits[b]]))
            if not taken[b] and size < least:
                best, least = b, size
        taken[best] = True
        unclear[n] = width - 1 - best
    for choice in range(1 << _UNCLEAR):
        mask = np.uint32(0)
        for n in range(_UNCLEAR):
            if choice >> n & 1:
                mask |= np.uint32(1) << np.uint32(unclear[n])
        out[choice] = mask
    return 1 << _UNCLEAR


@kernel
def _distance(a: Words, b: Words) -> int:
    distance = np.uint64(0)
    for word in range(4):
        distance += popcount(a[word] ^ b[word])
    return int(distance)


@kernel
def _remember(owner: int, distance: int, place: int, owners: Ints, distances: Ints, places: Ints) -> None:
    """Keep the nearest owners in order, each once."""
    last = owners.shape[0] - 1
    at = last
    for n in range(owners.shape[0]):
        if owners[n] == owner:
            if distances[n] <= distance:
                return
            at = n
            break
    if distance >= distances[at]:
        return
    while at > 0 and distances[at - 1] > distance:
        owners[at], distances[at], places[at] = owners[at - 1], distances[at - 1], places[at - 1]
        at -= 1
    owners[at], distances[at], places[at] = owner, distance, place


@kernel
def _vote(
    words: Words,
    differences: Differences,
    turns: Ints,
    bits: npt.NDArray[np.int64],
    offsets: npt.NDArray[np.uint32],
    postings: npt.NDArray[np.uint32],
    known: Words,
    owners: npt.NDArray[np.uint32],
    known_turns: npt.NDArray[np.uint8],
    votes: npt.NDArray[np.float32],
) -> None:
    """Let each corner vote for its nearest owners, by how much nearer they are than the last of them.

    Corners look alike, so what counts is to be nearer than the crowd. `votes` has a column for each turn of the known
    picture by a sixteenth of a circle: corners of one picture agree on it.
    """
    masks = np.empty(1 << _UNCLEAR, np.uint32)
    keys = np.empty(1, np.uint32)
    near, distances, places = np.empty(_CROWD, np.int64), np.empty(_CROWD, np.int64), np.empty(_CROWD, np.int64)
    for i in range(words.shape[0]):
        near[:], distances[:], places[:] = -1, LARGEST_DISTANCE + 1, 0
        for table in range(bits.shape[0]):
            _keys(words[i : i + 1], bits[table], keys)
            for n in range(_flips(differences[i], bits[table], masks)):
                bucket = keys[0] ^ masks[n]
                start, end = offsets[table, bucket], offsets[table, bucket + 1]
                for at in range(start, min(end, start + _FULLEST)):
                    place = postings[table, at]
                    distance = _distance(words[i], known[place])
                    if distance < distances[_CROWD - 1]:
                        _remember(owners[place], distance, place, near, distances, places)
        for n in range(_CROWD - 1):
            if near[n] >= 0:
                turn = (turns[i] - np.int64(known_turns[places[n]])) % 64 // 4
                votes[near[n], turn] += distances[_CROWD - 1] - distances[n]


@dataclass(frozen=True, slots=True)
class FeatureIndex:
    """An immutable index; a bank that grows has several and merges them as `core.matching` does its segments.

    `entries` int64[m] ids; `owners` uint32[n] rows of `entries`; `words` uint64[n, 4]; `turns` uint8[n]; `postings`
    uint32[tables, n];
    `offsets` uint32[tables, 2 ** width + 1]. All are plain arrays and may be mapped from a file.
    """

    entries: Ints
    owners: npt.NDArray[np.uint32]
    words: Words
    turns: npt.NDArray[np.uint8]
    postings: npt.NDArray[np.uint32]
    offsets: npt.NDArray[np.uint32]

    @classmethod
    def build(cls, known: Sequence[tuple[int, Features]]) -> FeatureIndex:
        """Index the features of known pictures under their ids."""
        entries = np.array([entry for entry, _ in known], np.int64)
        counts = [len(features) for _, features in known]
        owners = np.repeat(np.arange(len(known), dtype=np.uint32), counts)
        words = np.concatenate([np.empty((0, 4), np.uint64), *(features.words for _, features in known)])
        turns = np.concatenate([np.empty(0, np.int64), *(features.turn for _, features in known)]).astype(np.uint8)
        width = key_width(len(words))
        postings = np.empty((TABLES, len(words)), np.uint32)
        offsets = np.zeros((TABLES, 2**width + 1), np.uint32)
        keys = np.empty(len(words), np.uint32)
        for table, bits in enumerate(_key_bits()[:, :width]):
            _keys(words, np.ascontiguousarray(bits), keys)
            postings[table] = np.argsort(keys, kind="stable")
            offsets[table, 1:] = np.cumsum(np.bincount(keys, minlength=2**width))
        return cls(entries, owners, words, turns, postings, offsets)

    @property
    def nbytes(self) -> int:
        """The bytes of all arrays."""
        arrays = (self.entries, self.owners, self.words, self.turns, self.postings, self.offsets)
        return sum(array.nbytes for array in arrays)

    def candidates(self, probe: Features, *, limit: int = CANDIDATES) -> list[Candidate]:
        """Return the entries with most votes, upright or mirrored, at most `limit` and none with next to none.

        Raises ValueError for features that were stored: only `probe_features` knows how clear each comparison was.
        """
        if probe.differences is None:
            raise ValueError("a probe needs the differences of its comparisons: use probe_features")
        found = [candidate for flip in (False, True) for candidate in self._voted(probe, flip=flip)]
        return sorted(found, key=lambda candidate: (-candidate.votes, candidate.entry))[:limit]

    def _voted(self, probe: Features, *, flip: bool) -> list[Candidate]:
        turned = mirrored(probe) if flip else probe
        assert turned.differences is not None
        votes = np.zeros((len(self.entries), 16), np.float32)
        width = int(self.offsets.shape[1] - 1).bit_length() - 1
        bits = np.ascontiguousarray(_key_bits()[:, :width])
        turns = (32 - turned.turn) % 64 if flip else turned.turn
        arrays = (self.offsets, self.postings, self.words, self.owners, self.turns)
        _vote(turned.words, turned.differences, turns, bits, *arrays, votes)
        # Angles are rough, so a neighbouring turn counts too.
        agreed = (votes + np.roll(votes, 1, axis=1)).max(axis=1)
        return [Candidate(int(self.entries[i]), float(agreed[i]), flip) for i in np.flatnonzero(agreed >= LEAST_VOTES)]
