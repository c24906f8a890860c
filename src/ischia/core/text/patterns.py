"""Many patterns found in one pass, at any size of the list, where the words of the text allow them.

Words begin at few letters, so only these are looked at: three letters say which lengths are worth a hash (R. Karp,
M. Rabin: Efficient randomized pattern-matching algorithms, 1987), a sieve of bits says which hashes are in the table,
and what is in it is compared letter by letter. A place costs at most one hash for each length there is, whatever the
text; and the whole is a few arrays that numpy sorts, so that a large list is ready in seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Self, cast

import numpy as np
import numpy.typing as npt

from ischia.core.text import letters, phrase_kernels
from ischia.core.text.batch import Batch, joined

WHOLE: Final = 0
ANYWHERE, SUFFIXED, BARE = phrase_kernels.ANYWHERE, phrase_kernels.SUFFIXED, phrase_kernels.BARE
"""How a pattern stands in words: alone or with clitics (`WHOLE`), inside other words, only with something after it, or
alone or after a conjunction or preposition."""
MOST_MATCHES: Final = 20_000
MOST_OF_ONE: Final = 100
"""Matches in one text, of all patterns and of one pattern, after which the others are left out."""
LONGEST_CLITIC: Final = phrase_kernels.LONGEST_TAIL


@dataclass(frozen=True, slots=True)
class HashTable:
    """Hashes and their owners: a bucket for each of the first bits, and before it a sieve with sixteen times as many.

    `table` uint32[2^b + 1] says where each bucket begins in `postings` uint32[n, 2]: the low bits, and the owner.
    """

    sieve: npt.NDArray[np.uint64]
    sieve_shift: np.uint64
    table: npt.NDArray[np.uint32]
    shift: np.uint64
    postings: npt.NDArray[np.uint32]

    @classmethod
    def of(
        cls, hashes: npt.NDArray[np.uint64], owners: npt.NDArray[np.int32], sifted: npt.NDArray[np.uint64] | None = None
    ) -> Self:
        """Return the table of these hashes, equal ones in their order; the sieve lets those `sifted` through, too."""
        bits = min(26, max(6, int(hashes.size).bit_length()))
        shift, sieve_shift = np.uint64(64 - bits), np.uint64(60 - bits)
        order = np.argsort(hashes, kind="stable")
        counts = np.bincount((hashes >> shift).astype(np.int64), minlength=1 << bits)
        table = np.concatenate([[0], np.cumsum(counts)]).astype(np.uint32)
        sieve = np.zeros(1 << (bits - 2), np.uint64)
        for each in (hashes, *(() if sifted is None else (sifted,))):
            phrase_kernels.sift(each, sieve, sieve_shift)
        postings = np.stack([hashes[order].astype(np.uint32), owners[order].astype(np.uint32)], 1)
        return cls(sieve, sieve_shift, table, shift, postings)

    @property
    def parts(self) -> tuple[Any, ...]:
        """What the kernels take, in their order."""
        return self.sieve, self.sieve_shift, self.table, self.shift, self.postings


@dataclass(frozen=True, slots=True)
class Matches:
    """One line (pattern, first, end, …) for each match, by where they begin; and whether some were left out."""

    places: npt.NDArray[np.int32]
    truncated: bool


NOTHING: Final = Matches(np.zeros((0, 3), np.int32), truncated=False)


class Patterns:
    """Patterns, compiled; immutable."""

    def __init__(
        self, batch: Batch, flags: npt.NDArray[np.uint8], table: npt.NDArray[np.uint32] = letters.EXTENDED
    ) -> None:
        """Take the letters of the patterns, how each may stand in words, and what was done to their letters.

        The clitics are mapped by `table` as well. Raises `ValueError` for a pattern without letters.
        """
        if not batch.lengths.all():
            raise ValueError("a pattern has no letters")
        self._batch, self._flags = batch, flags
        self._floating = bool((flags & ANYWHERE).any())
        sizes = np.minimum(batch.lengths, phrase_kernels.LONGEST_HASHED)
        self._lengths = np.unique(sizes)[::-1].copy()
        ranks = np.zeros(phrase_kernels.LONGEST_HASHED + 1, np.uint8)
        ranks[self._lengths] = np.arange(self._lengths.size)
        self._begun = phrase_kernels.begin_all(batch.codes, batch.bounds, ranks, flags)
        hashes, beginnings = (
            phrase_kernels.hash_all(batch.codes, batch.bounds, most)
            for most in (phrase_kernels.LONGEST_HASHED, phrase_kernels.LONG)
        )
        self._hashes = HashTable.of(hashes, np.arange(len(batch), dtype=np.int32), beginnings)
        before = [(word, 2 if word.endswith("ال") else 3) for word in letters.PROCLITICS]
        self._heads = _trie(_mapped(before, table))
        self._tails = _trie(_mapped([(word, 1) for word in letters.ENCLITICS], table))

    def search(
        self, codes: npt.NDArray[np.uint32], starts: npt.NDArray[np.bool_], runs: npt.NDArray[np.uint8], *,
        most: int = MOST_MATCHES, each: int = MOST_OF_ONE,
    ) -> Matches:  # fmt: skip
        """Return at most `most` matches in a text's letters, at most `each` of one pattern (0: any number)."""
        batch = self._batch
        if not len(batch) or not codes.size:
            return NOTHING
        places, complete = cast("Any", phrase_kernels.find_patterns)(
            codes, starts, runs, letters.CLASSES, batch.codes, batch.bounds, batch.runs, self._flags, self._lengths,
            self._begun, *self._hashes.parts, *self._heads, *self._tails, self._floating, most, each,
        )  # fmt: skip
        return Matches(places, truncated=not complete)

    def words(self, codes: npt.NDArray[np.uint32], starts: npt.NDArray[np.bool_], *, most: int) -> Matches:
        """Return at most `most` matches that each stand in one word of the text; patterns anywhere are left out."""
        batch = self._batch
        places, complete = cast("Any", phrase_kernels.find_words)(
            codes, starts, batch.codes, batch.bounds, self._flags, *self._hashes.parts, *self._heads, *self._tails, most
        )
        return Matches(places, truncated=not complete)


