"""Protected texts: scripture, prayers, declarations of rights. What quotes them is no evidence of anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np

from ischia.core.text.known import covered, cut, runs, surest
from ischia.core.text.phrases import Phrase, PhraseList
from ischia.core.text.readings import readings

LEAST: Final = 14
"""Consonants in a row that must be the same before words count as quoted: about four words."""

FORMULAE: Final = (
    "بسم الله الرحمن الرحيم", "لا إله إلا الله", "لا إله إلا الله محمد رسول الله", "الله أكبر", "الحمد لله رب العالمين",
    "الحمد لله", "سبحان الله", "أستغفر الله", "إن شاء الله", "ما شاء الله", "إنا لله وإنا إليه راجعون",
    "السلام عليكم ورحمة الله وبركاته", "السلام عليكم", "صلى الله عليه وسلم", "عليه السلام", "رضي الله عنه",
    "رحمه الله", "جزاك الله خيرا", "لا حول ولا قوة إلا بالله", "حسبنا الله ونعم الوكيل", "أعوذ بالله من الشيطان الرجيم",
    "أشهد أن لا إله إلا الله وأشهد أن محمدا رسول الله", "حي على الصلاة حي على الفلاح", "سبحانه وتعالى",
    "Our Father who art in heaven, hallowed be thy name", "שמע ישראל יהוה אלהינו יהוה אחד",
)  # fmt: skip
"""Prayers and formulae that people of every opinion write: whole ones, since they are short."""


@dataclass(frozen=True, slots=True)
class ProtectedSpan:
    """Characters `start` to `end` (exclusive) of a text, and the protected text that they quote."""

    start: int
    end: int
    name: str


class ProtectedTexts:
    """Protected texts by name, and formulae; immutable. A quotation is found whatever its marks and orthography."""

    def __init__(self, texts: Mapping[str, str], formulae: Sequence[str] = FORMULAE) -> None:
        self._names = tuple(texts)
        parts = [cut(surest(readings(text, candidates=False)))[0] for text in texts.values()]
        hashes = np.concatenate([np.zeros(0, np.uint64), *parts])
        owners = np.repeat(np.arange(len(parts)), [part.size for part in parts])
        self._hashes, first = np.unique(hashes, return_index=True)
        self._owners = owners[first]
        self._formulae = PhraseList([Phrase(formula, 0, "common usage", "formula") for formula in formulae])

    @classmethod
    def load(cls, folder: Path, formulae: Sequence[str] = FORMULAE) -> ProtectedTexts:
        """Return the shipped texts and those of the `.txt` files (UTF-8) of an operator's folder."""
        own = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))}
        return cls({**_shipped_texts(), **own}, formulae)

    def spans(self, text: str) -> tuple[ProtectedSpan, ...]:
        """Return what a text quotes, in its order; spans may overlap."""
        found = [
            ProtectedSpan(match.start, match.end, match.phrase.text)
            for match in self._formulae.find(text, candidates=False)
        ]
        reading = surest(readings(text, candidates=False))
        hashes, places = cut(reading)
        hit = np.isin(hashes, self._hashes)
        for first, end in runs(covered(hit, places.size)) if hit.any() else []:
            if end - first >= LEAST:
                owner = np.searchsorted(self._hashes, hashes[first + int(hit[first:end].argmax())])
                span = reading.span(int(places[first]), int(places[end - 1]) + 1)
                found.append(ProtectedSpan(*span, self._names[int(self._owners[owner])]))
        return tuple(sorted(found, key=lambda span: (span.start, span.end)))

    def share(self, text: str) -> float:
        """Return the share (0 to 1) of a text's letters that stand in protected spans; 0 for a text without letters."""
        quoted = np.zeros(len(text) + 1, np.bool_)
        for span in self.spans(text):
            quoted[span.start : span.end] = True
        letters = np.unique(readings(text, candidates=False)[0].offsets)
        return float(quoted[letters].mean()) if letters.size else 0.0


def _shipped_texts() -> dict[str, str]:
    folder = files("ischia.core.text") / "protected_texts"
    return {
        Path(one.name).stem: one.read_text(encoding="utf-8") for one in folder.iterdir() if one.name.endswith(".txt")
    }


@cache
def shipped() -> ProtectedTexts:
    """Return the texts that come with Ischia, compiled once in each process."""
    return ProtectedTexts(dict(sorted(_shipped_texts().items())))


def protected_spans(text: str) -> tuple[ProtectedSpan, ...]:
    """Return what a text quotes of the shipped texts and formulae."""
    return shipped().spans(text)
