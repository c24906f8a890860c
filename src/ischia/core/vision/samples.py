"""The 64x64 samples of PDQ, taken from a small plane or a part of it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ischia.core.vision.plane import Bytes, Floats


@lru_cache(maxsize=128)
def _weights(length: int) -> Floats:
    """Return the 64 x `length` matrix of PDQ's two box filters and its choice of samples (see `core.signals.pdq`)."""
    window = (length + 127) // 128
    ahead = (window + 2) // 2 - 1
    start = np.arange(length) - (window - 1 - ahead)
    left, right = np.maximum(0, start), np.minimum(length, start + window)
    column = np.arange(length)
    box = ((column >= left[:, None]) & (column < right[:, None])) / (right - left)[:, None]
    centres = ((np.arange(64) + 0.5) * length / 64).astype(np.int64)
    weights = np.zeros((64, length), np.float32)
    for sample, centre in enumerate(centres):
        weights[sample] = box[left[centre] : right[centre]].mean(axis=0)
    return weights


def samples(plane: Bytes) -> Floats:
    """Return float32[64, 64] of a plane, uint8[height, width], as PDQ has them before its transform."""
    height, width = plane.shape
    out = _weights(height) @ plane.astype(np.float32) @ _weights(width).T
    return np.ascontiguousarray(out, np.float32)
