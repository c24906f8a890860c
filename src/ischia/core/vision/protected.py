"""Regions that are no evidence: what two pictures have in common there, such as a logo, does not count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ischia.core.vision.plane import SIDE
from ischia.core.vision.results import PictureMatch, Quad
from ischia.core.vision.search import SHAPED_INLIERS

MOST_COVERED: Final = 0.8
"""A match rests on protected regions that cover so much of where it is."""

MARGIN: Final = 0.02
"""Corners so near to a region, as a share of the picture, look into it."""

_GRID: Final = 24
_CELL: Final = 8.0

Points = npt.NDArray[np.float64]


def rests_on(match: PictureMatch, shields: Sequence[Quad]) -> bool:
    """Say whether a match has too little evidence outside of protected regions to be one.

    `shields` are the regions of the same probe, each with its corners in order, as fractions. A match by corners needs
    as many outside of all regions as it would need without regions; any other match needs a fifth of its area.
    """
    if not shields:
        return False
    if match.points:
        points = np.array(match.points)
        left = points[~_inside(points, shields, MARGIN)]
        return len({(int(x), int(y)) for x, y in left * (SIDE / _CELL)}) < SHAPED_INLIERS
    return float(_inside(_grid(match.where), shields, 0.0).mean()) >= MOST_COVERED


def _grid(quad: Quad) -> Points:
    """Return points spread over a quadrangle, those inside of the picture alone."""
    steps = (np.arange(_GRID) + 0.5) / _GRID
    u, v = (axis.reshape(-1, 1) for axis in np.meshgrid(steps, steps))
    a, b, c, d = np.array(quad)
    points: Points = (1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * d + u * c)
    seen = points[((points >= 0) & (points <= 1)).all(axis=1)]
    return seen if seen.size else points


def _inside(points: Points, shields: Sequence[Quad], margin: float) -> npt.NDArray[np.bool_]:
    covered = np.zeros(len(points), np.bool_)
    for shield in shields:
        covered |= _depth(points, np.array(shield)) >= -margin
    return covered


def _depth(points: Points, corners: Points) -> npt.NDArray[np.float64]:
    """Return how far inside of a convex quadrangle points are, negative outside, whichever way round it goes."""
    along = np.roll(corners, -1, axis=0) - corners
    away = points[:, None, :] - corners
    sides = along[:, 0] * away[..., 1] - along[:, 1] * away[..., 0]
    lengths = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-12)
    turn = 1.0 if along[0, 0] * along[1, 1] > along[0, 1] * along[1, 0] else -1.0
    depths: npt.NDArray[np.float64] = (turn * sides / lengths).min(axis=1)
    return depths
