"""Films that are shown inside of something else: the box of what moves before what stands still or is blurred."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ischia.core.vision import SMALLEST, Rectangle, trim_blur
from ischia.core.vision.plane import Bytes

BLOCK: Final = 24
"""Sampled frames that are looked at together; a film that moves elsewhere later gets another box."""

FEWEST: Final = 4
MOVES: Final = 12
"""Grey levels between the darkest and the brightest moment of a pixel that moves; coding changes others by less."""

LARGEST: Final = 0.9
"""Of the frame; a box that is larger is the frame."""

_BLANK: Final = 4.0
_SHARE: Final = 0.25
_SMOOTH: Final = 5
_REACH: Final = 0.04

Shares = npt.NDArray[np.floating]


def inside(planes: Sequence[Bytes]) -> Rectangle | None:
    """Return where a film is shown inside of its frames, uint8[height, width] each; None where it fills them."""
    shape = planes[0].shape if planes else (0, 0)
    planes = [plane for plane in planes if plane.shape == shape and float(plane.std()) >= _BLANK]
    if len(planes) < FEWEST or min(shape) < 2 * SMALLEST:
        return None
    return next((box for box in (_moving(planes), _sharp(planes)) if box and _smaller(box, shape)), None)


def _smaller(box: Rectangle, shape: tuple[int, ...]) -> bool:
    height, width = box.bottom - box.top, box.right - box.left
    return min(height, width) >= SMALLEST and height * width <= LARGEST * shape[0] * shape[1]


def _moving(planes: Sequence[Bytes]) -> Rectangle | None:
    """Return the box of all that moves, each side at the sharpest line nearby."""
    stack = np.stack(planes)
    moves = (stack.max(axis=0) - stack.min(axis=0)) >= MOVES
    box = _box(moves)
    if box is None:
        return None
    rows, columns = box
    middle = stack.mean(axis=0, dtype=np.float32)
    down = np.abs(np.diff(middle[:, columns], axis=0)).mean(axis=1)
    across = np.abs(np.diff(middle[rows], axis=1)).mean(axis=0)
    return Rectangle(*_snapped(rows, down), *_snapped(columns, across))


def _box(moves: npt.NDArray[np.bool_]) -> tuple[slice, slice] | None:
    """Return the rows and columns in which much moves, the second time counted in those of the first alone."""
    rows, columns = slice(None), slice(None)
    for _ in range(2):
        down, across = _longest(moves[:, columns].mean(axis=1)), _longest(moves[rows].mean(axis=0))
        if down is None or across is None:
            return None
        rows, columns = down, across
    return rows, columns


def _sharp(planes: Sequence[Bytes]) -> Rectangle | None:
    boxes = np.array([trim_blur(plane) for plane in planes[:: len(planes) // FEWEST]])
    top, bottom, left, right = np.median(boxes, axis=0).astype(int).tolist()
    return Rectangle(top, bottom, left, right)


def _longest(share: Shares) -> slice | None:
    """Return the lines of the longest run in which a share of the most that move does."""
    smooth = np.convolve(share, np.ones(_SMOOTH) / _SMOOTH, "same")
    on = np.concatenate([[False], smooth >= _SHARE * smooth.max(), [False]])
    edges = np.flatnonzero(np.diff(on.astype(np.int8))).reshape(-1, 2)
    if not len(edges) or smooth.max() <= 0:
        return None
    start, end = edges[(edges[:, 1] - edges[:, 0]).argmax()]
    return slice(int(start), int(end))


def _snapped(span: slice, steps: Shares) -> tuple[int, int]:
    """Move both ends to the largest step between two lines that is near; an end of the frame stays where it is."""
    reach = max(2, round(_REACH * (len(steps) + 1)))
    start, end = span.start, span.stop
    return (_nearest(start, steps, reach) if start else 0), (_nearest(end, steps, reach) if end <= len(steps) else end)


def _nearest(line: int, steps: Shares, reach: int) -> int:
    first = max(0, line - 1 - reach)
    return first + 1 + int(steps[first : line + reach].argmax())
