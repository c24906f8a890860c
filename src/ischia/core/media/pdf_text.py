"""The words of a PDF page in the order in which they are read, also those that are written from right to left."""

from __future__ import annotations

import ctypes
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

# Letters and their marks; digits run from left to right in these scripts as well, and punctuation stands anywhere.
_LETTER: Final = (
    "\u0591-\u05bd\u05bf-\u05f2\u0610-\u061a\u0620-\u065f\u066e-\u06d3\u06d5-\u06ef\u06fa-\u07bf\u0860-\u08ff"
    "\ufb1d-\ufd3d\ufd50-\ufdff\ufe70-\ufefc"
)
_WORD: Final = re.compile(f"[{_LETTER}]+")
_WORDS: Final = re.compile(f"[{_LETTER}]+(?: +[{_LETTER}]+)+")


def page_text(page: PdfTextPage, most: int) -> tuple[str, tuple[str, ...]]:
    """Return at most `most` characters of a page's text, and notes on how its order came about.

    A PDF places letters, it does not say in which order they are read, and the library that reads it gives Arabic and
    Hebrew words now from the right, now from the left. Where the letters stand decides: a word whose letters go to the
    right from one to the next is turned around (`letters_put_in_order`), and so is a run of words that does
    (`words_put_in_order`). Words that stand upright or in one spot stay as they are (`order_of_letters_unknown`).
    """
    count = page.count_chars()
    notes = ["text_cut_off"] if count > most else []
    text = page.get_text_range(0, min(count, most), errors="replace") if count > 0 and most > 0 else ""
    if _WORD.search(text):
        letters = _letters(page, min(count, most))
        if len(letters) == len(text):
            text, turned = _in_order(page, letters)
            notes += turned
        else:
            notes.append("order_of_letters_unknown")
    return text.replace("\r\n", "\n"), tuple(notes)


def _letters(page: PdfTextPage, count: int) -> str:
    from pypdfium2 import raw

    return "".join(chr(min(raw.FPDFText_GetUnicode(page, index), 0x10FFFF)) for index in range(count))


def _in_order(page: PdfTextPage, text: str) -> tuple[str, list[str]]:
    notes: dict[str, None] = {}
    pieces = list(text)
    for word in _WORD.finditer(text):
        start, end = word.span()
        direction = _direction([_middle(page, index) for index in range(start, end)])
        if direction > 0:
            pieces[start:end] = pieces[start:end][::-1]
            notes["letters_put_in_order"] = None
        elif direction == 0 and end - start > 1:
            notes["order_of_letters_unknown"] = None
    ordered = "".join(pieces)
    for run in _WORDS.finditer(ordered):
        places = [_middle(page, run.start() + word.start()) for word in _WORD.finditer(run.group())]
        if all(left < right for left, right in pairwise(places)):
            ordered = ordered[: run.start()] + " ".join(reversed(run.group().split())) + ordered[run.end() :]
            notes["words_put_in_order"] = None
    # Turning words around within a run that keeps its length moves no other run.
    return ordered, list(notes)


def _direction(places: list[float]) -> int:
    """Return 1 when most steps go to the right, -1 to the left, 0 for neither."""
    steps = [(right > left) - (right < left) for left, right in pairwise(places)]
    return (sum(steps) > 0) - (sum(steps) < 0)


def _middle(page: PdfTextPage, index: int) -> float:
    from pypdfium2 import raw

    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    raw.FPDFText_GetCharBox(page, index, left, right, bottom, top)
    return (left.value + right.value) / 2
