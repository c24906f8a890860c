"""What letters look like, and what they are written for: the tables of the loose and the candidate readings.

Arabic letters of other languages go to the Arabic letter that their Unicode name is built on. The dotless skeleton
(rasm) merges the letters that only dots tell apart; its use to get round moderation is documented since May 2021.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[np.uint32]
POINTS: Final = 0x110000
DROPPED: Final = 0

OTHER, ARABIC, LATIN, CYRILLIC, GREEK, HEBREW, DIGIT = range(7)

_SCRIPTS: Final = (
    (0x600, 0x6FF, ARABIC),
    (0x750, 0x77F, ARABIC),
    (0x870, 0x8FF, ARABIC),
    (0x61, 0x7A, LATIN),
    (0xDF, 0x24F, LATIN),
    (0x1E00, 0x1EFF, LATIN),
    (0x400, 0x52F, CYRILLIC),
    (0x370, 0x3FF, GREEK),
    (0x5D0, 0x5EA, HEBREW),
    (0x30, 0x39, DIGIT),
)

_BASES: Final = {
    "BEH": "ب", "BEEH": "ب", "BEHEH": "ب", "PEH": "ب", "TEH": "ت", "TTEH": "ت", "TTEHEH": "ت", "TEHEH": "ت",
    "THEH": "ث", "JEEM": "ج", "TCHEH": "ج", "TCHEHEH": "ج", "DYEH": "ج", "NYEH": "ج", "HAH": "ح", "KHAH": "خ",
    "DAL": "د", "DDAL": "د", "DUL": "د", "DDAHAL": "د", "THAL": "ذ", "DAHAL": "ذ", "REH": "ر", "RREH": "ر",
    "ZAIN": "ز", "JEH": "ز", "SEEN": "س", "SHEEN": "ش", "SAD": "ص", "DAD": "ض", "TAH": "ط", "ZAH": "ظ",
    "AIN": "ع", "GHAIN": "غ", "FEH": "ف", "VEH": "ف", "PEHEH": "ف", "QAF": "ق", "KAF": "ك", "KEHEH": "ك",
    "SWASH": "ك", "GAF": "ك", "GUEH": "ك", "NG": "ك", "NGOEH": "ك", "LAM": "ل", "MEEM": "م", "NOON": "ن",
    "RNOON": "ن", "HEH": "ه", "WAW": "و", "YEH": "ي", "ALEF": "ا",
}  # fmt: skip
_NAMES_SAY_LITTLE: Final = {
    "VE": "و", "KIRGHIZ OE": "و", "KIRGHIZ YU": "و", "YU": "و", "U": "و", "OE": "و", "E": "ي", "FARSI YEH": "ي",
    "UIGHUR KAZAKH KIRGHIZ ALEF MAKSURA": "ي", "AFRICAN FEH": "ف", "AFRICAN QAF": "ق", "AFRICAN NOON": "ن",
}  # fmt: skip


def _identity() -> Table:
    return np.arange(POINTS, dtype=np.uint32)


def _put(table: Table, families: dict[str, str]) -> Table:
    for letter, variants in families.items():
        for variant in variants:
            table[ord(variant)] = ord(letter) if letter else DROPPED
    return table


def _base(code: int) -> str | None:
    name = unicodedata.name(chr(code), "").removeprefix("ARABIC LETTER ").removeprefix("DOTLESS ")
    return _NAMES_SAY_LITTLE.get(name) or _BASES.get(name.split(" ")[0])


def _extended() -> Table:
    table = _identity()
    kept = {ord(letter) for letter in _BASES.values()}
    for first, last, script in _SCRIPTS:
        if script == ARABIC:
            for code in set(range(first, last + 1)) - kept:
                base = _base(code)
                if base and unicodedata.category(chr(code)) == "Lo":
                    table[code] = ord(base)
    return _put(table, {"ي": "ئ", "ا": "أإآ", "ه": "ة", "i": "ıі", "כ": "ך", "מ": "ם", "נ": "ן", "פ": "ף", "צ": "ץ"})


def _classes() -> npt.NDArray[np.uint8]:
    table = np.zeros(POINTS, np.uint8)
    for first, last, script in _SCRIPTS:
        table[first : last + 1] = script
    return table


def _chained(after: Callable[[], Table]) -> Table:
    return after()[EXTENDED]


def _rasm() -> Table:
    families = {"ٮ": "بتثني", "ح": "جحخ", "د": "دذ", "ر": "رز", "س": "سش", "ص": "صض", "ط": "طظ", "ع": "عغ", "ڡ": "فق"}
    return _put(_identity(), families)


def _consonants() -> Table:
    table = _rasm()
    _put(table, {"": "اويلaeiouаеиоуыэюяьъאוי" + "0123456789"})
    return table


EXTENDED: Final = _extended()
"""Persian, Urdu, Kurdish, Uighur and African letters as the Arabic letter that they are built on; Hebrew finals too."""
CLASSES: Final = _classes()
"""The script of a folded character: one of the constants above."""
RASM: Final = _rasm()
"""Letters without their dots; for the middle of a word, where nun and yeh look like beh."""
CONSONANTS: Final = _consonants()
"""The skeleton that shingles are cut from: no dots, no long vowels, no lam, no digits; 0 is dropped."""

SHAPES: Final = _put(
    np.zeros(POINTS, np.uint32),
    {"ا": "1li|!", "ه": "05oö", "و": "9g", "ح": "7", "ع": "34e", "س": "w", "ر": "jy", "د": "s", "خ": "", "ل": "j"},
)
"""Digits and Latin letters that stand for an Arabic letter of the same look; 0 where there is none."""
LEET: Final = _put(
    np.zeros(POINTS, np.uint32), {"o": "0", "i": "1", "e": "3", "a": "4@", "s": "5$", "t": "7", "b": "8"}
)
"""Digits that stand for a Latin letter."""
TO_LATIN: Final = _put(
    np.zeros(POINTS, np.uint32),
    {"a": "аα", "b": "вβ", "c": "с", "e": "еε", "h": "нһ", "i": "іιї", "j": "ј", "k": "кκ", "m": "м", "n": "η",
     "o": "оοσ", "p": "рρ", "s": "ѕ", "t": "тτ", "u": "υ", "v": "ν", "x": "хχ", "y": "уγ"},
)  # fmt: skip
TO_CYRILLIC: Final = _put(
    np.zeros(POINTS, np.uint32),
    {"а": "aα", "в": "b", "с": "c", "е": "e", "н": "h", "і": "i", "к": "k", "м": "m", "о": "o0ο", "р": "p", "т": "t",
     "х": "x", "у": "y", "з": "3", "б": "6", "ч": "4"},
)  # fmt: skip
ARABIZI: Final = _put(
    np.zeros(POINTS, np.uint32),
    {"ب": "bp", "ت": "t", "ج": "jg", "ح": "7", "خ": "5x", "د": "d", "ر": "r", "ز": "z", "س": "s", "ط": "6", "ع": "3",
     "ف": "fv", "ق": "8q", "ك": "kc", "ل": "l", "م": "m", "ن": "n", "ه": "h", "و": "wuo", "ي": "yi", "ا": "ae2",
     "ص": "9"},
)  # fmt: skip
"""Latin letters and digits for the Arabic letters of chat spelling, without the pairs (sh, kh, gh, th, dh, ch)."""
PAIRS: Final = {
    "sh": "ش", "ch": "ش", "kh": "خ", "gh": "غ", "th": "ث", "dh": "ذ", "3'": "غ",
    "5'": "خ", "6'": "ظ", "7'": "خ", "9'": "ض",
    "ee": "ي", "oo": "و", "ou": "و",
}  # fmt: skip
"""Two signs for one letter; the apostrophe stands for the dot."""

PROCLITICS: Final = tuple(
    conjunction + preposition + article
    for conjunction in ("", "و", "ف", "ا", "او", "اف")
    for preposition in ("", "ب", "ك", "ل", "س")
    for article in ("", "ال")
)
"""What may stand before a word and be written with it: a question or a conjunction, a preposition, the article."""
ENCLITICS: Final = (
    "", "ه", "ها", "هم", "هن", "هما", "ك", "كم", "كن", "كما", "نا", "ي", "ني", "ا", "ات", "ين", "ون", "ان", "يه", "يا",
)  # fmt: skip
"""What may stand after a word and be written with it: pronouns, and endings of number and case."""


def _chat() -> Table:
    families = {"": "اويعء", "ح": "هخ", "ك": "جغق", "ت": "طث", "د": "ذضظز", "س": "صش"}
    return _put(_identity(), families)


CHAT: Final = _chat()
"""What chat spelling merges or leaves out (0) of Arabic letters: the skeleton that Arabizi is looked for by."""
