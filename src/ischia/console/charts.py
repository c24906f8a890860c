"""Charts as numbers for SVG attributes: no styles, no scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, LABEL, VALUE, ROW, BAR = 440, 124, 60, 32, 16


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a bar chart in user units; `label_x` and `value_x` are where its words begin."""

    label: str
    value: int
    kind: str
    y: int
    text_y: int
    x: float
    width: float
    label_x: int
    value_x: float


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar chart whose longest bar fills the track from `track_x`."""

    width: int
    height: int
    bar: int
    track_x: int
    track_width: int
    rows: tuple[Bar, ...]


def bars(rows: Sequence[tuple[str, int, str]], *, bidi: bool) -> Bars:
    """Lay out label, value and kind of each row; mirrored, so that bars grow from the right, where `bidi`."""
    track = WIDTH - LABEL - VALUE
    top = max((value for _, value, _ in rows), default=0) or 1
    placed = tuple(_bar(index, row, length=round(track * row[1] / top, 1), bidi=bidi) for index, row in enumerate(rows))
    return Bars(WIDTH, max(ROW, ROW * len(rows)), BAR, VALUE if bidi else LABEL, track, placed)


def _bar(index: int, row: tuple[str, int, str], *, length: float, bidi: bool) -> Bar:
    label, value, kind = row
    y = index * ROW + (ROW - BAR) // 2
    start = float(LABEL)
    if bidi:
        return Bar(label, value, kind, y, y + 13, WIDTH - start - length, length, WIDTH, WIDTH - start - length - 8)
    return Bar(label, value, kind, y, y + 13, start, length, 0, start + length + 8)
