"""Where a long film that was looked at by its keyframes deserves a look at what lies between them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ischia.core.video.alignment import Pair

REACH: Final = 12.0
"""Seconds before and after a frame that is near a known one, so that films of few keyframes are seen whole."""


MOST: Final = 240.0
"""Seconds that are looked at once more in one film; those around most near frames go first."""


def closer(pairs: Iterable[Pair], *, seconds: float, most: float = MOST) -> list[tuple[float, float]]:
    """Return stretches (start, length in seconds) around near frames of a probe of `seconds`, which do not overlap.

    For pairs with films of which keyframes alone were too few to `match`. No more than `most` seconds in all.
    """
    stretches: list[tuple[float, float, int]] = []
    for instant in sorted({pair.probe for pair in pairs}):
        start, end, near = max(0.0, instant - REACH), min(seconds, instant + REACH), 1
        if stretches and start <= stretches[-1][1]:
            start, _, before = stretches.pop()
            near += before
        stretches.append((start, end, near))
    chosen, left = [], most
    for start, end, _ in sorted(stretches, key=lambda each: each[2] / (each[0] - each[1])):
        chosen.append((start, min(end - start, left)))
        left -= chosen[-1][1]
    return sorted((start, length) for start, length in chosen if length > 0)
