"""Arabizi: Arabic written in Latin letters and digits, compared on its consonants in both directions.

Each writer chooses among several spellings, and writes short vowels or not. So a phrase is looked for by a skeleton
that merges what chat spelling merges, and what that finds is kept only when every letter can be spelled as it stands.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ischia.core.text import chat_kernels, letters, patterns, phrase_kernels
from ischia.core.text.batch import Batch, joined
from ischia.core.text.patterns import MOST_MATCHES, Matches, Patterns, neighbours
from ischia.core.text.readings import Codes, Reading, squeezed

SHORTEST: Final = 3
"""Consonants of a phrase below which nothing is looked for."""
MOST_TOKENS: Final = 64
"""Consonants and what may be left out, above which a phrase is not looked for in chat spelling."""
MOST_TRIED: Final = 1 << 18
"""Places in one text at which a spelling is tried."""
_SPELLINGS: Final = {
    "ت": "تط", "ث": "ثت", "ج": "جك", "ح": "حه", "خ": "خحه", "د": "دذض", "ذ": "ذدزث", "ز": "زذ", "س": "سصش", "ش": "ش",
    "ص": "صس", "ض": "ضدذز", "ط": "طت", "ظ": "ظزذدضط", "غ": "غجك", "ق": "قكج", "ك": "كق", "ه": "هح",
}  # fmt: skip
"""For each letter of a phrase, the letters that the Arabizi reading may show in its place."""
_VOWELS: Final = "اويع"
"""Letters of a phrase, or of a reading, that stand for a vowel or for nothing."""


def skeleton(codes: Codes, starts: npt.NDArray[np.bool_]) -> Codes:
    """Return the chat classes of a text's letters without the heh that ends a word, which may be silent."""
    mapped = letters.CHAT[codes].copy()
    last = np.append(starts[1:], True)
    mapped[last & (codes == ord("ه"))] = 0
    return mapped


def _marked(marked: str) -> npt.NDArray[np.bool_]:
    """Return which letters, by their code points from `phrase_kernels.FIRST_OF_CLITICS` on, are among these."""
    table = np.zeros(phrase_kernels.CLITIC_LETTERS, np.bool_)
    table[[ord(letter) - phrase_kernels.FIRST_OF_CLITICS for letter in marked]] = True
    return table


def _allowed() -> npt.NDArray[np.bool_]:
    table = np.eye(phrase_kernels.CLITIC_LETTERS, dtype=np.bool_)
    for letter, spellings in _SPELLINGS.items():
        table[ord(letter) - phrase_kernels.FIRST_OF_CLITICS] = _marked(spellings)
    table[_PREPOSITION], table[_ENDING] = _marked("فبكل"), _marked("هحت")
    return table


_PREPOSITION, _ENDING = 0, 1
"""Places in `_ALLOWED` at which no letter stands."""
_ALLOWED: Final = _allowed()
_IS_VOWEL: Final = _marked(_VOWELS)
_ARTICLE: Final = np.array([ord(letter) for letter in "ال"], np.uint32)
_SPECIAL: Final = np.array([_PREPOSITION, _ENDING], np.int16)


class Chat:
    """Arabic phrases, found in Arabizi readings; immutable. Phrases in other scripts are passed over."""

    def __init__(self, phrases: Batch) -> None:
        """Take the phrases' loose readings."""
        symbols = phrases.codes.astype(np.int64) - phrase_kernels.FIRST_OF_CLITICS
        self._numbers = np.flatnonzero(phrases.all((symbols >= 0) & (symbols < phrase_kernels.CLITIC_LETTERS)))
        arabic = phrases.picked(self._numbers)
        tokens, begins = chat_kernels.spell_all(
            arabic.codes, arabic.starts, arabic.bounds, _IS_VOWEL, _ARTICLE, ord("ه"), _SPECIAL
        )
        batch, owners = _variants(arabic, np.diff(begins) <= MOST_TOKENS)
        order = neighbours(batch)
        self._owners = owners[order]
        self._patterns = Patterns(batch.picked(order), np.full(len(batch), patterns.BARE, np.uint8), letters.CHAT)
        sizes = np.diff(begins)[self._owners]
        self._begins = np.concatenate([[0], np.cumsum(sizes)])
        self._tokens = tokens[np.repeat(begins[self._owners] - self._begins[:-1], sizes) + np.arange(sizes.sum())]

    def search(self, way: Reading) -> Matches:
        """Return (number, first, end) of each phrase in letters `first` to `end` (exclusive) of an Arabizi reading."""
        codes, kept, starts = squeezed(skeleton(way.codes, way.starts), way.starts)
        matches = self._patterns.search(codes, starts, np.ones(codes.size, np.uint8), most=MOST_TRIED, each=0)
        found = matches.places
        if not found.size:
            return matches
        words = np.append(np.flatnonzero(way.starts), way.codes.size)
        firsts = words[np.searchsorted(words, kept[found[:, 1]], "right") - 1]
        ends = words[np.searchsorted(words, kept[found[:, 2] - 1], "right")]
        places = np.stack([found[:, 0], firsts, ends], 1).astype(np.int32)
        places, complete = chat_kernels.spelled(
            way.codes, places, self._tokens, self._begins, _IS_VOWEL, _ALLOWED, patterns.MOST_OF_ONE
        )
        places[:, 0] = self._numbers[self._owners[places[:, 0]]]
        return Matches(places[:MOST_MATCHES], matches.truncated or not complete or len(places) > MOST_MATCHES)


def _variants(phrases: Batch, possible: npt.NDArray[np.bool_]) -> tuple[Batch, npt.NDArray[np.int64]]:
    """Return the skeletons, and those without the article, which is written as the letter after it or left out.

    With them whose each is. `possible` says which phrases are short enough.
    """
    codes, kept, starts = squeezed(skeleton(phrases.codes, phrases.starts), phrases.starts)
    bare = Batch(codes, starts, np.ones(codes.size, np.uint8), np.searchsorted(kept, phrases.bounds))
    whole = np.flatnonzero(possible & (bare.lengths >= SHORTEST))
    short = np.flatnonzero(possible & (bare.lengths > SHORTEST) & phrases.begin_with("ال"))
    return joined([bare.picked(whole), bare.picked(short, skip=1)]), np.concatenate([whole, short])
