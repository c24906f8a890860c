"""Which language and script a text is in, offline.

The script follows from the code points. The language is the best guess of py3langid (naive Bayes over bytes; Lui and
Baldwin, "langid.py", 2012) among the languages of that script; in Arabic script, the letters that only some languages
have decide first. Short texts have a script and no language: a guess at a few words would be taken for knowledge.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNKNOWN: Final = "und"
FEWEST: Final = 20
"""Letters that a text must have before its language is guessed."""
LONGEST: Final = 4000
"""Characters that are read of a text; taken from its beginning, middle and end when it is longer."""
MOST_PARTS: Final = 100
MOST_PASSAGES: Final = 1000
MOST_TAGS: Final = 4
_LEAST_SHARE: Final = 0.05
"""Of the letters, so many must be in a language before it is one of a text's."""

_NONE: Final = "Zyyy"
# Where each script's letters begin; what lies between two of these and belongs to neither is told by the category.
_SCRIPTS: Final = (
    (0x41, "Latn"), (0x370, "Grek"), (0x400, "Cyrl"), (0x530, "Armn"), (0x590, "Hebr"), (0x600, "Arab"),
    (0x700, "Syrc"), (0x750, "Arab"), (0x780, "Thaa"), (0x7C0, "Nkoo"), (0x800, _NONE), (0x860, "Arab"),
    (0x900, "Deva"), (0x980, "Beng"), (0xA00, "Guru"), (0xA80, "Gujr"), (0xB00, "Orya"), (0xB80, "Taml"),
    (0xC00, "Telu"), (0xC80, "Knda"), (0xD00, "Mlym"), (0xD80, "Sinh"), (0xE00, "Thai"), (0xE80, "Laoo"),
    (0xF00, "Tibt"), (0x1000, "Mymr"), (0x10A0, "Geor"), (0x1100, "Hang"), (0x1200, "Ethi"), (0x13A0, "Cher"),
    (0x1400, _NONE), (0x1780, "Khmr"), (0x1800, "Mong"), (0x18B0, _NONE), (0x1E00, "Latn"), (0x1F00, "Grek"),
    (0x2000, _NONE), (0x2C60, "Latn"), (0x2C80, _NONE), (0x2D30, "Tfng"), (0x2D80, "Ethi"), (0x2DE0, "Cyrl"),
    (0x2E00, _NONE), (0x3040, "Hira"), (0x30A0, "Kana"), (0x3100, _NONE), (0x3130, "Hang"), (0x3190, _NONE),
    (0x3400, "Hani"), (0xA000, _NONE), (0xA640, "Cyrl"), (0xA6A0, _NONE), (0xA720, "Latn"), (0xA800, _NONE),
    (0xAC00, "Hang"), (0xD7B0, _NONE), (0xF900, "Hani"), (0xFB00, "Latn"), (0xFB13, "Armn"), (0xFB1D, "Hebr"),
    (0xFB50, "Arab"), (0xFE00, _NONE), (0xFE70, "Arab"), (0xFF00, "Latn"), (0xFF66, "Kana"), (0xFFA0, "Hang"),
    (0xFFE0, _NONE), (0x20000, "Hani"), (0x32000, _NONE),
)  # fmt: skip
_STARTS: Final = np.array([start for start, _ in _SCRIPTS])

# Scripts that one living language writes, or nearly so.
_ALONE: Final = {
    "Armn": "hy", "Beng": "bn", "Ethi": "am", "Geor": "ka", "Grek": "el", "Gujr": "gu", "Guru": "pa", "Hang": "ko",
    "Hebr": "he", "Hira": "ja", "Kana": "ja", "Khmr": "km", "Knda": "kn", "Laoo": "lo", "Mlym": "ml", "Mymr": "my",
    "Orya": "or", "Sinh": "si", "Taml": "ta", "Telu": "te", "Thaa": "dv", "Thai": "th", "Tibt": "bo",
}  # fmt: skip
_AMONG: Final = {
    "Arab": frozenset({"ar", "fa", "ps", "ug", "ur"}),
    "Cyrl": frozenset({"be", "bg", "kk", "ky", "mk", "mn", "ru", "sr", "tg", "uk", "tt", "ce"}),
    "Deva": frozenset({"hi", "mr", "ne", "sa"}),
    "Hani": frozenset({"zh", "ja"}),
}
_NOT_LATIN: Final = frozenset({"zxx", *_ALONE.values(), *(tag for tags in _AMONG.values() for tag in tags)}) - {
    "sr",
    "kk",
}

# Letters that one language in Arabic script has, of those that are told apart here. Arabic and Persian have none that
# others lack, so between them, and where these letters are few, py3langid decides.
_OWN: Final = {
    "ckb": "ێڵڕڤ",
    "ps": "ټډړښڼګځڅۍ",
    "sd": "ٻڀٺٿڃڄڇڊڌڍڏڙڦڪڱڳڻ",
    "ug": "ۇۈۋڭ",
    "ur": "ٹڈڑںےھہ",
}
_ENOUGH_OF_OWN: Final = 0.012
_SENTENCE: Final = re.compile(r"[^\n.!?؟۔。！？]*[\n.!?؟۔。！？]*\s*")


@dataclass(frozen=True, slots=True)
class Language:
    """`tag` as BCP 47 has it, `und` where it cannot be told; `script` as ISO 15924 has it, `Zyyy` for no letters.

    `confidence` is from 0 to 1: py3langid's share, or 0.99 where the script or its letters leave one language.
    """

    tag: str
    script: str
    confidence: float


@dataclass(frozen=True, slots=True)
class LanguagePart:
    """Characters `start` to `end` (exclusive) of a text, and their language."""

    start: int
    end: int
    language: Language


