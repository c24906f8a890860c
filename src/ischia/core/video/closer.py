"""Where a long film that was looked at by its keyframes deserves a look at what lies between them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ischia.core.video.alignment import Pair

REACH: Final = 12.0
"""Seconds before and after a frame that is near a known one, so that films of few keyframes are seen whole."""


def closer(pairs: Iterable[Pair], *, seconds: float) -> list[tuple[float, float]]:
    """Return stretches (start, length in seconds) around near frames of a probe of `seconds`, which do not overlap.

    For pairs with films of which keyframes alone were too few to `match`.
    """
    stretches: list[tuple[float, float]] = []
    for instant in sorted({pair.probe for pair in pairs}):
        start, end = max(0.0, instant - REACH), min(seconds, instant + REACH)
        if stretches and start <= stretches[-1][0] + stretches[-1][1]:
            start = stretches.pop()[0]
        stretches.append((start, end - start))
    return stretches
