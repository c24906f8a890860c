"""Pictures: the same ones re-encoded, framed, turned, cropped, or inside of others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ischia.banks.queries import by_signal
from ischia.core.signals import TYPES, Signal
from ischia.screening.sights.base import Asked, Found, Sight
from ischia.segments.queries import catalog


@dataclass(frozen=True, kw_only=True, eq=False)
class SeenPicture:
    """A picture as uint8[height, width] of luma, at most 512 pixels wide and high, and its signals as a whole."""

    part: str
    part_type: str
    inside: str = ""
    plane: npt.NDArray[np.uint8] | None
    whole: tuple[Signal, ...]
    exact: tuple[Asked, ...] = ()

    @property
    def signals(self) -> tuple[Signal, ...]:
        """What is kept of it."""
        return self.whole


def find(sights: Sequence[Sight]) -> Iterable[Found]:
    """Known pictures."""
    hits = [
        (sight, signal, hit, distance)
        for sight in sights
        for signal in sight.signals
        if TYPES[signal.algorithm].search == "radius"
        for hit, distance in catalog(signal.algorithm).search(
            bytes.fromhex(signal.value), TYPES[signal.algorithm].default_threshold
        )
    ]
    known = {k.signal: k for k in by_signal({hit for *_, hit, _ in hits})} if hits else {}
    return [
        Found(
            sight=sight,
            known=known[hit],
            distance=distance,
            threshold=TYPES[signal.algorithm].default_threshold,
            strength="near",
            kind="as_is",
            gated=False,
            quality=signal.quality,
        )
        for sight, signal, hit, distance in hits
        if hit in known
    ]
