"""Texts: the same, respelled, quoted and excerpted ones, phrases, and the addresses in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from ischia.banks.queries import KnownSignal, by_signal
from ischia.core import links
from ischia.core.signals import Signal
from ischia.core.text import (
    QUEUES_AT,
    Finds,
    Overlap,
    Reading,
    Weighed,
    passages,
    protected_spans,
    readings,
    text_signal,
    weigh,
)
from ischia.core.text.known import cut
from ischia.screening.phrases import current
from ischia.screening.sights.base import Asked, Found, Sight, percent
from ischia.screening.sights.links import asked, kept
from ischia.screening.sights.protection import length, without
from ischia.segments.queries import votes

CANDIDATES: Final = 20
LEAST_OF_KNOWN, LEAST_OF_PROBE = 0.25, 0.5
LEAST_CONSONANTS: Final = 40
"""What two texts share must be so long to be more than chance, unless it is the whole of a short known one."""

WHOLE: Final = 0.9
SHORTEST_WHOLE: Final = 14
MUCH: Final = 0.8
LEFT: Final = 0.5
"""Of what is shared, so much must stand outside of scripture, prayers and declarations of rights."""

TELLING_LETTERS: Final = 60
"""Texts with fewer letters leave no shingles."""


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
    def ways(self) -> list[Reading]:
        """The ways in which it can be read, the surest first."""
        return readings(self.text)

    @cached_property
    def protected(self) -> list[tuple[int, int]]:
        """Where it quotes scripture, prayers or declarations of rights."""
        return [(span.start, span.end) for span in protected_spans(self.text, self.ways)]

    @cached_property
    def _finds(self) -> Finds:
        listed = current.get()
        return listed.phrases.find(self.text, ways=self.ways) if listed else Finds()

    @cached_property
    def weighed(self) -> Weighed | None:
        """The phrases in it and what they weigh together; None where there are none."""
        return weigh(self._finds, self.protected) if self._finds else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out: phrases, where there are more than anybody would read."""
        return ("phrases_cut_off",) if self._finds.truncated else ()

    @property
    def phrase_weight(self) -> int:
        """What its phrases weigh, in percent of what sends a text to a person."""
        return points(self.weighed.total) if self.weighed else 0

    @cached_property
    def _links(self) -> tuple[tuple[Signal, int, int], ...]:
        return tuple(
            (signal, link.start, link.end) for link in links.found(self.text) for signal in links.signals(link.url)
        )

    @cached_property
    def signals(self) -> tuple[Signal, ...]:
        """The folded hash, the shingles that stand for a longer text, and the addresses in it."""
        folded = (self.folded,) if self.folded else ()
        told = passages.fingerprint(self.ways) if self.letters >= TELLING_LETTERS else None
        addresses = {signal.value: signal for signal, _, _ in self._links if kept(signal)}
        return (*folded, *((told,) if told else ()), *addresses.values())

    @property
    def exact(self) -> tuple[Asked, ...]:
        """The same letters, and everything by which the addresses may be known."""
        folded = (Asked(self.folded),) if self.folded else ()
        return (*folded, *(asked(signal, spans=[[start, end]]) for signal, start, end in self._links))


def points(weight: float) -> int:
    """Return a weight in percent of what sends a text to a person."""
    return round(100 * weight / QUEUES_AT)


def find(sights: Sequence[Sight]) -> Iterable[Found]:
    """Respelled, quoted and excerpted texts, and phrases."""
    texts = [sight for sight in sights if isinstance(sight, SeenText) and sight.letters]
    return [*_passages(texts), *_phrases(texts)] if texts else []


def _passages(texts: Sequence[SeenText]) -> list[Found]:
    index = votes("shingles")
    if not index:
        return []
    named = [
        (sight, candidate.entry)
        for sight in texts
        for candidate in index.search([cut(way)[0] for way in sight.ways], limit=CANDIDATES)
    ]
    known = {each.signal: each for each in by_signal({signal for _, signal in named})} if named else {}
    found = []
    for sight, signal in named:
        data = index.data(signal)
        overlap = passages.compared(sight.ways, data) if data is not None and signal in known else None
        if overlap is not None and enough(overlap.of_known, overlap.of_probe, overlap.letters):
            match = _passage(sight, known[signal], overlap)
            found += [match] if match else []
    return found


def enough(of_known: float, of_probe: float, consonants: int) -> bool:
    """Whether what two texts share is more than chance."""
    if of_known >= WHOLE and consonants >= SHORTEST_WHOLE:
        return True
    return consonants >= LEAST_CONSONANTS and (of_known >= LEAST_OF_KNOWN or of_probe >= LEAST_OF_PROBE)


def _passage(sight: SeenText, known: KnownSignal, overlap: Overlap) -> Found | None:
    spans = [[start, end] for start, end in overlap.spans]
    left = without(spans, sight.protected)
    share = length(left) / max(1, length(spans))
    if share < LEFT:
        return None
    alike = min(overlap.of_known, overlap.of_probe) >= MUCH
    return Found(
        sight=sight,
        known=known,
        strength="derived" if alike and overlap.level != "candidate" else "partial",
        kind=_kind(overlap),
        of_probe=percent(overlap.of_probe * share),
        of_entry=percent(overlap.of_known * share),
        quality=sight.letters,
        where={"spans": left, "level": overlap.level, "reading": overlap.reading},
    )


def _kind(overlap: Overlap) -> str:
    if min(overlap.of_known, overlap.of_probe) >= MUCH:
        return "respelled"
    return "quoted" if overlap.of_known >= overlap.of_probe else "excerpt"


def _phrases(texts: Sequence[SeenText]) -> list[Found]:
    listed = current.get()
    if listed is None:
        return []
    hits = [
        (sight, match, listed.signals[match.phrase])
        for sight in texts
        if sight.weighed
        for match in sight.weighed.matches
    ]
    known = {each.signal: each for each in by_signal({signal for *_, signal in hits})} if hits else {}
    return [
        Found(
            sight=sight,
            known=known[signal],
            strength="partial",
            kind="phrase",
            of_probe=percent((match.end - match.start) / len(sight.text)),
            weight=points(match.score),
            quality=sight.letters,
            where=_where(match.start, match.end, match.level, match.phrase.gloss),
        )
        for sight, match, signal in hits
        if signal in known
    ]


def _where(start: int, end: int, level: str, gloss: str) -> dict[str, Any]:
    return {"spans": [[start, end]], "level": level, **({"gloss": gloss} if gloss else {})}