def of(text: str) -> Language:
    """Return the language and script that most of a text is in; bounded time whatever its length."""
    read = _excerpt(text)
    letters = "".join(character for character in read if character.isalpha())
    script = _main_script(letters)
    if len(letters) < FEWEST or script == _NONE:
        return Language(UNKNOWN, script, 0.0)
    if script in _ALONE:
        return Language(_ALONE[script], script, 0.99)
    if script == "Hani" and _has_kana(letters):
        return Language("ja", script, 0.99)
    told = _by_letters(letters) if script == "Arab" else None
    return told or _guessed(read, script)


def tags(text: str) -> tuple[str, ...]:
    """Return the languages and scripts of a text as BCP 47 has them (`ar-Arab`), the one with most letters first.

    At most `MOST_TAGS`; empty for a text without letters. Bounded time, as `of`.
    """
    read = _excerpt(text)
    letters: Counter[str] = Counter()
    for part in parts(read):
        if part.language.script != _NONE:
            named = f"{part.language.tag}-{part.language.script}"
            letters[named] += sum(character.isalpha() for character in read[part.start : part.end])
    least = _LEAST_SHARE * letters.total()
    return tuple(named for named, count in letters.most_common(MOST_TAGS) if count >= least)


def parts(text: str) -> tuple[LanguagePart, ...]:
    """Cut a text where its language changes, at sentences and scripts; together the parts are the whole text.

    Passages too short to be told join what stands before them in the same script. At most `MOST_PARTS` of
    the first `MOST_PASSAGES` sentences are told apart; the last one holds the rest.
    """
    found: list[LanguagePart] = []
    for start, end in _bounded(text):
        language = of(text[start:end])
        last = found[-1] if found else None
        if last and (len(found) >= MOST_PARTS or _same(last.language, language)):
            kept = language if last.language.tag == UNKNOWN and language.script != _NONE else last.language
            found[-1] = LanguagePart(last.start, end, kept)
        else:
            found.append(LanguagePart(start, end, language))
    return tuple(found)


def _same(before: Language, after: Language) -> bool:
    if _NONE in (before.script, after.script):
        return True
    return before.script == after.script and (UNKNOWN in (before.tag, after.tag) or before.tag == after.tag)


def _bounded(text: str) -> Iterator[tuple[int, int]]:
    """Yield passages, the last of which holds the rest of the text."""
    for number, (start, end) in enumerate(_passages(text), 1):
        yield start, len(text) if number == MOST_PASSAGES else end
        if number == MOST_PASSAGES:
            return


def _passages(text: str) -> Iterator[tuple[int, int]]:
    """Yield the sentences, cut where a run of letters is in another script than the one before."""
    for sentence in _SENTENCE.finditer(text):
        start, end = sentence.span()
        if start == end:
            continue
        cuts = _changes(sentence[0])
        for first, last in zip([0, *cuts], [*cuts, end - start], strict=True):
            yield start + first, start + last


def _changes(sentence: str) -> list[int]:
    """Return where letters of another script begin, if at least three of them stand in a row."""
    points = np.frombuffer(sentence.encode("utf-32-le", "surrogatepass"), np.uint32)
    scripts = _script_numbers(points)
    lettered = np.flatnonzero([character.isalpha() for character in sentence])
    if lettered.size < 6:
        return []
    of_letters = scripts[lettered]
    starts = np.flatnonzero(np.diff(of_letters)) + 1
    lengths = np.diff(np.append(starts, of_letters.size))
    kept = starts[lengths >= 3]
    before = np.append(of_letters[:1], of_letters[kept])[:-1]
    return [int(place) for place in lettered[kept[of_letters[kept] != before]]]


def _excerpt(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    third = LONGEST // 3
    middle = len(text) // 2
    return text[:third] + " " + text[middle : middle + third] + " " + text[-third:]


def _script_numbers(points: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
    """Return for each code point the first place in `_SCRIPTS` where its script stands, -1 for none."""
    return _FIRST_PLACES[np.searchsorted(_STARTS, points, side="right") - 1]


_FIRST_PLACES: Final = np.array(
    [-1 if name == _NONE else [name for _, name in _SCRIPTS].index(name) for _, name in _SCRIPTS]
)


def _main_script(letters: str) -> str:
    points = np.frombuffer(letters.encode("utf-32-le", "surrogatepass"), np.uint32)
    numbers = _script_numbers(points)
    numbers = numbers[numbers >= 0]
    return _SCRIPTS[int(np.bincount(numbers).argmax())][1] if numbers.size else _NONE


def _has_kana(letters: str) -> bool:
    return sum("\u3040" <= letter <= "\u30ff" for letter in letters) > len(letters) / 20


def _by_letters(letters: str) -> Language | None:
    """Tell apart the languages in Arabic script that have letters of their own, when enough of those are there."""
    counts = Counter(unicodedata.normalize("NFC", letters))
    total = sum(counts.values())
    shares = {tag: sum(counts[letter] for letter in own) / total for tag, own in _OWN.items()}
    best = max(shares, key=lambda tag: shares[tag])
    others = sum(share for tag, share in shares.items() if tag != best)
    if shares[best] >= _ENOUGH_OF_OWN and shares[best] > 3 * others:
        return Language(best, "Arab", 0.99)
    return None


def _guessed(text: str, script: str) -> Language:
    ranked = [(tag, share) for tag, share in _identifier().rank(text) if _writes(tag, script)]
    total = sum(share for _, share in ranked)
    if not ranked or total <= 0:
        return Language(UNKNOWN, script, 0.0)
    tag, share = ranked[0]
    return Language(tag, script, round(share / total, 3))


def _writes(tag: str, script: str) -> bool:
    return tag in _AMONG[script] if script in _AMONG else tag not in _NOT_LATIN


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
