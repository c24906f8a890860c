"""What the genre classifier sees of a text: hashed runs of letters, and a few measures of its shape; no names.

Names of persons, peoples, faiths and places become a placeholder: the listed ones (`names.txt`) in any script, and in
scripts with capitals every capitalised word that begins no sentence. Digits are one digit.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
import numpy.typing as npt

from ischia.core.text.fold import fold

Floats = npt.NDArray[np.float64]

BUCKETS: Final = 1 << 15
SIZES: Final = (2, 3, 4, 5, 6)
LONGEST: Final = 12_000
"""Characters that are read of a text."""
NAME: Final = "0"
"""What stands for a name or a number."""
SHAPE: Final = (
    "length", "exclamations", "questions", "quotes", "commas", "digits", "word length", "sentence length",
    "repeated words", "lines", "capitals",
)  # fmt: skip

_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(64 - 15)
# A capitalised word after a letter, a comma or a closing sign and a space: it begins no sentence.
_INNER_CAPITAL: Final = re.compile(r"(?<=[^\W\d_] |[,;:)»”] |[^\W\d_]-)[^\W\d_]+(?:['’][^\W\d_]+)?")
_WORD: Final = re.compile(r"[^\W\d_]+")
_DIGITS: Final = re.compile(r"[0-9]+")
_SENTENCE_END: Final = re.compile(r"[.!?؟۔…\n]+")
_BEFORE_ARABIC: Final = "(?:[وف]?(?:[بكل]?ال|لل|[بكل])?)"
_AFTER_ARABIC: Final = "(?:يون|يين|ون|ين|ان|ات|يه|ها|ه|ي|ا)?"


@dataclass(frozen=True, slots=True)
class Features:
    """A text's n-grams (each once, with its bucket and weight; the weights have length 1), its shape and letters."""

    grams: tuple[str, ...]
    buckets: npt.NDArray[np.int64]
    weights: Floats
    shape: Floats
    letters: int


def features(text: str) -> Features:
    """Return what the classifier sees of a text, in time bounded by `LONGEST`."""
    read = text[:LONGEST]
    folded = fold(_without_capitals(read))
    plain = masked(folded.text)
    grams, counts = _grams(plain)
    weights = 1 + np.log(counts)
    length = float(np.sqrt((weights**2).sum()))
    buckets = np.array([bucket(gram) for gram in grams], np.int64) if grams else np.zeros(0, np.int64)
    shape = _shape(read, plain)
    return Features(grams, buckets, weights / length if length else weights, shape, folded.letters)


def masked(folded: str) -> str:
    """Return a folded text with the listed names, and all numbers, as the placeholder."""
    return _DIGITS.sub(NAME, _names().sub(NAME, folded))


def bucket(gram: str) -> int:
    """Return the place of an n-gram: a multiplicative hash of its code points, the same on every machine."""
    value = 0
    for character in gram:
        value = (value * 0x100000001B3 ^ ord(character)) & 0xFFFFFFFFFFFFFFFF
    return int(np.uint64((value * int(_MULTIPLIER)) & 0xFFFFFFFFFFFFFFFF) >> _SHIFT)


def _grams(plain: str) -> tuple[tuple[str, ...], Floats]:
    """Return the runs of letters inside words, a space at both ends of each word, with their numbers."""
    counts: Counter[str] = Counter()
    for word, times in Counter(plain.split()).items():
        whole = f" {word} "
        for size in SIZES:
            for start in range(len(whole) - size + 1):
                counts[whole[start : start + size]] += times
    return tuple(counts), np.array(list(counts.values()), np.float64)


def _without_capitals(text: str) -> str:
    """Mask capitalised words inside sentences, unless most words are capitalised, as in headlines and shouting."""
    words = _WORD.findall(text)
    if sum(word[0].isupper() for word in words) > len(words) / 2:
        return text
    return _INNER_CAPITAL.sub(lambda match: NAME if match[0][0].isupper() else match[0], text)


@cache
def _names() -> re.Pattern[str]:
    listed = (files("ischia.core.text.genre") / "names.txt").read_text(encoding="utf-8").split()
    names = sorted({fold(name).text for name in listed}, key=lambda name: (-len(name), name))
    arabic = "|".join(name.removeprefix("ال") for name in names if "\u0600" <= name[0] <= "\u06ff")
    other = "|".join(name for name in names if not "\u0600" <= name[0] <= "\u06ff")
    return re.compile(rf"\b(?:{_BEFORE_ARABIC}(?:{arabic}){_AFTER_ARABIC}|(?:{other}))\b")


def _shape(text: str, plain: str) -> Floats:
    words = plain.split()
    letters = sum(len(word) for word in words if word != NAME)
    count = max(1, len(words))
    sentences = max(1, sum(1 for part in _SENTENCE_END.split(text) if part.strip()))
    cased = sum(character.isupper() or character.islower() for character in text)
    return np.array(
        [
            min(4.0, np.log10(1 + letters)) / 4,
            min(1.0, 10 * _share(text, "!", count)),
            min(1.0, 10 * _share(text, "?؟", count)),
            min(1.0, 5 * _share(text, '"“”«»„', count)),
            min(1.0, 5 * _share(text, ",،", count)),
            min(1.0, sum(character.isdigit() for character in text) / count),
            min(1.0, letters / count / 10),
            min(1.0, count / sentences / 40),
            1 - len(set(words)) / count,
            min(1.0, 5 * text.count("\n") / count),
            sum(character.isupper() for character in text) / cased if cased else 0.0,
        ]
    )


def _share(text: str, characters: str, of: int) -> float:
    return sum(text.count(character) for character in characters) / of
