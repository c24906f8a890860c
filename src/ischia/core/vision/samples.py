"""The 64x64 samples of PDQ, taken from a small plane or a part of it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ischia.core.matching.intrinsics import kernel
from ischia.core.vision.plane import Bytes, Floats, read_only


@lru_cache(maxsize=512)
def _weights(length: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return what PDQ's two box filters and its choice of samples come to in large pictures.

    Two boxes of 1/128 of the side are a triangle of that half-width around (i + 1/2) / 64. Integrated over each pixel
    it has no rounding of windows and centres to whole pixels, by which PDQ itself shifts small pictures. For each of
    the 64 samples: the first pixel with weight, and the weights from there on.
    """
    half = max(length / 128, 0.5)
    edges = np.arange(length + 1)[None, :]
    centres = ((np.arange(64) + 0.5) * length / 64)[:, None]
    offset = np.clip((edges - centres) / half, -1, 1)
    integral = offset - np.sign(offset) * offset**2 / 2
    weights: Floats = np.diff(integral, axis=1).astype(np.float32)
    weights /= weights.sum(axis=1, keepdims=True)
    used = weights > 0
    widest = int(used.sum(axis=1).max())
    starts = np.minimum(used.argmax(axis=1), length - widest)
    return starts, np.take_along_axis(weights, starts[:, None] + np.arange(widest), axis=1)


@kernel
def _sampled(
    plane: Bytes, tops: npt.NDArray[np.int64], down: Floats, lefts: npt.NDArray[np.int64], across: Floats
) -> Floats:
    out = np.empty((64, 64), np.float32)
    line = np.empty(plane.shape[1], np.float32)
    for i in range(64):
        line[:] = 0
        for k in range(down.shape[1]):
            weight, row = down[i, k], plane[tops[i] + k]
            if weight > 0:
                for x in range(row.shape[0]):
                    line[x] += weight * np.float32(row[x])
        for j in range(64):
            total = np.float32(0)
            for k in range(across.shape[1]):
                total += across[j, k] * line[lefts[j] + k]
            out[i, j] = total
    return out


def samples(plane: Bytes) -> Floats:
    """Return float32[64, 64] of a plane, uint8[height, width], as PDQ has them before its transform."""
    return _sampled(read_only(plane), *_weights(plane.shape[0]), *_weights(plane.shape[1]))


def detail(values: npt.NDArray[Any]) -> tuple[float, float]:
    """Return how far a small picture deviates from the sum of a row and a column, in grey levels and as a share.

    PDQ's frequencies see nothing else: of stripes, they see what rounding left.
    """
    exact = values.astype(np.float64)
    rest = exact - exact.mean(axis=0) - exact.mean(axis=1, keepdims=True) + exact.mean()
    return float(rest.std()), float(rest.std() / max(exact.std(), 1e-9))
