"""An index of local features: which known pictures share described corners with a probe, without a look at each.

Corners look alike, so a vote is worth how much nearer it is than the crowd. Copies of one picture would be each other's
crowd; entries that share many corners therefore count as one in it. A known picture is named only if some of its
corners also agree on where it is: unrelated pictures get as many votes as small parts of known ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ischia.core.matching.intrinsics import kernel
from ischia.core.vision import buckets
from ischia.core.vision.buckets import LARGEST_DISTANCE, TABLES, distance_of, key_bits, key_width
from ischia.core.vision.features import STEP, Features, mirrored
from ischia.core.vision.geometry import Doubles, best_similarity
from ischia.core.vision.keypoints import ANGLES, Ints, Words
from ischia.core.vision.plane import Floats

LEAST_VOTES: Final = 40.0
CANDIDATES: Final = 12
LEAST_AGREEING: Final = 5
_LOOKED_AT: Final = 16
_PAIRS: Final = 32
_CROWD: Final = 8
_COPIES: Final = 32
_SAME_CORNER: Final = 40
_BOTH: Final = 0.5
_SAME_PLACE: Final = 8.0
_STEP: Final = 8


class Candidate(NamedTuple):
    """A known picture that may be in the probe: how strongly corners voted for it, and whether mirrored."""

    entry: int
    votes: float
    mirrored: bool


@kernel
def _shared(near: Ints, places: Ints, known: Words, rank: Ints, out: Ints) -> None:
    """Count the corners that two entries both have, for those with a `rank`; how many each has is on the diagonal."""
    ranks, rows = np.empty(near.shape[1], np.int64), np.empty(near.shape[1], np.int64)
    for i in range(near.shape[0]):
        count = 0
        for n in range(near.shape[1]):
            if near[i, n] < 0:
                break
            if rank[near[i, n]] >= 0:
                ranks[count], rows[count] = rank[near[i, n]], places[i, n]
                count += 1
        for a in range(count):
            out[ranks[a], ranks[a]] += 1
            for b in range(a):
                if distance_of(known[rows[a]], known[rows[b]]) <= _SAME_CORNER:
                    out[ranks[a], ranks[b]] += 1
                    out[ranks[b], ranks[a]] += 1


@kernel
def _reference(near: Ints, distances: Ints, group: Ints) -> tuple[int, int]:
    """Return how many of a corner's nearest owners come before the last group of the crowd, and how far that is."""
    seen = np.empty(_CROWD, np.int64)
    count, end = 0, 0
    while end < near.shape[0] and near[end] >= 0:
        own = group[near[end]]
        new = True
        for n in range(count):
            if seen[n] == own:
                new = False
        if new:
            seen[count] = own
            count += 1
            if count == _CROWD:
                return end, distances[end]
        end += 1
    return end, LARGEST_DISTANCE + 1


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
    `distances` of what gets no vote become `LARGEST_DISTANCE + 1`.
    """
    for i in range(near.shape[0]):
        end, reference = _reference(near[i], distances[i], group)
        for n in range(end):
            turn = (turns[i] - np.int64(known_turns[places[i, n]])) % 64 // 4
            votes[near[i, n], turn] += reference - distances[i, n]
        for n in range(end, near.shape[1]):
            distances[i, n] = LARGEST_DISTANCE + 1


@kernel
def _apart(points: Doubles, chosen: Ints, count: int, point: Doubles) -> bool:
    for n in range(count):
        if (points[chosen[n], 0] - point[0]) ** 2 + (points[chosen[n], 1] - point[1]) ** 2 < _SAME_PLACE**2:
            return False
    return True


@kernel
def _agreeing(a: Doubles, b: Doubles, scales: Doubles, turns: Doubles) -> int:
    """Count the places in the known picture whose corners agree on a map from `a` to `b`; the nearest come first."""
    best = np.zeros(4)
    found = best_similarity(a, b, scales, turns, min(_PAIRS, a.shape[0]), best)
    if found < LEAST_AGREEING:
        return found
    c, s, tx, ty = best[0], best[1], best[2], best[3]
    chosen, count = np.empty(a.shape[0], np.int64), 0
    for n in range(a.shape[0]):
        dx, dy = c * a[n, 0] - s * a[n, 1] + tx - b[n, 0], s * a[n, 0] + c * a[n, 1] + ty - b[n, 1]
        if dx * dx + dy * dy < 64 and _apart(a, chosen, count, a[n]) and _apart(b, chosen, count, b[n]):
            chosen[count] = n
            count += 1
    return count


@kernel
def _pairs(
    near: Ints,
    distances: Ints,
    places: Ints,
    turned: Ints,
    known_turns: npt.NDArray[np.uint8],
    wanted: Ints,
    turns: Ints,
    corners: Ints,
    rows: Ints,
    counts: Ints,
) -> None:
    """Write which corners voted for each of the `wanted`, and by which rows, if they agree with how it is turned."""
    number = np.full(near.shape[0] * near.shape[1], -1, np.int64)
    for n in range(wanted.shape[0]):
        number[wanted[n]] = n
    for least in range(0, LARGEST_DISTANCE + 1, _STEP):
        for i in range(near.shape[0]):
            for n in range(near.shape[1]):
                if near[i, n] < 0 or distances[i, n] >= least + _STEP:
                    break
                to = number[near[i, n]]
                if to < 0 or distances[i, n] < least:
                    continue
                turn = (turned[i] - np.int64(known_turns[places[i, n]])) % 64 // 4
                if turn == turns[to] or turn == (turns[to] - 1) % 16:
                    corners[to, counts[to]], rows[to, counts[to]] = i, places[i, n]
                    counts[to] += 1


def _groups(near: Ints, places: Ints, distances: Ints, known: Words, entries: int) -> Ints:
    """Return for each entry the number of its group: those that show one picture, as far as this probe tells."""
    group = np.arange(entries)
    found = near >= 0
    hits = np.bincount(near[found], minlength=entries)
    weight = np.bincount(near[found], (LARGEST_DISTANCE + 1 - distances)[found], entries)
    top = np.argsort(-weight, kind="stable")[:_COPIES]
    # Who has fewer corners than a group shares is in none.
    top = top[hits[top] >= _CROWD]
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
    `ids` int64[m]; `owners` uint32[n] rows of `ids`; `words` uint64[n, 4]; `turns`, `levels` uint8[n]; `spots`
    float32[n, 2], x and y; `postings` uint32[tables, n]; `offsets` uint32[tables, 2 ** width + 1]. All are plain arrays
    and may be mapped from a file.
    """

    ids: Ints
    owners: npt.NDArray[np.uint32]
    words: Words
    turns: npt.NDArray[np.uint8]
    levels: npt.NDArray[np.uint8]
    spots: Floats
    postings: npt.NDArray[np.uint32]
    offsets: npt.NDArray[np.uint32]

    @classmethod
    def build(cls, known: Sequence[tuple[int, bytes]]) -> FeatureIndex:
        """Index known pictures by the ids of their signals and `Features.to_bytes`; ValueError for other bytes."""
        read = [Features.from_bytes(data) for _, data in known]
        ids = np.array([number for number, _ in known], np.int64)
        owners = np.repeat(np.arange(len(known), dtype=np.uint32), [len(features) for features in read])
        words = np.concatenate([np.empty((0, 4), np.uint64), *(features.words for features in read)])
        turns = np.concatenate([np.empty(0, np.int64), *(features.turn for features in read)]).astype(np.uint8)
        levels = np.concatenate([np.empty(0, np.int64), *(features.level for features in read)]).astype(np.uint8)
        spots = [np.empty((0, 2), np.float32), *(np.stack((features.x, features.y), axis=1) for features in read)]
        postings, offsets = _tables(words)
        return cls(ids, owners, words, turns, levels, np.concatenate(spots), postings, offsets)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return all there is, to be written to a file."""
        names = ("ids", "owners", "words", "turns", "levels", "spots", "postings", "offsets")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> FeatureIndex:
        """Return the index again; the arrays are not copied and need not be writable."""
        return cls(**arrays)

    def __post_init__(self) -> None:
        for name, array in self.arrays().items():
            view = array.view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    def __len__(self) -> int:
        return int(self.ids.shape[0])

    @property
    def nbytes(self) -> int:
        """The bytes of all arrays."""
        return sum(array.nbytes for array in self.arrays().values())

    def candidates(self, probe: Features, *, limit: int = CANDIDATES) -> list[Candidate]:
        """Return the known pictures with most votes, at most `limit`, none of whose corners do not agree on a place.

        Each is named once, upright or mirrored, and twice only if about as much speaks for both. Raises ValueError
        for features that were stored: only `probe_features` knows how clear each comparison was.
        """
        if probe.differences is None:
            raise ValueError("a probe needs the differences of its comparisons: use probe_features")
        if not len(self.words) or not len(probe):
            return []
        most = max(_LOOKED_AT, limit)
        found = [*self._voted(probe, most, flip=False), *self._voted(probe, most, flip=True)]
        strongest: dict[int, float] = {}
        for candidate in found:
            strongest[candidate.entry] = max(candidate.votes, strongest.get(candidate.entry, 0.0))
        strong = [candidate for candidate in found if candidate.votes >= _BOTH * strongest[candidate.entry]]
        return sorted(strong, key=lambda candidate: (-candidate.votes, candidate.entry))[:limit]

    def _voted(self, probe: Features, most: int, *, flip: bool) -> list[Candidate]:
        turned = mirrored(probe) if flip else probe
        assert turned.differences is not None
        arrays = (self.offsets, self.postings, self.words, self.owners, len(self.ids))
        near, distances, places, found = buckets.nearest(turned.words, turned.differences, *arrays)
        group = _groups(near, places, distances, self.words, found.size)
        votes = np.zeros((found.size, 16), np.float32)
        turns = (ANGLES // 2 - turned.turn) % ANGLES if flip else turned.turn
        _vote(near, distances, places, turns, self.turns, group, votes)
        # Angles are rough, so a neighbouring turn counts too.
        both = votes + np.roll(votes, 1, axis=1)
        agreed = both.max(axis=1, initial=0)
        best = np.argsort(-agreed, kind="stable")[:most]
        best = best[agreed[best] >= LEAST_VOTES]
        corners, rows = (np.empty((best.size, len(probe)), np.int64) for _ in range(2))
        counts = np.zeros(best.size, np.int64)
        _pairs(near, distances, places, turns, self.turns, best, both[best].argmax(axis=1), corners, rows, counts)
        return [
            Candidate(int(self.ids[found[row]]), float(agreed[row]), flip)
            for n, row in enumerate(best.tolist())
            if self._agree(turned, turns, corners[n, : counts[n]], rows[n, : counts[n]], flip=flip)
        ]

    def _agree(self, probe: Features, turns: Ints, corners: Ints, rows: Ints, *, flip: bool) -> bool:
        b = np.stack((-probe.x[corners] if flip else probe.x[corners], probe.y[corners]), axis=1).astype(np.float64)
        scales = np.power(STEP, (probe.level[corners] - self.levels[rows]).astype(np.float64))
        angles = (turns[corners] - self.turns[rows]).astype(np.float64) * (2 * np.pi / ANGLES)
        return _agreeing(self.spots[rows].astype(np.float64), b, scales, angles) >= LEAST_AGREEING


def _tables(words: Words) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Return the rows of descriptors in the order of their keys, and where in that each key begins, table by table."""
    width = key_width(len(words))
    postings = np.empty((TABLES, len(words)), np.uint32)
    offsets = np.zeros((TABLES, 2**width + 1), np.uint32)
    keys = np.empty(len(words), np.uint32)
    for table, bits in enumerate(key_bits(width)):
        buckets.keys_of(words, bits, keys)
        postings[table] = np.argsort(keys, kind="stable")
        offsets[table, 1:] = np.cumsum(np.bincount(keys, minlength=2**width))
    return postings, offsets
