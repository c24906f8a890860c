"""Readings: the ways in which a text can be read, from its plain letters to what only a person would make of it.

Each reading keeps, for every letter, the place in the original that it comes from. Words are not kept apart by
spaces but by a mark on their first letter, so that spacing, punctuation, emoji and line breaks between letters change
nothing but marks. A reading's confidence says how much it lowers what is found in it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from ischia.core.text import kernels, letters
from ischia.core.text.fold import CHARACTER_STEPS, as_text, code_points, trace

Codes = npt.NDArray[np.uint32]
Offsets = npt.NDArray[np.int32]
Level = Literal["exact", "loose", "candidate"]

GAP: Final = 0xF0000
"""A letter for private use that stands between parts of a text, and is in no pattern."""
_NOTHING: Final = np.zeros(letters.POINTS, np.uint32)
_IDENTITY: Final = np.arange(letters.POINTS, dtype=np.uint32)
_ENTITY: Final = re.compile(r"&(?:amp;){0,8}(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_TO_LEFT, _TO_RIGHT, _POP = 0x202E, 0x202D, 0x202C
_LINE_ENDS: Final = frozenset("\n\r\u2029\x85")
_PAIRS: Final = np.array([[*map(ord, pair), ord(letter)] for pair, letter in letters.PAIRS.items()], np.uint32)
_APOSTROPHES: Final = "'’‘ʼ`´"
_DOTTED: Final = code_points("35679")


@dataclass(frozen=True, slots=True)
class Traced:
    """Code points, and for each the index of the original character that it comes from."""

    codes: Codes
    offsets: Offsets

    @property
    def text(self) -> str:
        """The text of the code points."""
        return as_text(self.codes)


@dataclass(frozen=True)
class Reading:
    """One way to read a text: letters without spaces, where each comes from, where words begin, how often repeated."""

    name: str
    level: Level
    confidence: float
    codes: Codes
    offsets: Offsets
    starts: npt.NDArray[np.bool_]
    runs: npt.NDArray[np.uint8]

    def spans(self, places: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        """Return `span` of every (number, first, end), one line each."""
        found: npt.NDArray[np.int64] = kernels.span_all(self.offsets, places)
        return found

    @cached_property
    def text(self) -> str:
        """The reading with a space before each word."""
        return "".join(f" {c}" if s else c for c, s in zip(as_text(self.codes), self.starts, strict=True)).strip()

    def span(self, first: int, end: int) -> tuple[int, int]:
        """Return the part of the original, `(start, end)`, that letters `first` to `end` (exclusive) come from."""
        places = self.offsets[first:end]
        return int(places.min()), int(places.max()) + 1


@dataclass(frozen=True, slots=True)
class TextStep:
    """One named step of the loose reading."""

    name: str
    why: str
    apply: Callable[[Traced], Traced]


def traced(text: str) -> Traced:
    """Return the code points of any text, each its own origin."""
    codes = code_points(text)
    return Traced(codes, np.arange(codes.size, dtype=np.int32))


def _entities(source: Traced) -> Traced:
    if not (source.codes == 0x26).any():
        return source
    text, parts, origins, done = source.text, [], [], 0
    for match in _ENTITY.finditer(text):
        plain = html.unescape(re.sub(r"^&(?:amp;)+", "&", match[0]))
        if plain == match[0]:
            continue
        parts += [source.codes[done : match.start()], code_points(plain)]
        origins += [source.offsets[done : match.start()], np.full(len(plain), source.offsets[match.start()], np.int32)]
        done = match.end()
    parts.append(source.codes[done:])
    origins.append(source.offsets[done:])
    return Traced(np.concatenate(parts), np.concatenate(origins))


def _overridden(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, control) of what each outermost override covers, to its end or the end of its line."""
    opened, depth = -1, 0
    for match in re.finditer("[\u202a-\u202e\n\r\u2029\x85]", text):
        code = ord(match[0])
        if opened < 0:
            opened, depth = (match.start(), 1) if code in (_TO_LEFT, _TO_RIGHT) else (-1, 0)
            continue
        depth = 0 if match[0] in _LINE_ENDS else depth + (-1 if code == _POP else 1)
        if not depth:
            yield opened + 1, match.start(), ord(text[opened])
            opened = -1
    if opened >= 0:
        yield opened + 1, len(text), ord(text[opened])


