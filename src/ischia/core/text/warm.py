"""Compiling, or reading from numba's cache, everything that screening a text runs."""

from __future__ import annotations

from typing import Final

from ischia.core.text import passages, protected
from ischia.core.text.fold import text_signal
from ischia.core.text.known import compare, cut
from ischia.core.text.phrases import Kind, Phrase, PhraseList
from ischia.core.text.readings import readings

_TEXT: Final = "حارس المنارة يكتب أسماء السفن كلها في دفتر قديم، ال7ارس yaktob asma2 el sofon، &amp; ثم ينام "
"""The lighthouse keeper writes the names of all ships in an old notebook, then he sleeps."""


def warm() -> None:
    """Run every kernel of the texts once, so that the first text does not wait for them: seconds, or a minute."""
    kinds: tuple[tuple[str, Kind], ...] = (
        ("أسماء السفن", "word"),
        ("سماء السفينة", "name"),
        ("the harbour", "anywhere"),
    )
    listed = PhraseList([Phrase(text, 1, "warm", "warm", kind=kind) for text, kind in kinds])
    listed.find(_TEXT * 20)
    text_signal(_TEXT)
    protected.shipped().spans(_TEXT)
    compare(_TEXT, _TEXT)
    ways = readings(_TEXT * 2)
    passages.fingerprint(ways)
    signal = passages.signal(_TEXT)
    index = passages.PassageIndex.build([(1, signal.data)] if signal else [])
    index.candidates([cut(way)[0] for way in ways])
