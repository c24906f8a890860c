"""Folding: one spelling for texts that a reader takes for the same (Arabic first, any script).

After marks are gone every step works on one character at a time, so the whole pipeline is a table from a character
to what becomes of it. The steps say what the table holds, in their order, and each can be tested and read alone.
Normalising a whole hostile text would take quadratic time (canonical ordering of endless marks); a table cannot.
"""

from __future__ import annotations

import hashlib
import re
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt

from ischia.core.signals import Signal
from ischia.core.text import kernels


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and the number of its letters (Unicode category L)."""

    text: str
    letters: int


@dataclass(frozen=True, slots=True)
class Step:
    """One named part of the folding: `apply` maps a single character (or a short text) to its folded form."""

    name: str
    why: str
    apply: Callable[[str], str]


def _table(families: dict[str, str]) -> dict[int, str]:
    return {ord(variant): letter for letter, variants in families.items() for variant in variants}


_LIGATURES = {
    0xFDFD: "بسم الله الرحمن الرحيم",
    0xFBB2: "",
    0xFBB3: "",
}

_FAMILIES = _table(
    {
        "ا": "\u0622\u0623\u0625\u0671\u0672\u0673\u0675\u0773\u0774\u0870\u0871\u0872\u0873\u0874\u0875",
        "ي": "\u0649\u0626\u06cc\u06cd\u06ce\u06d0\u06d1\u06d2\u06d3\u0620\u063d\u063e\u063f\u0678\u077a\u077b",
        "ك": "\u06a9\u06aa\u06ab\u06ac\u06ae\u063b\u063c\u0762",
        "ه": "\u0629\u06be\u06c0\u06c1\u06c2\u06c3\u06d5\u06ff",
        "و": "\u0624\u0676\u0677\u06c4\u06c5\u06ca\u06cf",
        "ن": "\u06ba\u06bb",
        "": "\u0621\u0674",
    }
)
_SILENT = re.compile("[\u0640\u07fa\u06e5\u06e6\u08c9]")
_WORD_ENDS = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85")


def _compatibility(text: str) -> str:
    return unicodedata.normalize("NFKD", text)


def _ligatures(text: str) -> str:
    return text.translate(_LIGATURES)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Me") or unicodedata.combining(character) != 0


def _marks(text: str) -> str:
    return _SILENT.sub("", "".join(character for character in text if not _is_mark(character)))


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Cf", "Cs", "Cc") and character not in _WORD_ENDS


def _invisible(text: str) -> str:
    return "".join(character for character in text if not _is_invisible(character))


def _letters(text: str) -> str:
    return text.translate(_FAMILIES)


def _digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(c)) if unicodedata.category(c) == "Nd" else c for c in text)


def _casefold(text: str) -> str:
    return text.casefold()


def _separates(character: str) -> bool:
    return unicodedata.category(character)[0] in "PSZ" or character in _WORD_ENDS


def _separators(text: str) -> str:
    return "".join(" " if _separates(character) else character for character in text)


def _spaces(text: str) -> str:
    return " ".join(text.split())


CHARACTER_STEPS: Final = (
    Step(
        "compatibility", "NFKD: full-width, mathematical and presentation forms are their plain letters", _compatibility
    ),
    Step("ligatures", "presentation forms that Unicode gives no decomposition", _ligatures),
    Step("marks", "harakat, Quranic signs, stacked accents, tatweel and small letters above the line", _marks),
    Step("invisible", "zero-width, bidi and tag characters, NUL and other controls, halves of surrogates", _invisible),
    Step("letters", "alef, yeh, kaf, heh and waw families, hamza, Persian and Urdu code points", _letters),
    Step("digits", "every script's decimal digits are ASCII digits", _digits),
    Step("case", "full case folding", _casefold),
    Step("separators", "punctuation, symbols and every kind of space are a space", _separators),
)
STEPS: Final = (*CHARACTER_STEPS, Step("spaces", "runs of spaces are one, none at the ends", _spaces))


def _fold_character(character: str) -> str:
    if unicodedata.category(character) in ("Lo", "Cn", "Co") and _compatibility(character) == character:
        return character.translate(_FAMILIES)
    folded = character
    for _ in range(4):
        before = folded
        for step in CHARACTER_STEPS:
            folded = step.apply(folded)
        if folded == before:
            break
    return " " if folded.isspace() else folded


class _Characters:
    """From code points to what becomes of them, filled as characters are met; its size does not grow with texts.

    One entry for each code point: the code point of the folded character, one of the marks below, or which of the
    `_forms` of several letters it is.
    """

    DROPPED: Final = 0x110000
    UNKNOWN: Final = 0x110001
    SEVERAL: Final = 0x110002

    def __init__(self) -> None:
        self._single = np.full(0x110000, self.UNKNOWN, np.uint32)
        self._letter = np.zeros(0x110000, np.bool_)
        self._forms = np.zeros((1 << 14, 32), np.uint32)
        self._several = 0
        self._lock = Lock()

    def trace(self, codes: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int32]]:
        """Return the folded code points of `codes`, and for each the index in `codes` that it comes from."""
        folded, origin, known = kernels.fold_characters(codes, self._single, self._forms, self.DROPPED)
        if not known:
            with self._lock:
                for code in np.unique(codes[self._single[codes] == self.UNKNOWN]).tolist():
                    self._learn(code)
            folded, origin, _ = kernels.fold_characters(codes, self._single, self._forms, self.DROPPED)
        return folded, origin

    def words(self, codes: npt.NDArray[np.uint32]) -> tuple[str, int]:
        """Return the text of folded code points with one space between words, and the number of its letters."""
        spaced, count = kernels.space_words(codes, self._letter)
        return as_text(spaced), int(count)

    def _learn(self, code: int) -> None:
        folded = _fold_character(chr(code))
        for letter in folded:
            self._letter[ord(letter)] = letter.isalpha()
        if len(folded) > 1:
            self._forms[self._several, : len(folded)] = list(map(ord, folded))
            self._single[code] = self.SEVERAL + self._several
            self._several += 1
        else:
            self._single[code] = ord(folded) if folded else self.DROPPED


_UTF32: Final = "utf-32-le" if sys.byteorder == "little" else "utf-32-be"


def code_points(text: str) -> npt.NDArray[np.uint32]:
    """Return the code points of a text, halves of surrogates included."""
    return np.frombuffer(text.encode(_UTF32, "surrogatepass"), np.uint32)


def as_text(codes: npt.NDArray[np.uint32]) -> str:
    """Return the text of code points."""
    return codes.tobytes().decode(_UTF32, "surrogatepass")


_CHARACTERS: Final = _Characters()


def trace(codes: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int32]]:
    """Return what every step but the last makes of code points, and the index in `codes` of each result."""
    return _CHARACTERS.trace(codes)


def fold(text: str) -> Folded:
    """Return the folded form of any text, lone surrogates and NUL included, in time linear in its length.

    The form depends on the Unicode version of the running Python for characters that newer versions added.
    """
    return Folded(*_CHARACTERS.words(trace(code_points(text))[0]))


def text_signal(text: str) -> Signal | None:
    """Return the `text` signal: SHA-256 of the folded text in UTF-8, with its number of letters as quality.

    None when the text holds no letter: numbers and symbols alone say nothing about what a text is.
    """
    folded = fold(text)
    if not folded.letters:
        return None
    return Signal("text", 1, hashlib.sha256(folded.text.encode()).hexdigest(), folded.letters)
