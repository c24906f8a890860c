"""Phrases and names: lists of what is worth a person's look, found however they are spelled.

A phrase is never evidence: most of what contains one is journalism. It carries a weight, a source and a reason, and
the context in which it counts or does not.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ischia.core.text import letters, patterns
from ischia.core.text.batch import Batch
from ischia.core.text.chat import Chat
from ischia.core.text.fold import fold
from ischia.core.text.patterns import Matches, Spellings, variants
from ischia.core.text.readings import Level, Reading, differs, nearby, readings, squeezed
from ischia.core.text.words import WAYS, Words

CONTEXT: Final = 150
"""Characters on each side of a phrase in which its context is looked for."""
_AS_READ: Final = (("", 1.0),)
_SKELETON: Final = (("skeleton", 0.5),)
"""What a match is called, if not by the reading that shows it, and what its confidence is multiplied by."""
Kind = Literal["word", "name", "anywhere"]
Context = tuple[re.Pattern[str] | None, re.Pattern[str] | None]
SHORTEST_SKELETON: Final = 4
BESIDE: Final = 16
"""Letters beside a phrase that may matter to whether it is found."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One entry of a list. `near`: at least one of these must stand around it; `unless`: none of these may.

    `kind` is `word` (clitics and endings may be attached), `name` (conjunctions and prepositions only, no article, no
    pronoun: that is what tells "Hamas" from "the enthusiasm") or `anywhere` (inside other words as well).
    """

    text: str
    weight: float
    source: str
    reason: str
    gloss: str = ""
    kind: Kind = "word"
    near: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


class PhraseMatch(NamedTuple):
    """Where a phrase stands in the original (characters `start` to `end`, exclusive), and in which reading."""

    phrase: Phrase
    start: int
    end: int
    level: Level
    reading: str
    confidence: float

    @property
    def score(self) -> float:
        """Weight times confidence."""
        return self.phrase.weight * self.confidence


class Finds(list[PhraseMatch]):
    """What was found in a text, in its order; `truncated` when there was more of it than `patterns` lets through."""

    truncated: bool = False


_KINDS: Final[dict[Kind, int]] = {"word": patterns.WHOLE, "name": patterns.BARE, "anywhere": patterns.ANYWHERE}
_Find = tuple[int, int, int, Level, str, float]
"""Number of the phrase, start, end, level, reading, confidence."""


class PhraseList:
    """A list of phrases of any size, compiled; immutable. Raises `ValueError` for a phrase without letters.

    Lists hold words and no expressions, so that no list makes a text take long: the time is linear in the text.
    """

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self.phrases = tuple(phrases)
        batch = Batch.of([phrase.text for phrase in phrases])
        _check(self.phrases, batch)
        flags = np.array([_KINDS[phrase.kind] for phrase in phrases], np.uint8)
        self._plain = variants(batch, flags)
        self._skeleton = _skeletons(batch, flags)
        self._chat = Chat(batch)
        self._words = Words(batch, flags)
        self._reach = int(batch.lengths.max(initial=0)) + BESIDE
        self._context: dict[int, Context] = {}
        self._folded: dict[int, str] = {}

    def find(self, text: str, *, candidates: bool = True, ways: Sequence[Reading] | None = None) -> Finds:
        """Return every phrase in a text, once for each place, in the surest reading that shows it, in order.

        Without `candidates` the skeleton, words that are not quite those of a phrase, reversed text and Arabizi are
        left out. `ways` are `readings(text)`, for callers that have them.
        """
        found, taken = Finds(), dict[int, list[tuple[int, int]]]()
        ways = readings(text, candidates=candidates) if ways is None else ways
        for number, start, last, level, name, confidence in self._all(text, ways, found, candidates):
            end = _word_end(text, last) if name == "arabizi" else last
            if number not in taken:
                taken[number] = [(start, end)]
            elif not _free(taken[number], start, end):
                continue
            phrase = self.phrases[number]
            if (phrase.near or phrase.unless) and not self._fits(number, text, start, end):
                continue
            if level == "loose" and _folded(text[start:end]) == self._folded_phrase(number):
                found.append(PhraseMatch(phrase, start, end, "exact", "exact", 1.0))
            else:
                found.append(PhraseMatch(phrase, start, end, level, name, confidence))
        found.sort(key=_place)
        return found

    def _all(self, text: str, ways: Sequence[Reading], found: Finds, candidates: bool) -> Iterator[_Find]:  # noqa: FBT001
        # What another reading shows far from where it differs, the first one has shown.
        first, *others = [way for way in ways if candidates or way.level != "candidate"]
        ways = [first, *(nearby(way, differs(way, first), self._reach) for way in others)]
        for way in ways:
            if way.name != "arabizi":
                yield from _placed(way, self._plain.search(way.codes, way.starts, way.runs), found, _AS_READ)
        for way in ways if candidates else []:
            if way.name == "arabizi":
                yield from _placed(way, _begun(self._chat.search(way), way, text), found, _AS_READ)
                continue
            yield from _placed(way, self._bare(way), found, _SKELETON)
            yield from _placed(way, self._words.search(way.codes, way.starts), found, WAYS)

    def _bare(self, way: Reading) -> Matches:
        if not (letters.CLASSES[way.codes] == letters.ARABIC).any():
            return patterns.NOTHING
        codes, kept, starts = squeezed(letters.RASM[way.codes], way.starts)
        matches = self._skeleton.search(codes, starts, np.ones(codes.size, np.uint8))
        places = matches.places
        if places.size:
            # A word that ends with the match ends where the next one begins: its last letter may be repeated.
            ends = np.append(kept, way.codes.size)[places[:, 2]]
            within = ~np.append(starts, True)[places[:, 2]]
            ends[within] = kept[places[within, 2] - 1] + 1
            places = np.stack([places[:, 0], kept[places[:, 1]], ends], 1).astype(np.int32)
        return Matches(places, matches.truncated)

    def _folded_phrase(self, number: int) -> str:
        if number not in self._folded:
            self._folded[number] = fold(self.phrases[number].text).text
        return self._folded[number]

    def _fits(self, number: int, text: str, start: int, end: int) -> bool:
        phrase = self.phrases[number]
        if number not in self._context:
            self._context[number] = (_words(phrase.near), _words(phrase.unless))
        near, unless = self._context[number]
        around = fold(f"{text[max(0, start - CONTEXT) : start]} {text[end : end + CONTEXT]}").text
        return not (near and not near.search(around)) and not (unless and unless.search(around))


def _placed(way: Reading, matches: Matches, found: Finds, kinds: Sequence[tuple[str, float]]) -> Iterator[_Find]:
    """Yield the matches in one reading with their places in the original; note in `found` when some are left out.

    `kinds` are the names and confidences of matches with no, one and more wrong letters.
    """
    found.truncated |= matches.truncated
    if not matches.places.size:
        return
    told: list[tuple[Level, str, float]] = [
        ("candidate" if name else way.level, name or way.name, confidence * way.confidence)
        for name, confidence in kinds
    ]
    spans = way.spans(matches.places).tolist()
    numbers = matches.places[:, 0].tolist()
    wrong = matches.places[:, 3].tolist() if matches.places.shape[1] > 3 else [0] * len(numbers)
    for number, (start, end), letters_wrong in zip(numbers, spans, wrong, strict=True):
        yield number, start, end, *told[min(letters_wrong, len(told) - 1)]


def _begun(matches: Matches, way: Reading, text: str) -> Matches:
    """Return the matches in an Arabizi reading that begin with a Latin letter."""
    firsts = way.offsets[matches.places[:, 1]].tolist()
    return replace(
        matches, places=matches.places[np.array([_folded(text[first]).isascii() for first in firsts], np.bool_)]
    )


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    return fold(text).text


def _check(phrases: Sequence[Phrase], batch: Batch) -> None:
    kinds = {code: chr(code).isalpha() for code in np.unique(batch.codes).tolist()}
    letter = np.isin(batch.codes, np.array([code for code, is_letter in kinds.items() if is_letter], np.uint32))
    for number in np.flatnonzero(~batch.any(letter)).tolist():
        raise ValueError(f"phrase {number + 1} ({phrases[number].text!r}) has no letters")


def _skeletons(batch: Batch, flags: npt.NDArray[np.uint8]) -> Spellings:
    """Return the Arabic patterns without their dots, but for short ones, which would be found in other words."""
    codes, kept, starts = squeezed(letters.RASM[batch.codes], batch.starts)
    bounds = np.searchsorted(kept, batch.bounds)
    bare = Batch(codes, starts, np.ones(codes.size, np.uint8), bounds)
    arabic = batch.all(letters.CLASSES[batch.codes] == letters.ARABIC)
    numbers = np.flatnonzero(arabic & (bare.lengths >= SHORTEST_SKELETON))
    return Spellings(bare.picked(numbers), flags[numbers], numbers, letters.RASM)


_place = itemgetter(1, 2)


def _free(taken: list[tuple[int, int]], start: int, end: int) -> bool:
    """Return whether a place overlaps none of the sorted places, and add it if so."""
    at = bisect(taken, (start, start))
    if (at and taken[at - 1][1] > start) or (at < len(taken) and taken[at][0] < end):
        return False
    taken.insert(at, (start, end))
    return True


def _word_end(text: str, end: int) -> int:
    """Return where the word ends in which `end` stands: a letter written as two signs comes from the first one."""
    while end < len(text) and text[end].isalnum():
        end += 1
    return end


def _words(words: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return an expression that finds the beginning of one of these words; a list cannot put anything else into it."""
    folded = sorted({fold(word).text for word in words} - {""})
    if not folded:
        return None
    return re.compile(r"(?:^| )[وفبكل]{0,2}(?:ال)?(?:" + "|".join(map(re.escape, folded)) + ")")
