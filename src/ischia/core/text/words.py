"""Phrases read word by word: each word with clitics of its own, or with one letter wrong.

A letter may be left out, put in, replaced, or two may have changed places. After W. Garbe's symmetric deletion: two
words within one edit share a form with at most one letter left out of each. The words of all phrases are one
vocabulary, which is small enough to stay near the processor, and phrases are paths through a trie of its numbers.
"""

from __future__ import annotations

from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt

from ischia.core.text import patterns, phrase_kernels
from ischia.core.text.batch import Batch
from ischia.core.text.patterns import HashTable, Matches, variants

WAYS: Final = (("clitics", 0.5), ("typo", 0.35), ("typos", 0.32))
"""What a match is called that has no letter wrong, one or more, and how sure it is."""
SHORTEST: Final = 5
"""Letters of a phrase, or of a word beside another word with a wrong letter, below which no letter may be wrong."""
SHORTEST_WORD, LONGEST_WORD = 4, 47
MOST: Final = 2000
MOST_OF_ONE: Final = 100
MOST_WORDS: Final = 1 << 20
"""Words of the list that one text may hold."""
MOST_TRIED: Final = 1 << 23
"""Pairs of words in one text that are looked up."""
_SKIPPED: Final = np.array([ord(letter) for letter in "وفبكل"], np.uint32)


class Words:
    """Finds phrases of several words, and of one word with one letter wrong; immutable."""

    def __init__(self, phrases: Batch, flags: npt.NDArray[np.uint8]) -> None:
        """Take the phrases' loose readings, and how each may stand in words."""
        flags = np.where(flags == patterns.BARE, np.uint8(patterns.BARE), np.uint8(patterns.WHOLE))
        self._lengths = phrases.lengths
        bounds = np.append(np.flatnonzero(phrases.starts), phrases.codes.size)
        every = Batch(phrases.codes, phrases.starts, phrases.runs, bounds)
        counts = phrases.words
        owners = np.repeat(np.arange(len(phrases)), counts)
        hashes = phrase_kernels.hash_all(every.codes, every.bounds, phrase_kernels.LONGEST_HASHED)
        _, firsts, numbers = np.unique(hashes + flags[owners], return_index=True, return_inverse=True)
        self._vocabulary = every.picked(firsts)
        lengths = self._vocabulary.lengths
        self._exact = variants(self._vocabulary, flags[owners[firsts]])
        self._weak = lengths < SHORTEST
        self._listed = np.flatnonzero((lengths >= SHORTEST_WORD) & (lengths <= LONGEST_WORD))
        self._nearby = self._vocabulary.picked(self._listed)
        self._forms = HashTable.of(*phrase_kernels.hash_forms(self._nearby.codes, self._nearby.bounds))
        self._trie = _trie(numbers, counts, len(self._vocabulary))

    def search(self, codes: npt.NDArray[np.uint32], starts: npt.NDArray[np.bool_]) -> Matches:
        """Return (number of the phrase, first, end, wrong letters, 0) of each match, those with fewest wrong first."""
        if not codes.size or not len(self._vocabulary):
            return patterns.NOTHING
        exact = self._exact.words(codes, starts, most=MOST_WORDS)
        near, complete = cast("Any", phrase_kernels.find_near)(
            codes, starts, _SKIPPED, self._nearby.codes, self._nearby.bounds, SHORTEST_WORD, LONGEST_WORD,
            *self._forms.parts, MOST_WORDS,
        )  # fmt: skip
        near[:, 0] = self._listed[near[:, 0]] if near.size else 0
        rows, all_found = cast("Any", phrase_kernels.find_rows)(
            starts, exact.places, near, self._weak, *self._trie, self._lengths, SHORTEST, MOST, MOST_OF_ONE, MOST_TRIED
        )
        rows = rows[np.argsort(rows[:, 3], kind="stable")] if len(rows) > 1 else rows
        return Matches(rows, exact.truncated or not complete or not all_found)


def _trie(numbers: npt.NDArray[np.int64], counts: npt.NDArray[np.int64], size: int) -> tuple[Any, ...]:
    """Return the trie of phrases of `counts` words each, as `phrase_kernels.find_rows` takes it.

    Node 0 is none, node 1 the beginning; each level of nodes is made of the distinct pairs of a node and a word.
    """
    begins = np.concatenate([[0], np.cumsum(counts)])[:-1]
    nodes = np.ones(counts.size, np.int64)
    parents, words, made = [np.zeros(2, np.int64)], [np.zeros(2, np.int64)], 2
    for depth in range(int(counts.max(initial=0))):
        going = np.flatnonzero(counts > depth)
        pairs, which = np.unique(nodes[going] << 32 | numbers[begins[going] + depth], return_inverse=True)
        nodes[going] = made + which
        parents.append(pairs >> 32)
        words.append(pairs & 0xFFFFFFFF)
        made += pairs.size
    parent, word = np.concatenate(parents).astype(np.int32), np.concatenate(words).astype(np.int32)
    going = np.zeros(made, np.uint64)
    np.bitwise_or.at(going, parent, np.uint64(1) << (word & 63).astype(np.uint64))
    roots = np.zeros(size, np.int32)
    first = np.flatnonzero(parent == 1)
    roots[word[first]] = first
    deeper = np.flatnonzero(parent > 1).astype(np.int32)
    pairs = parent[deeper].astype(np.uint64) << np.uint64(32) | word[deeper].astype(np.uint64)
    table = HashTable.of(cast("Any", phrase_kernels.spread)(pairs), deeper)
    order = np.argsort(nodes, kind="stable").astype(np.int32)
    ends = np.searchsorted(nodes[order], np.arange(made + 1)).astype(np.int32)
    return roots, parent, word, going, *table.parts, order, ends
