"""Phrases and names: lists of what is worth a person's look, found however they are spelled.

A phrase is never evidence: most of what contains one is journalism. It carries a weight, a source and a reason, and
the context in which it counts or does not.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from ischia.core.text import automaton, letters
from ischia.core.text.automaton import Automaton, Pattern
from ischia.core.text.chat import Chat
from ischia.core.text.fold import as_text, fold
from ischia.core.text.readings import Level, Reading, readings
from ischia.core.text.typos import Typos

CONTEXT: Final = 150
"""Characters on each side of a phrase in which its context is looked for."""
SKELETON, TYPO = 0.5, 0.35
Kind = Literal["word", "name", "anywhere"]
SHORTEST_SKELETON = 4
_IDENTITY: Final = np.arange(letters.POINTS, dtype=np.uint32)


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


@dataclass(frozen=True, slots=True)
class PhraseMatch:
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


_KINDS: Final[dict[Kind, int]] = {"word": automaton.WHOLE, "name": automaton.BARE, "anywhere": automaton.ANYWHERE}


def _mapped(reading: Reading, table: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    codes = table[reading.codes]
    kept = np.flatnonzero(codes)
    return codes[kept], kept


class PhraseList:
    """A list of phrases of any size, compiled; immutable. Raises `ValueError` for a phrase without letters."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self.phrases = tuple(phrases)
        self._folded = [fold(phrase.text).text for phrase in phrases]
        self._context = [(_context(phrase.near), _context(phrase.unless)) for phrase in phrases]
        plain: list[Pattern] = []
        skeletons: list[Pattern] = []
        chats: list[tuple[int, Reading]] = []
        typos: list[tuple[int, npt.NDArray[np.uint32], int]] = []
        self._owners: dict[str, list[int]] = {"plain": [], "skeleton": []}
        for number, phrase in enumerate(phrases):
            reading = _read(phrase, number)
            flags = _KINDS[phrase.kind]
            for pattern in _variants(reading, flags):
                plain.append(pattern)
                self._owners["plain"].append(number)
            self._add(skeletons, "skeleton", number, reading, letters.RASM, flags, SHORTEST_SKELETON)
            chats.append((number, reading))
            typos.append((number, reading.codes, int(reading.starts.sum())))
        self._plain = Automaton(plain, _IDENTITY)
        self._skeleton = Automaton(skeletons, letters.RASM)
        self._chat = Chat(chats)
        self._typos = Typos(typos)

    def _add(
        self, into: list[Pattern], form: str, number: int, reading: Reading, table: npt.NDArray[np.uint32], flags: int,
        shortest: int,
    ) -> None:  # fmt: skip
        arabic = (letters.CLASSES[reading.codes] == letters.ARABIC).all()
        codes = _squeezed(table[reading.codes])[0]
        if arabic and codes.size >= shortest:
            into.append(Pattern(codes, np.ones(codes.size, np.uint8), flags))
            self._owners[form].append(number)

    def find(self, text: str, *, candidates: bool = True) -> list[PhraseMatch]:
        """Return every phrase in a text, once for each place, in the surest reading that shows it, in order.

        Without `candidates` the skeleton, typos, reversed text and Arabizi are left out.
        """
        found: dict[tuple[int, int, int], PhraseMatch] = {}
        taken: dict[int, list[tuple[int, int]]] = {}
        spelled: dict[str, str] = {}
        for number, start, last, level, name, confidence in self._all(
            readings(text, candidates=candidates), candidates
        ):
            end = _word_end(text, last) if name == "arabizi" else last
            if name == "arabizi" and not fold(text[start]).text.isascii():
                continue
            if not _free(taken.setdefault(number, []), start, end):
                continue
            if not self._fits(number, text, start, end):
                continue
            written = text[start:end]
            if written not in spelled:
                spelled[written] = fold(written).text
            way = (level, name, confidence)
            if level == "loose" and spelled[written] == self._folded[number]:
                way = ("exact", "exact", 1.0)
            found[number, start, end] = PhraseMatch(self.phrases[number], start, end, *way)
        return sorted(found.values(), key=lambda match: (match.start, match.end))

    def _all(self, ways: list[Reading], candidates: bool) -> Iterator[tuple[int, int, int, Level, str, float]]:  # noqa: FBT001
        for way in ways:
            if way.name != "arabizi":
                for pattern, first, end in self._plain.search(way.codes, way.starts, way.runs).tolist():
                    yield self._owners["plain"][pattern], *way.span(first, end), way.level, way.name, way.confidence
        for way in ways if candidates else []:
            if way.name == "arabizi":
                for number, first, end in self._chat.search(way):
                    yield number, *way.span(first, end), "candidate", "arabizi", way.confidence
                continue
            yield from self._mapped(way, "skeleton", self._skeleton, letters.RASM, SKELETON * way.confidence)
            for number, first, end in self._typos.search(way.codes, way.starts).tolist():
                yield number, *way.span(first, end), "candidate", "typo", TYPO * way.confidence

    def _mapped(
        self, way: Reading, form: str, machine: Automaton, table: npt.NDArray[np.uint32], confidence: float
    ) -> Iterator[tuple[int, int, int, Level, str, float]]:
        codes = table[way.codes]
        squeezed, kept, starts = _squeezed(codes, way.starts)
        runs = np.ones(squeezed.size, np.uint8)
        for pattern, first, end in machine.search(squeezed, starts, runs).tolist():
            stop = int(kept[end]) if end < kept.size and starts[end] else int(kept[end - 1]) + 1
            yield self._owners[form][pattern], *way.span(int(kept[first]), stop), "candidate", form, confidence

    def _fits(self, number: int, text: str, start: int, end: int) -> bool:
        near, unless = self._context[number]
        if near is None and unless is None:
            return True
        around = fold(f"{text[max(0, start - CONTEXT) : start]} {text[end : end + CONTEXT]}").text
        return not (near and not near.search(around)) and not (unless and unless.search(around))