def _directions(source: Traced) -> Traced:
    overrides = (source.codes == _TO_LEFT) | (source.codes == _TO_RIGHT)
    if not overrides.any():
        return source
    order = np.arange(source.codes.size)
    scripts = letters.CLASSES[source.codes]
    rightward = np.isin(scripts, (letters.ARABIC, letters.HEBREW)).astype(np.int32)
    leftward = np.isin(scripts, (letters.LATIN, letters.CYRILLIC, letters.GREEK)).astype(np.int32)
    balance = np.concatenate([[0], np.cumsum(rightward - leftward)]).tolist()
    for first, end, control in _overridden(source.text):
        if end - first > 1 and (balance[end] > balance[first]) == (control == _TO_RIGHT):
            order[first:end] = order[first:end][::-1]
    return Traced(source.codes[order], source.offsets[order])


def _characters(source: Traced) -> Traced:
    codes, origin = trace(source.codes)
    return Traced(codes, source.offsets[origin])


def _clean(source: Traced, shapes: Codes) -> Traced:
    if not kernels.has_mixed_words(source.codes, letters.CLASSES):
        return source
    tables = (letters.CLASSES, shapes, letters.LEET, letters.TO_LATIN, letters.TO_CYRILLIC)
    return Traced(*kernels.clean_words(source.codes, source.offsets, *tables))


def _noise(source: Traced) -> Traced:
    return _clean(source, _NOTHING)


def _extended(source: Traced) -> Traced:
    return Traced(letters.EXTENDED[source.codes], source.offsets)


LOOSE_STEPS: Final = (
    TextStep("entities", "HTML character references are the characters", _entities),
    TextStep("directions", "what a bidi override turns round on the screen is turned round", _directions),
    TextStep("characters", "the steps of the exact fold", _characters),
    TextStep("words", "Latin letters and digits in Arabic words, digits and other scripts' letters in Latin", _noise),
    TextStep("extended", "letters of other languages are the Arabic letter that they are built on", _extended),
)
"""What is done to the whole text in turn; repeats and spacing are dealt with at last, by `pack`."""


def _pack(
    source: Traced, name: str, level: Level, confidence: float, table: Codes = _IDENTITY, *, squeeze: bool = True
) -> Reading:
    return Reading(name, level, confidence, *kernels.pack(source.codes, source.offsets, table, squeeze))


def exact(text: str) -> Reading:
    """Return the exact reading: the letters of `fold`, nothing repeated left out."""
    return _pack(_characters(traced(text)), "exact", "exact", 1.0, squeeze=False)


def _prepared(text: str) -> Traced:
    return _characters(_directions(_entities(traced(text))))


def _reversed_lines(text: str) -> Traced:
    source = traced(text)
    order = np.arange(source.codes.size)
    ends = np.isin(source.codes, [ord(end) for end in _LINE_ENDS]) if "\n" in text else order < 0
    breaks = np.concatenate([[-1], np.flatnonzero(ends), [order.size]])
    lines = np.searchsorted(breaks, order)
    order = np.where(ends, order, breaks[lines - 1] + breaks[lines] - order)
    return Traced(source.codes[order], source.offsets[order])


def looks_reversed(codes: Codes) -> bool:
    """Return whether more words end as reversed ones do (the article backwards) than begin with the article."""
    text = f" {as_text(codes)} "
    return text.count("لا ") > text.count(" ال")


def _dotted(source: Traced, original: str) -> Codes:
    """Return the folded text with the apostrophes after digits put back, which stand for the dot of a letter."""
    if not any(sign in original for sign in _APOSTROPHES):
        return source.codes
    after = np.isin(np.roll(source.codes, 1), _DOTTED) & (source.codes == 0x20)
    after[:1] = False
    places = np.flatnonzero(after)
    places = places[np.isin(code_points(original)[source.offsets[places]], code_points(_APOSTROPHES))]
    codes = source.codes.copy()
    codes[places] = ord("'")
    return codes


