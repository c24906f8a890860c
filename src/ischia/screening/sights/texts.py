"""Texts: the same, respelled, quoted and excerpted ones, phrases, and the addresses in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from ischia.core.signals import Signal
from ischia.core.text import text_signal
from ischia.screening.sights.base import Asked, Found, Sight
from ischia.screening.sights.links import KEPT, asked


@dataclass(frozen=True, kw_only=True)
class SeenText:
    """Text as it was written, or as a machine read it in a picture."""

    part: str
    part_type: str = "text"
    inside: str = ""
    text: str
    machine_read: bool = False

    @cached_property
    def folded(self) -> Signal | None:
        """The hash of the folded letters."""
        return text_signal(self.text)

    @property
    def letters(self) -> int:
        """How many letters there are after folding."""
        return self.folded.quality or 0 if self.folded else 0

    @cached_property
    def _links(self) -> tuple[tuple[Signal, int, int], ...]:
        return ()

    @cached_property
    def signals(self) -> tuple[Signal, ...]:
        """The folded hash, the shingles that stand for a longer text, and the addresses in it."""
        folded = (self.folded,) if self.folded else ()
        return (*folded, *{s.value: s for s, _, _ in self._links if s.algorithm in KEPT}.values())

    @property
    def exact(self) -> tuple[Asked, ...]:
        """The same letters, and everything by which the addresses may be known."""
        folded = (Asked(self.folded),) if self.folded else ()
        return (*folded, *(asked(signal, spans=[[start, end]]) for signal, start, end in self._links))


def find(sights: Sequence[Sight]) -> Iterable[Found]:
    """Respelled, quoted and excerpted texts, and phrases."""
    return ()