def _squeezed(
    codes: npt.NDArray[np.uint32], starts: npt.NDArray[np.bool_] | None = None
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return the codes without zeros and without the second of two equal ones, where each stood, and word starts.

    A word whose first letter is dropped begins at its next one. Equal letters merge across words too, as the patterns'
    do, so the mark of the second word is lost and a match may end there.
    """
    kept = np.flatnonzero(codes)
    if kept.size:
        new = np.ones(kept.size, np.bool_)
        new[1:] = codes[kept[1:]] != codes[kept[:-1]]
        if starts is not None:
            words = np.cumsum(starts)
            new[1:] |= words[kept[1:]] != words[kept[:-1]]
        kept = kept[new]
    begins = np.ones(kept.size, np.bool_)
    if starts is not None and kept.size:
        words = np.cumsum(starts)[kept]
        begins[1:] = words[1:] != words[:-1]
    return codes[kept], kept, begins


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


def _read(phrase: Phrase, number: int) -> Reading:
    reading = readings(phrase.text, candidates=False)[0]
    if not reading.codes.size or not any(character.isalpha() for character in as_text(reading.codes)):
        raise ValueError(f"phrase {number + 1} ({phrase.text!r}) has no letters")
    return reading


def _variants(reading: Reading, flags: int) -> Iterator[Pattern]:
    """Yield the pattern and what Arabic spelling makes of it: li + al- is ll-, final teh before a pronoun is t."""
    codes, runs = reading.codes, reading.runs
    yield Pattern(codes, runs, flags)
    written = as_text(codes)
    if written.startswith("ال") and codes.size >= 5:
        yield Pattern(codes[1:], runs[1:], flags)
    if written.endswith("ه") and codes.size >= 4 and flags == automaton.WHOLE:
        changed = codes.copy()
        changed[-1] = ord("ت")
        yield Pattern(changed, runs, automaton.SUFFIXED)


def _context(words: tuple[str, ...]) -> re.Pattern[str] | None:
    folded = sorted({fold(word).text for word in words} - {""})
    if not folded:
        return None
    return re.compile(r"(?:^| )[وفبكل]{0,2}(?:ال)?(?:" + "|".join(map(re.escape, folded)) + ")")
