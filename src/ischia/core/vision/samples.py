"""The 64x64 samples of PDQ, taken from a small plane or a part of it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ischia.core.vision.plane import Bytes, Floats


@lru_cache(maxsize=128)
def _weights(length: int) -> Floats:
    """Return a 64 x `length` matrix: what PDQ's two box filters and its choice of samples come to in large pictures.

    Two boxes of 1/128 of the side are a triangle of that half-width around (i + 1/2) / 64. Integrated over each pixel
    it has no rounding of windows and centres to whole pixels, by which PDQ itself shifts small pictures.
    """
    half = max(length / 128, 0.5)
    edges = np.arange(length + 1)[None, :]
    centres = ((np.arange(64) + 0.5) * length / 64)[:, None]
    offset = np.clip((edges - centres) / half, -1, 1)
    integral = offset - np.sign(offset) * offset**2 / 2
    weights: Floats = np.diff(integral, axis=1).astype(np.float32)
    weights /= weights.sum(axis=1, keepdims=True)
    return weights


def samples(plane: Bytes) -> Floats:
    """Return float32[64, 64] of a plane, uint8[height, width], as PDQ has them before its transform."""
    height, width = plane.shape
    out = _weights(height) @ plane.astype(np.float32) @ _weights(width).T
    return np.ascontiguousarray(out, np.float32)