def _chat(source: Traced, original: str) -> Traced | None:
    """Return the text with Latin words written out in Arabic letters; None when there are none."""
    codes, offsets, latin = kernels.write_out(_dotted(source, original), source.offsets, _PAIRS, letters.ARABIZI)
    return Traced(codes, offsets) if latin else None


def squeezed(codes: Codes, starts: npt.NDArray[np.bool_]) -> tuple[Codes, npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return the codes without zeros and without the second of two equal ones, where each stood, and word starts.

    A word whose first letter is dropped begins at its next one. Equal letters of two words stay two.
    """
    found: tuple[Codes, npt.NDArray[np.int64], npt.NDArray[np.bool_]] = kernels.squeeze(codes, starts)
    return found


def _loose(source: Traced) -> Iterator[Reading]:
    plain = _extended(source)
    yield _pack(plain, "loose", "loose", 0.95)
    cleaned = _noise(source)
    if cleaned is not source:
        yield _pack(_extended(cleaned), "words", "loose", 0.9)
        yield _pack(_extended(_clean(source, letters.SHAPES)), "look-alikes", "loose", 0.8)


def _candidates(text: str, source: Traced) -> Iterator[Reading]:
    if (source.codes > 0x590).any() and (source.codes.size < 60 or looks_reversed(source.codes)):
        turned = _characters(_reversed_lines(text))
        yield _pack(_extended(_noise(turned)), "reversed", "candidate", 0.5)
    chat = _chat(source, text)
    if chat is not None:
        yield _pack(_extended(chat), "arabizi", "candidate", 0.3)


def readings(text: str, *, candidates: bool = True) -> list[Reading]:
    """Return the readings of a text, the surest first: the loose ones, then reversed and Arabizi if asked for.

    The first is always there, if empty. Linear in the length of any text.
    """
    source = _prepared(text)
    found = list(_loose(source))
    return [*found, *_candidates(text, source)] if candidates else found


def differs(way: Reading, other: Reading) -> npt.NDArray[np.bool_]:
    """Return which letters of a reading are not in the other one, or stand beside what the other one alone has."""
    if not way.codes.size:
        return np.zeros(0, np.bool_)
    found: npt.NDArray[np.bool_] = kernels.differing(way.codes, way.offsets, other.codes, other.offsets)
    return found


def nearby(way: Reading, wanted: npt.NDArray[np.bool_], reach: int) -> Reading:
    """Return what stands within `reach` letters of those wanted; one `GAP` stands for all else between them."""
    if way.codes.size <= 4 * reach:
        return way
    near = kernels.near(wanted, reach)
    kept = np.flatnonzero(near)
    gaps = near[kept] == 2
    codes, starts = np.where(gaps, np.uint32(GAP), way.codes[kept]), way.starts[kept] | gaps
    return replace(way, codes=codes, offsets=way.offsets[kept], starts=starts, runs=way.runs[kept])


def explain(text: str) -> list[tuple[str, str, str]]:
    """Return (step, why, the text after it) of each step of the loose reading, and of repeats and spacing.

    The steps of the exact fold are told one by one in the place of `characters`.
    """
    rows, source = [], traced(text)
    for step in LOOSE_STEPS:
        after = source.text
        for one in CHARACTER_STEPS if step.name == "characters" else ():
            after = "".join(map(one.apply, after))
            rows.append((one.name, one.why, after))
        source = step.apply(source)
        if step.name != "characters":
            rows.append((step.name, step.why, source.text))
    packed = _pack(source, "loose", "loose", 0.95)
    rows.append(("repeats", "equal letters in a row are one", packed.text))
    skeleton: Any = as_text(letters.RASM[packed.codes])
    rows.append(("skeleton", "letters without their dots: for candidates alone", skeleton))
    return rows
