"""Where in time a match lies, as numbers for SVG attributes and as words for a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ischia.core.media.instants import clock

WIDTH = 400


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch that matches: where it lies on the track, in user units, and its ends in words."""

    x: float
    width: float
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Track:
    """A recording from its beginning to its end, with what of it matches."""

    label: str
    length: str
    spans: Sequence[Span]
    width: int = WIDTH


def track(label: str, seconds: float, spans: Iterable[tuple[float, float]], *, bidi: bool) -> Track:
    """Lay out the stretches of a recording of so many seconds; time runs from the side where reading begins."""
    placed = sorted(spans)
    seconds = max([seconds, 0.1, *(end for _, end in placed)])
    return Track(label, clock(seconds), [_span(start, end, seconds, bidi=bidi) for start, end in placed])


def _span(start: float, end: float, seconds: float, *, bidi: bool) -> Span:
    x, width = WIDTH * start / seconds, max(2.0, WIDTH * (end - start) / seconds)
    return Span(round(WIDTH - x - width if bidi else x, 1), round(width, 1), clock(start), clock(end))
