"""What is kept of a film's frames: the hashes of those that were sampled, and a few small stills."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from ischia.core.signals import Signal, large
from ischia.core.signals.frames import MOST_FRAMES, pack
from ischia.core.signals.types import FRAMES
from ischia.core.video import BLOCK, INSIDE, FrameHashes, hashes_of, inside
from ischia.core.vision import Rectangle, reduced

STILLS: Final = 12
STILL_SIDE: Final = 160
ALIKE: Final = 4
STANDS: Final = 0.95

Plane = npt.NDArray[np.uint8]


@dataclass(slots=True)
class Taken:
    """What is kept of the frames so far."""

    variants: tuple[str, ...]
    instants: list[float] = field(default_factory=list)
    hashes: list[FrameHashes] = field(default_factory=list)
    waiting: list[tuple[float, Plane]] = field(default_factory=list)
    stills: list[tuple[float, Plane]] = field(default_factory=list)
    spacing: int = 1
    seen: int = 0
    last: float = 0.0
    full: bool = False

    def add(self, instant: float, plane: Plane) -> None:
        """Take a frame; those of a block wait for each other, so that what moves in them is seen."""
        self.last = instant
        self.waiting.append((instant, reduced(plane)))
        if len(self.waiting) == (BLOCK if INSIDE in self.variants else 1):
            self._hash_waiting()

    def _hash_waiting(self) -> None:
        box = inside([plane for _, plane in self.waiting]) if INSIDE in self.variants else None
        for instant, plane in self.waiting:
            self._hash(instant, plane, box)
        self.waiting.clear()

    def _hash(self, instant: float, small: Plane, box: Rectangle | None) -> None:
        """Keep a frame's hashes; of a scene that stands still one a second, by which films are still lined up."""
        hashes = hashes_of(small, self.variants, box)
        still = self.hashes and _alike(self.hashes[-1].values[0], hashes.values[0])
        if still and instant - self.instants[-1] < STANDS:
            return
        if len(self.hashes) < MOST_FRAMES:
            self.instants.append(instant)
            self.hashes.append(hashes)
            self._keep_still(instant, small)
        else:
            self.full = True

    def _keep_still(self, instant: float, plane: Plane) -> None:
        """Keep evenly spread stills: when there are too many, every second one goes, and half as many come."""
        if self.seen % self.spacing == 0:
            self.stills.append((instant, reduced(plane, side=STILL_SIDE)))
            if len(self.stills) > STILLS:
                self.stills, self.spacing = self.stills[::2], self.spacing * 2
        self.seen += 1

    def signals(self) -> tuple[Signal, ...]:
        """Return the `frames` signal of each variant that has frames with detail; its quality is how many those are."""
        self._hash_waiting()
        if not self.hashes:
            return ()
        instants = np.round(np.array(self.instants) * 1000).astype(np.uint32)
        values = np.stack([each.values for each in self.hashes], axis=1)
        qualities = np.stack([each.qualities for each in self.hashes], axis=1)
        return tuple(
            large(FRAMES, pack(instants, values[place], qualities[place]), int((qualities[place] > 0).sum()), variant)
            for place, variant in enumerate(self.variants)
            if qualities[place].any()
        )


def _alike(a: Plane, b: Plane) -> bool:
    return int(np.bitwise_count(a ^ b).sum()) <= ALIKE
