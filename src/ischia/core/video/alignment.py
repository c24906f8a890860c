"""Lining up two films: which seconds of one are which seconds of the other, at whatever speed.

Pairs of near frames vote for an offset at each of several speeds (a Hough transform); the line with most frames of the
probe wins, is fitted once more, and what lies on it is taken away before the next stretch is looked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

SPEEDS: Final = tuple(float(speed) for speed in np.round(np.geomspace(0.72, 1.39, 27), 4))
"""Seconds of the known film for one of the probe."""

LEAST_FRAMES: Final = 3
"""Frames of the probe that have to lie on a line, each different from the others."""

APART: Final = 31
TOLERANCE: Final = 0.6
STRETCHES: Final = 8
MOST_PAIRS: Final = 20_000
WHOLE: Final = 0.8
MOST_OF_IT: Final = 0.5
"""Of a film in which little happens, so many frames have to lie on a line."""

_BIN: Final = 0.5
_LONGEST_GAP: Final = 12.0

Doubles = npt.NDArray[np.float64]


class Pair(NamedTuple):
    """A frame of the probe and one of the known film that are near, by their instants in seconds; mirrored or not."""

    probe: float
    entry: float
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class VideoMatch:
    """What two films have in common: spans (probe from, to, entry from, to) in seconds, and shares from 0 to 1."""

    spans: tuple[tuple[float, float, float, float], ...]
    of_probe: float
    of_entry: float
    speed: float
    mirrored: bool

    @property
    def whole(self) -> bool:
        """Whether one was made from the other as a whole."""
        return min(self.of_probe, self.of_entry) >= WHOLE


class _Line(NamedTuple):
    speed: float
    offset: float
    on: npt.NDArray[np.bool_]


def match(
    pairs: Sequence[Pair],
    frames: npt.NDArray[Any],
    *,
    probe_seconds: float,
    entry_seconds: float,
    every: float,
    asked: int,
) -> VideoMatch | None:
    """Return what a probe has of a known film; None when that is no more than chance.

    `frames` are those of the known film as `signals.frames.unpack` gives them: a scene that stands still counts once.
    `every` is how many seconds lie between two frames of the probe, `asked` how many of them were searched: where they
    nearly all match, fewer different ones are enough.
    """
    straight, mirrored = [p for p in pairs if not p.mirrored], [p for p in pairs if p.mirrored]
    found = [
        result
        for flip, chosen in ((False, straight), (True, mirrored))
        if (result := _matched(chosen, frames, (probe_seconds, entry_seconds, every), asked, mirrored=flip))
    ]
    return max(found, key=lambda result: result.of_probe, default=None)


def _matched(
    pairs: Sequence[Pair], frames: npt.NDArray[Any], lengths: tuple[float, float, float], asked: int, *, mirrored: bool
) -> VideoMatch | None:
    length, known, every = lengths
    left = np.array([(pair.probe, pair.entry) for pair in pairs[:MOST_PAIRS]], np.float64).reshape(-1, 2)
    spans: list[tuple[float, float, float, float]] = []
    speed = 1.0
    for _ in range(STRETCHES):
        line = _best_line(left)
        if line is None or not _telling(left[line.on], frames, asked):
            break
        if not spans:
            speed = line.speed
        spans += _spans(left[line.on], every, length, known)
        left = left[~line.on & ~np.isin(left[:, 0], left[line.on, 0])]
    if not spans:
        return None
    of_probe = _covered([(a, b) for a, b, _, _ in spans]) / max(length, every)
    of_entry = _covered([(a, b) for _, _, a, b in spans]) / max(known, every)
    return VideoMatch(tuple(sorted(spans)), min(1.0, of_probe), min(1.0, of_entry), speed, mirrored)


def _best_line(points: Doubles) -> _Line | None:
    """Return the line through most frames of the probe; nearer to the same speed where that is equal."""
    best: tuple[float, _Line] | None = None
    for speed in SPEEDS if len(points) else ():
        offsets = points[:, 1] - speed * points[:, 0]
        offset = _fullest(offsets, points[:, 0])
        on = np.abs(offsets - offset) <= TOLERANCE
        count = (
            np.unique(points[on, 0]).size - 0.01 * abs(speed - 1) - 0.001 * float(np.abs(offsets[on] - offset).mean())
        )
        if best is None or count > best[0]:
            best = count, _Line(speed, offset, on)
    return best[1] if best else None


def _fullest(offsets: Doubles, probe: Doubles) -> float:
    """Return the middle of the bin that holds most different frames of the probe, with its right neighbour."""
    bins = np.floor(offsets / _BIN).astype(np.int64)
    seen = np.unique(np.stack([np.concatenate([bins, bins - 1]), np.tile(probe * 1000, 2).astype(np.int64)], 1), axis=0)
    which, counts = np.unique(seen[:, 0], return_counts=True)
    chosen = which[counts.argmax()]
    return float(np.median(offsets[(bins == chosen) | (bins == chosen + 1)]))


def _telling(points: Doubles, frames: npt.NDArray[Any], asked: int) -> bool:
    """Whether enough different pictures lie on the line; a film that is there as a whole may have fewer."""
    instants = np.unique(points[:, 1])
    places = np.searchsorted(frames["milliseconds"], np.round(instants * 1000)).clip(0, len(frames) - 1)
    different = _different(np.ascontiguousarray(frames["pdq"][places]).view("<u8").reshape(-1, 4))
    seen = np.unique(points[:, 0]).size
    return seen >= LEAST_FRAMES and (different >= LEAST_FRAMES or seen >= MOST_OF_IT * asked)


def _different(values: npt.NDArray[Any]) -> int:
    """Count pictures that are farther than `APART` bits from each other, up to as many as are needed."""
    kept = values[:1]
    for value in values[1:]:
        if int(np.bitwise_count(kept ^ value).sum(axis=1).min()) > APART:
            kept = np.concatenate([kept, value[None]])
            if len(kept) >= LEAST_FRAMES:
                break
    return len(kept)


def _spans(points: Doubles, every: float, length: float, known: float) -> list[tuple[float, float, float, float]]:
    """Return stretches without long gaps; each frame stands for half the time to the next one on both sides."""
    ordered = points[np.argsort(points[:, 0], kind="stable")]
    breaks = np.flatnonzero(np.diff(ordered[:, 0]) > max(_LONGEST_GAP, 4 * every)) + 1
    half = every / 2
    return [
        (
            max(0.0, float(part[0, 0]) - half),
            min(length, float(part[-1, 0]) + half),
            max(0.0, float(part[:, 1].min()) - half),
            min(known, float(part[:, 1].max()) + half),
        )
        for part in np.split(ordered, breaks)
        if np.unique(part[:, 0]).size >= 2 or len(breaks) == 0
    ]


def _covered(spans: list[tuple[float, float]]) -> float:
    """Return how many seconds the spans cover, each second once."""
    total, reached = 0.0, -1.0
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total
