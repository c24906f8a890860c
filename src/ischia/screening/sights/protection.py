"""Protected content is no evidence: what a match has in common with it does not count.

Scripture, recitations, calligraphy of the creed and logos of news are in what they want to take down, and in what
everybody else posts (DESIGN promise 7). A bank that `protects` holds them; they are searched like everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ischia.core.vision import rests_on
from ischia.screening.sights.base import Found, percent

LEAST_SECONDS: Final = 3.0
"""What is left of a video's or sound's match must last so long."""

LEAST_LETTERS: Final = 40
"""What is left of a text's match must be so long: about one sentence."""

_GRID: Final = 12


def unprotected(found: Sequence[Found]) -> list[Found]:
    """Return the matches with unprotected entries, each with what is its own, without those of which too little is."""
    shields = [match for match in found if match.known.protects]
    if not shields:
        return list(found)
    others = [match for match in found if not match.known.protects]
    return [left for match in others if (left := _left(match, [s for s in shields if s.sight == match.sight]))]


def _left(match: Found, shields: Sequence[Found]) -> Found | None:
    if any(shield.strength in {"exact", "near"} for shield in shields):
        return None  # The whole of it is protected content.
    where = match.where
    if "spans" in where:
        spans = without(where["spans"], [span for s in shields for span in s.where.get("spans", ())])
        return _shortened(match, "spans", spans, least=LEAST_LETTERS)
    if "seconds" in where:
        spans = without(where["seconds"], [span for s in shields for span in s.where.get("seconds", ())])
        return _shortened(match, "seconds", spans, least=LEAST_SECONDS)
    regions = [shield.picture.where for shield in shields if shield.picture]
    return None if match.picture and rests_on(match.picture, regions) else match


def _shortened(match: Found, name: str, spans: Sequence[Sequence[float]], *, least: float) -> Found | None:
    before, after = length(match.where[name]), length(spans)
    if after == before:
        return match
    if after < least:
        return None
    share = after / before
    return replace(
        match,
        where={**match.where, name: spans},
        of_probe=percent(match.of_probe * share / 100),
        of_entry=percent(match.of_entry * share / 100),
        strength="partial",
    )


def covered_by(quad: Sequence[Sequence[float]], shield: Sequence[Sequence[float]]) -> float:
    """Return which share of a convex quadrangle (clockwise corners) lies in another one, to about a hundredth."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    steps = (np.arange(_GRID) + 0.5) / _GRID
    u, v = np.meshgrid(steps, steps)
    x = (1 - v) * ((1 - u) * ax + u * bx) + v * ((1 - u) * dx + u * cx)
    y = (1 - v) * ((1 - u) * ay + u * by) + v * ((1 - u) * dy + u * cy)
    sides = [
        (qx - px) * (y - py) - (qy - py) * (x - px)
        for (px, py), (qx, qy) in zip(shield, [*shield[1:], shield[0]], strict=True)
    ]
    inside = np.all([side >= 0 for side in sides], axis=0) | np.all([side <= 0 for side in sides], axis=0)
    return float(inside.mean())


def length(spans: Iterable[Sequence[float]]) -> float:
    """Return how much [from, to, ...] spans cover together, those that overlap counted twice."""
    return sum(span[1] - span[0] for span in spans)


def without(spans: Iterable[Sequence[float]], shields: Sequence[Sequence[float]]) -> list[list[float]]:
    """Return what is left of [from, to, entry_from, entry_to] or [from, to] spans outside of other such spans."""
    left = [list(span) for span in spans]
    for start, end, *_ in shields:
        left = [piece for span in left for piece in _outside(span, start, end)]
    return left


def _outside(span: Sequence[float], start: float, end: float) -> list[list[float]]:
    first, last, *entry = span
    pieces = [(first, min(last, start)), (max(first, end), last)] if start < last and end > first else [(first, last)]
    return [[a, b, *_along(span, a, b)] if entry else [a, b] for a, b in pieces if b > a]


def _along(span: Sequence[float], start: float, end: float) -> tuple[float, float]:
    """Where in the entry a piece of the probe's span lies."""
    first, last, entry_first, entry_last = span
    pace = (entry_last - entry_first) / (last - first)
    return entry_first + (start - first) * pace, entry_first + (end - first) * pace
