"""Local features: up to 300 described corners of a known picture, up to 1,200 of a probe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ischia.core.vision import keypoints
from ischia.core.vision.keypoints import ANGLES, PATTERN, RADIUS, Words
from ischia.core.vision.plane import SMALLEST, Bytes, Floats, scaled

ENTRY_FEATURES: Final = 300
PROBE_FEATURES: Final = 1200
STEP: Final = 1.25
LEVELS: Final = 7
VERSION: Final = 1
"""Raised when the same picture would give other features."""

_LEAST_CORNER: Final = 250.0
_FIXED: Final = 16
_HALF: Final = 128
_RECORD: Final = np.dtype([("words", "<u8", 4), ("x", "<u2"), ("y", "<u2"), ("level", "u1"), ("turn", "u1")])
_HEADER: Final = np.dtype([("version", "<u2"), ("height", "<u2"), ("width", "<u2"), ("count", "<u2")])

Differences = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Features:
    """Described corners of a plane of `height` x `width` pixels.

    `words` uint64[n, 4]; `x` and `y` float32[n] in pixels of the plane; `level` int64[n], each 1.25 times coarser than
    the one before; `turn` int64[n], in 64ths of a circle. `differences` int16[n, 256], how clearly each comparison
    came out, are there for probes only and not stored.
    """

    height: int
    width: int
    words: Words
    x: Floats
    y: Floats
    level: npt.NDArray[np.int64]
    turn: npt.NDArray[np.int64]
    differences: Differences | None = None

    def __len__(self) -> int:
        return int(self.words.shape[0])

    def to_bytes(self) -> bytes:
        """Return 8 bytes and 38 for each corner."""
        header = np.array([(VERSION, self.height, self.width, len(self))], _HEADER)
        records = np.empty(len(self), _RECORD)
        records["words"], records["level"], records["turn"] = self.words, self.level, self.turn
        records["x"], records["y"] = np.rint(self.x * _FIXED), np.rint(self.y * _FIXED)
        return header.tobytes() + records.tobytes()

    @classmethod
    def from_bytes(cls, stored: bytes) -> Features:
        """Return features without differences; ValueError for another version or a wrong length."""
        if len(stored) < _HEADER.itemsize:
            raise ValueError(f"local features have a header of {_HEADER.itemsize} bytes, these have {len(stored)}")
        version, height, width, count = (int(value) for value in np.frombuffer(stored, _HEADER, 1)[0])
        expected = _HEADER.itemsize + count * _RECORD.itemsize
        if version != VERSION or len(stored) != expected:
            what = f"version {version} and {len(stored)} bytes for {count} corners"
            raise ValueError(f"local features have {what}, need version {VERSION} and {expected} bytes")
        records = np.frombuffer(stored, _RECORD, count, _HEADER.itemsize)
        x, y = ((records[axis] / _FIXED).astype(np.float32) for axis in "xy")
        level = np.minimum(records["level"].astype(np.int64), LEVELS - 1)
        turn = records["turn"].astype(np.int64) % ANGLES
        return cls(height, width, np.ascontiguousarray(records["words"]), x, y, level, turn)


def mirrored(probe: Features) -> Features:
    """Return the features of the mirrored picture, with places and angles still those of the picture itself."""
    differences = None if probe.differences is None else np.roll(probe.differences, _HALF, axis=1)
    words = np.ascontiguousarray(probe.words[:, (2, 3, 0, 1)])
    return Features(probe.height, probe.width, words, probe.x, probe.y, probe.level, probe.turn, differences)


def entry_features(plane: Bytes) -> Features:
    """Return the features under which a known picture is kept, of uint8[height, width] from `reduced`."""
    found = _features(plane, ENTRY_FEATURES)
    return Features(found.height, found.width, found.words, found.x, found.y, found.level, found.turn)


def probe_features(plane: Bytes) -> Features:
    """Return the features with which a probe is searched: more, because known content may fill a small part of it."""
    return _features(plane, PROBE_FEATURES)


def _features(plane: Bytes, most: int) -> Features:
    parts = [_level(smaller, level, wanted) for level, smaller, wanted in _levels(plane, most)]
    joined = [np.concatenate(part) for part in zip(*parts, strict=True)] if parts else _nothing()
    words, x, y, level, turn, differences = joined
    return Features(plane.shape[0], plane.shape[1], words, x, y, level, turn, differences)


def _nothing() -> list[npt.NDArray[Any]]:
    none, whole = np.empty(0, np.float32), np.empty(0, np.int64)
    return [np.empty((0, 4), np.uint64), none, none, whole, whole, np.empty((0, 256), np.int16)]


def _levels(plane: Bytes, most: int) -> Iterator[tuple[int, Bytes, int]]:
    """Yield the plane in shrinking sizes, and how many corners to take of each: fewer where there is less room."""
    shares = STEP ** -np.arange(LEVELS)
    for level, share in enumerate(shares / shares.sum()):
        height, width = (round(side * STEP**-level) for side in plane.shape)
        if min(height, width) < max(SMALLEST, 2 * RADIUS + 6):
            return
        yield level, scaled(plane, height=height, width=width) if level else plane, max(1, round(most * float(share)))


def _level(plane: Bytes, level: int, wanted: int) -> tuple[npt.NDArray[Any], ...]:
    once = keypoints.smooth(np.ascontiguousarray(plane))
    ys, xs, values = keypoints.peaks(keypoints.cornerness(once), RADIUS + 1, _LEAST_CORNER)
    order = np.argsort(-values, kind="stable")[: 8 * wanted]
    chosen = keypoints.spread(ys, xs, order, max(plane.shape), wanted)
    ys, xs = ys[chosen], xs[chosen]
    twice = keypoints.smooth(keypoints.smooth(once))
    turn = np.rint(keypoints.angles(twice, ys, xs, RADIUS) * (ANGLES / (2 * np.pi))).astype(np.int64) % ANGLES
    differences = np.empty((ys.size, 256), np.int16)
    words = keypoints.describe(twice, ys, xs, turn, PATTERN, differences)
    factor = np.float32(STEP**level)
    # A pixel of a coarser level is centred on `factor` pixels of the plane.
    x, y = (xs.astype(np.float32) + 0.5) * factor - 0.5, (ys.astype(np.float32) + 0.5) * factor - 0.5
    return words, x, y, np.full(ys.size, level), turn, differences
