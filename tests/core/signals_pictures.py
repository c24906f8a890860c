"""Pictures made by integer arithmetic alone, the same on every machine, and photographs that a package ships."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]


def photographs() -> Path:
    """Where scikit-image keeps its pictures; the package itself is not imported, its dependencies are not there."""
    spec = find_spec("skimage")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "data"


def synthetic(kind: str, seed: int, height: int, width: int) -> Pixels:
    """Make a picture of height x width x 3; `kind` is noise, blocks, waves, ramp or flat."""
    y, x, channel = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    if kind == "noise":
        values = _scatter(seed, y, x, channel)
    elif kind == "blocks":
        side = 3 + seed % 29
        values = _scatter(seed, y // side, x // side, channel)
    elif kind == "waves":
        values = np.sum([_wave(seed + 7 * k, y, x, channel) for k in range(5)], axis=0) // 5
    elif kind == "ramp":
        values = (x * 255 // max(1, width - 1) * (channel + 1) + y * 255 // max(1, height - 1)) // 4
    else:
        values = np.full_like(x, seed % 256)
    return values.astype(np.uint8)


def _scatter(
    seed: int, y: npt.NDArray[np.int64], x: npt.NDArray[np.int64], c: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    mixed = (y * 73856093 ^ x * 19349663 ^ c * 83492791 ^ seed * 2654435761) & 0xFFFFFFFF
    mixed = (mixed ^ mixed >> 15) * 0x2C1B3C6D & 0xFFFFFFFF
    mixed = (mixed ^ mixed >> 12) * 0x297A2D39 & 0xFFFFFFFF
    return (mixed ^ mixed >> 15) & 255


def _wave(
    seed: int, y: npt.NDArray[np.int64], x: npt.NDArray[np.int64], c: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    along, across, phase = 1 + seed * 5 % 17, seed * 11 % 23 - 11, seed * 31 % 509
    turned = (x * along + y * across + phase + 40 * c * (seed % 3)) * (1 + seed % 4) % 510
    return np.asarray(np.minimum(turned, 509 - turned))
