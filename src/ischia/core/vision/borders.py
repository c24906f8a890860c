"""Frames around a picture: bars and borders of one brightness, bars with a caption, and blurred fill."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ischia.core.vision.plane import SMALLEST, Bytes

TOLERANCE: Final = 14
"""Grey levels by which a border may vary: what JPEG at low quality leaves of one colour."""

_LARGEST_CUT: Final = 0.85
_SPECKS: Final = 0.04
_CAPTION_BACKGROUND: Final = 0.5
_BLUR_RATIO: Final = 0.3
_SMALLEST_BLUR: Final = 0.08


class Rectangle(NamedTuple):
    """Rows top to bottom and columns left to right, ends excluded."""

    top: int
    bottom: int
    left: int
    right: int

    def cut(self, plane: Bytes) -> Bytes:
        """Return that part of the plane, contiguous."""
        return np.ascontiguousarray(plane[self.top : self.bottom, self.left : self.right])


def trim(plane: Bytes) -> Rectangle:
    """Return what is left of uint8[height, width] without borders of one brightness, each side judged by itself.

    The whole plane when there is no border, or when hardly anything would be left.
    """
    return _trimmed(plane, 1 - _SPECKS)


def trim_captions(plane: Bytes) -> Rectangle:
    """As `trim`, but a bar stays a bar when letters cover up to half of its rows."""
    return _trimmed(plane, _CAPTION_BACKGROUND)


def trim_blur(plane: Bytes) -> Rectangle:
    """Return the sharp middle of a picture whose opposite sides are filled with a blurred copy, else the whole."""
    height, width = plane.shape
    signed = plane.astype(np.int16)
    rows = _sharp_span(np.abs(np.diff(signed, 2, axis=1)).mean(axis=1))
    columns = _sharp_span(np.abs(np.diff(signed, 2, axis=0)).mean(axis=0))
    return _kept(plane, Rectangle(*(rows or (0, height)), *(columns or (0, width))))


def _trimmed(plane: Bytes, share: float) -> Rectangle:
    box = Rectangle(0, plane.shape[0], 0, plane.shape[1])
    for _ in range(3):
        inner = box.cut(plane)
        top, bottom = _bars(inner, share)
        if bottom - top < SMALLEST:
            break
        left, right = _bars(np.ascontiguousarray(inner[top:bottom].T), share)
        narrower = Rectangle(box.top + top, box.top + bottom, box.left + left, box.left + right)
        if narrower == box or min(bottom - top, right - left) < SMALLEST:
            break
        box = narrower
    return _kept(plane, box)


def _bars(lines: Bytes, share: float) -> tuple[int, int]:
    """Return the first and the last row (excluded) that belong to no bar at either end."""
    last = lines.shape[0]
    top = _bar(lines, share)
    bottom = last - _bar(lines[::-1], share) if top < last else last
    # A resampled edge mixes bar and picture in one row.
    return (top + 1 if top else 0), (bottom - 1 if bottom < last else last)


def _bar(lines: Bytes, share: float) -> int:
    """Count the rows from the first on of which at least `share` have the first row's brightness."""
    colour = int(np.median(lines[0]))
    if np.mean(np.abs(lines[0].astype(np.int16) - colour) <= TOLERANCE) < 1 - _SPECKS:
        return 0
    near = (np.abs(lines.astype(np.int16) - colour) <= TOLERANCE).mean(axis=1) >= share
    ends = np.flatnonzero(~near)
    return int(ends[0]) if ends.size else lines.shape[0]


def _sharp_span(detail: npt.NDArray[np.float64]) -> tuple[int, int] | None:
    """Return where detail begins and ends when both ends are about equally long and clearly blurred."""
    length = detail.size
    third = length // 3
    limit = _BLUR_RATIO * float(np.median(detail[third : length - third]))
    sharp = np.flatnonzero(detail > limit)
    if not sharp.size or limit <= 0:
        return None
    first, last = int(sharp[0]), int(sharp[-1]) + 1
    before, after = first, length - last
    if min(before, after) < _SMALLEST_BLUR * length or abs(before - after) > 0.06 * length + 2:
        return None
    return first + 1, last - 1


def _kept(plane: Bytes, box: Rectangle) -> Rectangle:
    height, width = plane.shape
    whole = Rectangle(0, height, 0, width)
    kept = (box.bottom - box.top) * (box.right - box.left)
    small = min(box.bottom - box.top, box.right - box.left) < SMALLEST
    return whole if small or kept < (1 - _LARGEST_CUT) * height * width else box