class Spellings:
    """Patterns, each one spelling of what it stands for; immutable."""

    def __init__(
        self, batch: Batch, flags: npt.NDArray[np.uint8], owners: npt.NDArray[np.int64], table: npt.NDArray[np.uint32]
    ) -> None:
        """Take what `Patterns` takes, and for each pattern the number that is returned in its place."""
        order = neighbours(batch)
        self._patterns = Patterns(batch.picked(order), flags[order], table)
        self._owners = owners[order]

    def search(
        self, codes: npt.NDArray[np.uint32], starts: npt.NDArray[np.bool_], runs: npt.NDArray[np.uint8], *,
        most: int = MOST_MATCHES, each: int = MOST_OF_ONE,
    ) -> Matches:  # fmt: skip
        """Return `Patterns.search` with the owners' numbers."""
        return self._owned(self._patterns.search(codes, starts, runs, most=most, each=each))

    def words(self, codes: npt.NDArray[np.uint32], starts: npt.NDArray[np.bool_], *, most: int) -> Matches:
        """Return `Patterns.words` with the owners' numbers."""
        return self._owned(self._patterns.words(codes, starts, most=most))

    def _owned(self, matches: Matches) -> Matches:
        if matches.places.size:
            matches.places[:, 0] = self._owners[matches.places[:, 0]]
        return matches


def neighbours(batch: Batch) -> npt.NDArray[np.int64]:
    """Return the numbers of the patterns with equal ones beside each other, so that memory is read in a row."""
    order: npt.NDArray[np.int64] = np.argsort(
        phrase_kernels.hash_all(batch.codes, batch.bounds, phrase_kernels.LONGEST_HASHED), kind="stable"
    )
    return order


def variants(batch: Batch, flags: npt.NDArray[np.uint8]) -> Spellings:
    """Return the patterns and what Arabic spelling makes of them: li + al- is ll-, final teh before a pronoun is t."""
    every = np.arange(len(batch))
    merged = np.flatnonzero(batch.begin_with("ال") & (batch.lengths >= 5))
    opened = np.flatnonzero(batch.end_with("ه") & (batch.lengths >= 4) & (flags == WHOLE))
    changed = batch.picked(opened)
    changed.codes[changed.bounds[1:] - 1] = ord("ت")
    suffixed = np.full(opened.size, SUFFIXED, np.uint8)
    return Spellings(
        joined([batch, batch.picked(merged, skip=1), changed]),
        np.concatenate([flags, flags[merged], suffixed]),
        np.concatenate([every, merged, opened]),
        letters.EXTENDED,
    )


def _mapped(words: Iterable[tuple[str, int]], table: npt.NDArray[np.uint32]) -> dict[tuple[int, ...], int]:
    """Return the letters of short words after mapping, without those that are dropped, and all bits of each."""
    found: dict[tuple[int, ...], int] = {}
    for word, kind in words:
        codes = tuple(code for letter in word if (code := int(table[ord(letter)])))
        if 0 < len(codes) <= LONGEST_CLITIC:
            found[codes] = found.get(codes, 0) | kind
    return found


def _trie(words: dict[tuple[int, ...], int]) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.uint8]]:
    """Return the steps of a trie by state and letter, and the bits of each state; 1 is its root, 0 no state."""
    prefixes = sorted({codes[:size] for codes in words for size in range(len(codes) + 1)} | {()})
    states = {prefix: state for state, prefix in enumerate(prefixes, 1)}
    steps = np.zeros((len(states) + 1, phrase_kernels.CLITIC_LETTERS), np.int16)
    kinds = np.zeros(len(states) + 1, np.uint8)
    for prefix, state in states.items():
        kinds[state] = words.get(prefix, 0)
        if prefix:
            steps[states[prefix[:-1]], prefix[-1] - phrase_kernels.FIRST_OF_CLITICS] = state
    return steps, kinds
