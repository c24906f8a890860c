"""Which described corners of an index are near those of a probe: locality-sensitive hashing.

Several tables, each keyed by its own bits of the 256; a probe visits the bucket of its key and those of the keys in
which its least clear comparisons came out the other way (query-directed multi-probing, Lv et al., VLDB 2007). What is
found there is compared in full.

Drawings have thousands of corners with next to the same descriptor. Their buckets are read to a bound: what a crowd
shares is worth no vote anyway.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from ischia.core.matching.intrinsics import kernel, popcount, prefetch
from ischia.core.vision.features import Differences
from ischia.core.vision.keypoints import Ints, Words

TABLES: Final = 4
LARGEST_DISTANCE: Final = 64
NEAREST: Final = 24
_UNCLEAR: Final = 1
_CHOICES: Final = 1 << _UNCLEAR
_FULLEST: Final = 24

Keys = npt.NDArray[np.uint32]


@lru_cache(maxsize=32)
def key_bits(width: int) -> npt.NDArray[np.int64]:
    """Return int64[tables, width]: which comparisons make up each table's key."""
    random = np.random.default_rng(31)
    return np.stack([random.permutation(256)[:width] for _ in range(TABLES)])


def key_width(count: int) -> int:
    """Return the bits of a key for so many descriptors: about one to a bucket."""
    return int(np.clip(np.ceil(np.log2(max(2, count))), 8, 24))


@kernel
def _key(word: Words, bits: npt.NDArray[np.int64]) -> np.uint32:
    key = np.uint32(0)
    for bit in bits:
        key = (key << np.uint32(1)) | np.uint32((word[bit >> 6] >> np.uint64(bit & 63)) & np.uint64(1))
    return key


@kernel
def keys_of(words: Words, bits: npt.NDArray[np.int64], out: Keys) -> None:
    """Write the key of each descriptor in one table."""
    for i in range(words.shape[0]):
        out[i] = _key(words[i], bits)


@kernel
def _flips(difference: npt.NDArray[np.int16], bits: npt.NDArray[np.int64], out: Keys) -> None:
    """Write what to XOR a key with: nothing, then every choice among its least clear comparisons."""
    width = bits.shape[0]
    least = np.full(_UNCLEAR, 1 << 30, np.int64)
    which = np.zeros(_UNCLEAR, np.int64)
    for b in range(width):
        size = abs(int(difference[bits[b]]))
        if size >= least[_UNCLEAR - 1]:
            continue
        at = _UNCLEAR - 1
        while at > 0 and least[at - 1] > size:
            least[at], which[at] = least[at - 1], which[at - 1]
            at -= 1
        least[at], which[at] = size, width - 1 - b
    for choice in range(_CHOICES):
        mask = np.uint32(0)
        for n in range(_UNCLEAR):
            if choice >> n & 1:
                mask |= np.uint32(1) << np.uint32(which[n])
        out[choice] = mask


@kernel
def distance_of(a: Words, b: Words) -> int:
    """Count the bits in which two descriptors differ."""
    distance = np.uint64(0)
    for word in range(4):
        distance += popcount(a[word] ^ b[word])
    return int(distance)


@kernel
def _visited(words: Words, differences: Differences, bits: npt.NDArray[np.int64], out: Keys) -> None:
    """Write for each corner the buckets to visit, uint32[n, tables * choices]."""
    masks = np.empty(_CHOICES, np.uint32)
    for i in range(words.shape[0]):
        for table in range(bits.shape[0]):
            key = _key(words[i], bits[table])
            _flips(differences[i], bits[table], masks)
            for n in range(_CHOICES):
                out[i, table * _CHOICES + n] = key ^ masks[n]


@kernel
def _gathered(visited: Keys, offsets: Keys, postings: Keys, known: Words, out: Keys) -> int:
    """Write the rows in the buckets to visit, at most so many of each; return how many."""
    count = 0
    for n in range(visited.shape[0]):
        table, bucket = n // _CHOICES, visited[n]
        start, end = offsets[table, bucket], offsets[table, bucket + 1]
        for at in range(start, min(end, start + _FULLEST)):
            place = postings[table, at]
            prefetch(known, np.uint64(place) * np.uint64(4))
            out[count] = place
            count += 1
    return count


@kernel
def _in_order(word: Words, known: Words, gathered: Keys, count: int, rows: Ints, sizes: Ints, starts: Ints) -> int:
    """Write those within `LARGEST_DISTANCE` and their distances, nearest first; return how many."""
    near = 0
    starts[:] = 0
    for n in range(count):
        distance = distance_of(word, known[gathered[n]])
        if distance <= LARGEST_DISTANCE:
            gathered[near], sizes[near] = gathered[n], distance
            starts[distance + 1] += 1
            near += 1
    for n in range(1, starts.shape[0]):
        starts[n] += starts[n - 1]
    for n in range(near):
        rows[starts[sizes[n]]] = gathered[n]
        starts[sizes[n]] += 1
    return near


@kernel
def _look(
    words: Words,
    visited: Keys,
    offsets: Keys,
    postings: Keys,
    known: Words,
    owners: Keys,
    near: Ints,
    distances: Ints,
    places: Ints,
    found: Ints,
) -> int:
    """Write what `nearest` returns; `found` has room for every owner. Return how many were found."""
    most = visited.shape[1] * _FULLEST
    gathered, rows, sizes = np.empty(most, np.uint32), np.empty(most, np.int64), np.empty(most, np.int64)
    starts = np.empty(LARGEST_DISTANCE + 2, np.int64)
    seen, number = np.zeros(found.shape[0], np.int64), np.zeros(found.shape[0], np.int64)
    total = 0
    near[:], distances[:], places[:] = -1, LARGEST_DISTANCE + 1, 0
    for i in range(words.shape[0]):
        count = _gathered(visited[i], offsets, postings, known, gathered)
        count = _in_order(words[i], known, gathered, count, rows, sizes, starts)
        kept = 0
        for n in range(count):
            owner = owners[rows[n]]
            if seen[owner] == i + 1 or kept == near.shape[1]:
                continue
            if seen[owner] == 0:
                found[total], number[owner] = owner, total
                total += 1
            seen[owner] = i + 1
            near[i, kept], places[i, kept] = number[owner], rows[n]
            distances[i, kept] = distance_of(words[i], known[rows[n]])
            kept += 1
    return total


def nearest(
    words: Words, differences: Differences, offsets: Keys, postings: Keys, known: Words, owners: Keys, entries: int
) -> tuple[Ints, Ints, Ints, Ints]:
    """Return for each corner its nearest owners in order, each once.

    The first array, int64[n, 24], has rows of the last, which lists the owners that were found, or -1 for none; the
    second how far they are; the third which descriptor of theirs that was.
    """
    bits = key_bits(int(offsets.shape[1] - 1).bit_length() - 1)
    visited = np.empty((len(words), TABLES * _CHOICES), np.uint32)
    _visited(words, differences, bits, visited)
    near, distances, places = (np.empty((len(words), NEAREST), np.int64) for _ in range(3))
    found = np.empty(entries, np.int64)
    total = _look(words, visited, offsets, postings, known, owners, near, distances, places, found)
    return near, distances, places, found[:total]
