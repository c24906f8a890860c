"""One small luma plane of a picture, from which everything in this package is computed."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from ischia.core.matching.intrinsics import kernel

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

SIDE: Final = 512
"""The longer side of a reduced plane, in pixels; smaller pictures keep their size."""

SMALLEST: Final = 32
"""Planes narrower or lower than this give no variants, no gate and no local features."""


@kernel
def _add_rows(strip: Bytes, first: npt.NDArray[np.int64], share: Floats, lines: Floats) -> None:
    """Add each row to line `first[y]` with weight `share[y]`, the rest of its weight to the next line."""
    for y in range(strip.shape[0]):
        row, weight, line = strip[y], share[y], lines[first[y]]
        for x in range(row.shape[0]):
            line[x] += weight * np.float32(row[x])
        if weight < 1 and first[y] + 1 < lines.shape[0]:
            rest, after = np.float32(1) - weight, lines[first[y] + 1]
            for x in range(row.shape[0]):
                after[x] += rest * np.float32(row[x])


@kernel
def _sum_columns(lines: Floats, first: npt.NDArray[np.int64], share: Floats, scale: float, out: Bytes) -> None:
    height, width = out.shape
    line = np.zeros(width + 1, np.float32)
    for y in range(height):
        line[:] = 0
        row = lines[y]
        for x in range(row.shape[0]):
            at, value = first[x], row[x]
            line[at] += share[x] * value
            line[at + 1] += (np.float32(1) - share[x]) * value
        for x in range(width):
            out[y, x] = np.uint8(min(255.0, line[x] * scale + 0.5))


@lru_cache(maxsize=64)
def _shares(length: int, wanted: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return for each of `length` pixels the first of `wanted` that it falls into, and which share of it does."""
    left = np.arange(length) * (wanted / length)
    first = np.minimum(left.astype(np.int64), wanted - 1)
    share = np.minimum(1.0, (first + 1 - left) * (length / wanted))
    return first, share.astype(np.float32)


def read_only(plane: Bytes) -> Bytes:
    """Return a contiguous view that cannot be written, so that kernels are compiled for one kind of array."""
    view = np.ascontiguousarray(plane).view()
    view.flags.writeable = False
    return view


class Reducer:
    """Averages a picture down to at most `SIDE` pixels while its rows come in; nothing is decoded twice for it."""

    def __init__(self, *, height: int, width: int, side: int = SIDE) -> None:
        factor = min(1.0, side / max(height, width))
        self.shape = (max(1, round(height * factor)), max(1, round(width * factor)))
        self._height, self._width, self._top = height, width, 0
        self._lines = np.zeros((self.shape[0], width), np.float32)

    def add(self, strip: Bytes) -> None:
        """Take the next rows, uint8[rows, width], from the top down; ValueError when they do not fit."""
        bottom = self._top + strip.shape[0]
        if strip.ndim != 2 or strip.dtype != np.uint8 or strip.shape[1] != self._width or bottom > self._height:
            raise ValueError(f"a strip of shape {strip.shape} does not fit at row {self._top}")
        first, share = _shares(self._height, self.shape[0])
        _add_rows(read_only(strip), first[self._top : bottom], share[self._top : bottom], self._lines)
        self._top = bottom

    def plane(self) -> Bytes:
        """Return uint8[height, width] after the last row; ValueError before it."""
        if self._top != self._height:
            raise ValueError(f"{self._top} of {self._height} rows were added")
        out = np.empty(self.shape, np.uint8)
        first, share = _shares(self._width, self.shape[1])
        area = (self.shape[0] / self._height) * (self.shape[1] / self._width)
        _sum_columns(self._lines, first, share, area, out)
        return out


def reduced(plane: Bytes, *, side: int = SIDE) -> Bytes:
    """Return the plane, uint8[height, width], averaged down so that no side is longer than `side`."""
    if plane.ndim != 2 or plane.dtype != np.uint8:
        raise ValueError(f"need a uint8 plane, height x width, not {plane.dtype} of shape {plane.shape}")
    if max(plane.shape) <= side:
        return np.ascontiguousarray(plane)
    reducer = Reducer(height=plane.shape[0], width=plane.shape[1], side=side)
    reducer.add(plane)
    return reducer.plane()


def scaled(plane: Bytes, *, height: int, width: int) -> Bytes:
    """Return the plane resampled with a triangle filter as wide as the reduction."""
    return np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.BILINEAR))
