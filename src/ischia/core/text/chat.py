"""Arabizi: Arabic written in Latin letters and digits, compared on its consonants in both directions.

Each writer chooses among several spellings, and writes short vowels or not. So a phrase is looked for by a skeleton
that merges what chat spelling merges, and what that finds is kept only when every letter can be spelled as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from ischia.core.text import automaton, letters
from ischia.core.text.automaton import Automaton, Pattern
from ischia.core.text.fold import as_text
from ischia.core.text.readings import Codes, Reading, squeezed

SHORTEST: Final = 3
"""Consonants of a phrase below which nothing is looked for."""
_SPELLINGS: Final = {
    "ت": "تط", "ث": "ثت", "ج": "جك", "ح": "حه", "خ": "خحه", "د": "دذض", "ذ": "ذدزث", "ز": "زذ", "س": "سصش", "ش": "ش",
    "ص": "صس", "ض": "ضدذز", "ط": "طت", "ظ": "ظزذدضط", "غ": "غجك", "ق": "قكج", "ك": "كق", "ه": "هح",
}  # fmt: skip
"""For each letter of a phrase, the letters that the Arabizi reading may show in its place."""
_VOWELS: Final = "اويع"
"""Letters of a phrase, or of a reading, that stand for a vowel or for nothing."""


def skeleton(codes: Codes, starts: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Codes:
    """Return the chat classes of a text's letters without the heh that ends a word, which may be silent."""
    mapped = letters.CHAT[codes].copy()
    last = np.append(starts[1:], True)
    mapped[last & (codes == ord("ه"))] = 0
    return mapped


def _gap(least: int, most: int) -> str:
    """Return a run of vowels, taken as a whole: what follows is a consonant, so nothing is tried twice."""
    return f"[{_VOWELS}]{{{least},{most}}}+"


@lru_cache(maxsize=20_000)
def _spelling(written: str) -> re.Pattern[str]:
    """Return what the Arabizi reading of a phrase can be; its words stand apart by single spaces."""
    return re.compile(f"(?:{_gap(0, 2)}[فبكل])?" + "".join(map(_word, written.split(" "))) + _gap(0, 3))


def _word(word: str) -> str:
    """Return the spellings of a word: each consonant after a gap for the vowels before it, written or not.

    Vowels may be left out where enough consonants remain.
    """
    bare = word[2:] if word.startswith("ال") and len(word) > 3 else word
    silent = bare.endswith("ه")
    stem = bare[:-1] if silent else bare
    scarce = sum(letter not in _VOWELS for letter in stem) <= SHORTEST
    spelled, vowels = (f"(?:{_gap(0, 4)}ل)?" if bare != word else ""), 0
    for letter in stem:
        if letter in _VOWELS:
            vowels += 1
            continue
        spelled += _gap(int(scarce and vowels > 0), 5 + 3 * vowels) + f"[{_SPELLINGS.get(letter, letter)}]"
        vowels = 0
    spelled += _gap(int(scarce and vowels > 0), 2 + 3 * vowels) if vowels else ""
    return spelled + (f"(?:{_gap(0, 2)}[هحت])?" if silent else "")


class Chat:
    """Arabic phrases, found in Arabizi readings; immutable. Phrases in other scripts are passed over."""

    def __init__(self, phrases: Sequence[tuple[int, Reading]]) -> None:
        """Take (id, the phrase's loose reading) of each phrase."""
        patterns: list[Pattern] = []
        self._ids: list[int] = []
        self._written = {number: reading.text for number, reading in phrases}
        for number, reading in phrases:
            for codes in _variants(reading):
                patterns.append(Pattern(codes, np.ones(codes.size, np.uint8), automaton.BARE))
                self._ids.append(number)
        self._automaton = Automaton(patterns, letters.CHAT)

    def search(self, way: Reading) -> Iterator[tuple[int, int, int]]:
        """Yield (id, first, end) of each phrase in letters `first` to `end` (exclusive) of an Arabizi reading."""
        codes, kept, starts = squeezed(skeleton(way.codes, way.starts), way.starts)
        if not codes.size:
            return
        words = np.append(np.flatnonzero(way.starts), way.codes.size)
        found = self._automaton.search(codes, starts, np.ones(codes.size, np.uint8))
        firsts = words[np.searchsorted(words, kept[found[:, 1]], "right") - 1].tolist()
        ends = words[np.searchsorted(words, kept[found[:, 2] - 1], "right")].tolist()
        written = as_text(way.codes)
        for pattern, first, end in zip(found[:, 0].tolist(), firsts, ends, strict=True):
            number = self._ids[pattern]
            if _spelling(self._written[number]).fullmatch(written, first, end):
                yield number, first, end


def _variants(reading: Reading) -> Iterator[Codes]:
    """Yield the skeleton, and the one without the article, which is written as the letter after it or left out."""
    if not (letters.CLASSES[reading.codes] == letters.ARABIC).all():
        return
    codes = squeezed(skeleton(reading.codes, reading.starts), reading.starts)[0]
    if codes.size >= SHORTEST:
        yield codes
    if as_text(reading.codes).startswith("ال") and codes.size > SHORTEST:
        yield codes[1:]
