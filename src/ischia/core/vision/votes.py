"""An index of local features: which known pictures share described corners with a probe, without a look at each.

Several tables, each keyed by its own bits of the 256 (locality-sensitive hashing); a probe visits the bucket of its
key and those of the keys in which its least clear comparisons came out the other way (query-directed multi-probing, Lv
et al., VLDB 2007). What is found there is compared in full and votes for its entry.

Corners look alike, so a vote is worth how much nearer it is than the crowd. Copies of one picture would be each other's
crowd; entries that share many corners therefore count as one in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

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
_NEAREST: Final = 32
_COPIES: Final = 64
_SAME_CORNER: Final = 40
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
def _look(
    words: Words,
    differences: Differences,
    bits: npt.NDArray[np.int64],
    offsets: npt.NDArray[np.uint32],
    postings: npt.NDArray[np.uint32],
    known: Words,
    owners: npt.NDArray[np.uint32],
    near: Ints,
    distances: Ints,
    places: Ints,
) -> None:
    """Write for each corner its nearest owners in order (-1 for none), how far they are, and by which corner."""
    masks = np.empty(1 << _UNCLEAR, np.uint32)
    keys = np.empty(1, np.uint32)
    near[:], distances[:], places[:] = -1, LARGEST_DISTANCE + 1, 0
    last = near.shape[1] - 1
    for i in range(words.shape[0]):
        for table in range(bits.shape[0]):
            _keys(words[i : i + 1], bits[table], keys)
            for n in range(_flips(differences[i], bits[table], masks)):
                bucket = keys[0] ^ masks[n]
                start, end = offsets[table, bucket], offsets[table, bucket + 1]
                for at in range(start, min(end, start + _FULLEST)):
                    place = postings[table, at]
                    distance = _distance(words[i], known[place])
                    if distance < distances[i, last]:
                        _remember(owners[place], distance, place, near[i], distances[i], places[i])


@kernel
def _shared(near: Ints, places: Ints, known: Words, rank: Ints, out: Ints) -> None:
    """Count the corners that two entries both have, for those with a `rank`; how many each has is on the diagonal."""
    for i in range(near.shape[0]):
        for a in range(near.shape[1]):
            if near[i, a] < 0:
                break
            first = rank[near[i, a]]
            for b in range(a + 1):
                second = rank[near[i, b]]
                if first >= 0 and second >= 0 and _distance(known[places[i, a]], known[places[i, b]]) <= _SAME_CORNER:
                    out[first, second] += 1
                    if first != second:
                        out[second, first] += 1


@kernel
def _vote(
    near: Ints,
    distances: Ints,
    places: Ints,
    turns: Ints,
    known_turns: npt.NDArray[np.uint8],
    group: Ints,
    votes: npt.NDArray[np.float32],
) -> None:
    """Let each corner vote for its nearest owners, by how much nearer they are than the last group of the crowd.

    `votes` has a column for each turn of the known picture by a sixteenth of a circle: corners of one picture agree.
    """
    seen = np.empty(_CROWD, np.int64)
    for i in range(near.shape[0]):
        count, end, reference = 0, 0, LARGEST_DISTANCE + 1
        while end < near.shape[1] and near[i, end] >= 0:
            own = group[near[i, end]]
            new = True
            for n in range(count):
                if seen[n] == own:
                    new = False
            if new:
                seen[count] = own
                count += 1
                if count == _CROWD:
                    reference = distances[i, end]
                    break
            end += 1
        for n in range(end):
            turn = (turns[i] - np.int64(known_turns[places[i, n]])) % 64 // 4
            votes[near[i, n], turn] += reference - distances[i, n]


def _groups(near: Ints, places: Ints, distances: Ints, known: Words, entries: int) -> Ints:
    """Return for each entry the number of its group: those that show one picture, as far as this probe tells."""
    group = np.arange(entries)
    found = near >= 0
    weight = np.bincount(near[found], (LARGEST_DISTANCE + 1 - distances)[found], entries)
    top = np.argsort(-weight, kind="stable")[:_COPIES]
    rank = np.full(entries, -1)
    rank[top] = np.arange(top.size)
    shared = np.zeros((top.size, top.size), np.int64)
    _shared(near, places, known, rank, shared)
    own = np.diagonal(shared)
    alike = (shared >= _CROWD) & (shared >= 0.4 * np.minimum(own[:, None], own))
    for row, a in enumerate(top):
        # Strongest first, so that each joins the group of the strongest that it is like.
        group[a] = group[top[int(alike[row, : row + 1].argmax())]] if alike[row, : row + 1].any() else a
    return group


@dataclass(frozen=True, slots=True)
class FeatureIndex:
    """An immutable index; several of them (one for the bulk, one for what was added since) are searched one by one.

    Their candidates are put together: votes count in a smaller crowd for more, but each candidate is compared anyway.
    `ids` int64[m]; `owners` uint32[n] rows of `ids`; `words` uint64[n, 4]; `turns` uint8[n]; `postings` uint32[tables,
    n]; `offsets` uint32[tables, 2 ** width + 1]. All are plain arrays and may be mapped from a file.
    """

    ids: Ints
    owners: npt.NDArray[np.uint32]
    words: Words
    turns: npt.NDArray[np.uint8]
    postings: npt.NDArray[np.uint32]
    offsets: npt.NDArray[np.uint32]

    @classmethod
    def build(cls, known: Sequence[tuple[int, bytes]]) -> FeatureIndex:
        """Index known pictures by the ids of their signals and `Features.to_bytes`; ValueError for other bytes."""
        read = [Features.from_bytes(data) for _, data in known]
        ids = np.array([number for number, _ in known], np.int64)
        counts = [len(features) for features in read]
        owners = np.repeat(np.arange(len(known), dtype=np.uint32), counts)
        words = np.concatenate([np.empty((0, 4), np.uint64), *(features.words for features in read)])
        turns = np.concatenate([np.empty(0, np.int64), *(features.turn for features in read)]).astype(np.uint8)
        width = key_width(len(words))
        postings = np.empty((TABLES, len(words)), np.uint32)
        offsets = np.zeros((TABLES, 2**width + 1), np.uint32)
        keys = np.empty(len(words), np.uint32)
        for table, bits in enumerate(_key_bits()[:, :width]):
            _keys(words, np.ascontiguousarray(bits), keys)
            postings[table] = np.argsort(keys, kind="stable")
            offsets[table, 1:] = np.cumsum(np.bincount(keys, minlength=2**width))
        return cls.of_arrays(
            {"ids": ids, "owners": owners, "words": words, "turns": turns, "postings": postings, "offsets": offsets}
        )

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return all there is, to be written to a file."""
        names = ("ids", "owners", "words", "turns", "postings", "offsets")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> FeatureIndex:
        """Return the index again; the arrays are not copied and need not be writable."""
        views = {name: array.view() for name, array in arrays.items()}
        for view in views.values():
            view.flags.writeable = False
        return cls(**views)

    def __len__(self) -> int:
        return int(self.ids.shape[0])

    @property
    def nbytes(self) -> int:
        """The bytes of all arrays."""
        return sum(array.nbytes for array in self.arrays().values())

    def candidates(self, probe: Features, *, limit: int = CANDIDATES) -> list[Candidate]:
        """Return the known pictures with most votes, upright or mirrored, at most `limit`, none with next to none.

        Raises ValueError for features that were stored: only `probe_features` knows how clear each comparison was.
        """
        if probe.differences is None:
            raise ValueError("a probe needs the differences of its comparisons: use probe_features")
        found = [candidate for flip in (False, True) for candidate in self._voted(probe, flip=flip)]
        return sorted(found, key=lambda candidate: (-candidate.votes, candidate.entry))[:limit]

    def _voted(self, probe: Features, *, flip: bool) -> list[Candidate]:
        turned = mirrored(probe) if flip else probe
        near, distances, places = self._nearest(turned)
        found, rows = np.unique(near, return_inverse=True)
        # The first row is that of -1, nobody, when there is one.
        nobody = int(found.size > 0 and found[0] < 0)
        near, found = rows.reshape(near.shape) - nobody, found[nobody:]
        group = _groups(near, places, distances, self.words, found.size)
        votes = np.zeros((found.size, 16), np.float32)
        turns = (32 - turned.turn) % 64 if flip else turned.turn
        _vote(near, distances, places, turns, self.turns, group, votes)
        # Angles are rough, so a neighbouring turn counts too.
        agreed = (votes + np.roll(votes, 1, axis=1)).max(axis=1, initial=0)
        ids = self.ids[found]
        return [Candidate(int(ids[i]), float(agreed[i]), flip) for i in np.flatnonzero(agreed >= LEAST_VOTES)]

    def _nearest(self, probe: Features) -> tuple[Ints, Ints, Ints]:
        assert probe.differences is not None
        width = int(self.offsets.shape[1] - 1).bit_length() - 1
        bits = np.ascontiguousarray(_key_bits()[:, :width])
        near, distances, places = (np.empty((len(probe), _NEAREST), np.int64) for _ in range(3))
        arrays = (self.offsets, self.postings, self.words, self.owners)
        _look(probe.words, probe.differences, bits, *arrays, near, distances, places)
        return near, distances, places
