"""Where a known picture is in a probe: a similarity that many matched corners agree on, refined to an affine map.

Hypotheses come from pairs of matches whose own scales and angles agree, in a fixed order: the same two pictures always
give the same answer. The map is then checked against pixels that took no part in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ischia.core.matching.intrinsics import kernel, popcount
from ischia.core.vision.features import STEP, Features, mirrored
from ischia.core.vision.gate import THUMB
from ischia.core.vision.keypoints import ANGLES, Ints, Words
from ischia.core.vision.plane import Bytes, read_only

Doubles = npt.NDArray[np.float64]

LARGEST_DISTANCE: Final = 72
TOLERANCE: Final = 4.0
LEAST_INLIERS: Final = 5
LEAST_SCALE: Final = 0.12
LARGEST_SCALE: Final = 8.0
LARGEST_STRETCH: Final = 2.2

_CLOSEST: Final = 90
_HYPOTHESES: Final = 1500
_RATIO: Final = 0.92
_CELL: Final = 8.0
_GRID: Final = 8


@dataclass(frozen=True, slots=True)
class Placement:
    """An affine map from the known picture's plane to the probe's: `matrix` float64[2, 3].

    `inliers` are agreeing corners at distinct places, `points` float64[n, 2] where agreeing corners are in the probe's
    plane; `blocks` of the known picture's 8x8 have texture and fall into
    the probe, and `agreement` is the share of them that look alike there; `covered` is the share of the known picture
    inside of the probe.
    """

    matrix: Doubles
    inliers: int
    points: Doubles
    mirrored: bool
    covered: float
    blocks: int
    agreement: float
    stretch: float

    @property
    def alike(self) -> int:
        """How many blocks look alike."""
        return round(self.blocks * self.agreement)


class Fit(NamedTuple):
    """An affine map from the known picture's plane to the probe's, and the corners that agree on it."""

    matrix: Doubles
    inliers: int
    points: Doubles


@kernel
def _nearest(
    probe: Words, entry: Words, x: npt.NDArray[np.float32], y: npt.NDArray[np.float32], out: Ints, distances: Ints
) -> None:
    """For each corner of the probe: the nearest of the entry, -1 when another place is about as near."""
    for i in range(probe.shape[0]):
        best, least, second = -1, 257, 257
        for j in range(entry.shape[0]):
            distance = 0
            for word in range(4):
                distance += int(popcount(probe[i, word] ^ entry[j, word]))
            if distance < least:
                if best >= 0 and (x[j] - x[best]) ** 2 + (y[j] - y[best]) ** 2 > 100:
                    second = least
                best, least = j, distance
            elif distance < second and (x[j] - x[best]) ** 2 + (y[j] - y[best]) ** 2 > 100:
                second = distance
        clear = least <= LARGEST_DISTANCE and least < _RATIO * second
        out[i], distances[i] = best if clear else -1, least


@kernel
def best_similarity(a: Doubles, b: Doubles, scales: Doubles, turns: Doubles, closest: int, best: Doubles) -> int:
    """Try the maps of pairs of matches from `a` to `b`; write the one with most agreeing matches, return how many."""
    most, tried = 0, 0
    count = a.shape[0]
    for gap in range(1, closest):
        for i in range(closest - gap):
            j = i + gap
            if tried >= _HYPOTHESES:
                return most
            ax, ay = a[j, 0] - a[i, 0], a[j, 1] - a[i, 1]
            bx, by = b[j, 0] - b[i, 0], b[j, 1] - b[i, 1]
            length = ax * ax + ay * ay
            if length < 400 or bx * bx + by * by < 100:
                continue
            c, s = (ax * bx + ay * by) / length, (ax * by - ay * bx) / length
            scale, turn = np.sqrt(c * c + s * s), np.arctan2(s, c)
            fits = True
            for k in (i, j):
                off = abs((turns[k] - turn + np.pi) % (2 * np.pi) - np.pi)
                if off > 0.6 or scales[k] > scale * 1.7 or scales[k] * 1.7 < scale:
                    fits = False
            if not fits:
                continue
            tried += 1
            tx, ty = b[i, 0] - c * a[i, 0] + s * a[i, 1], b[i, 1] - s * a[i, 0] - c * a[i, 1]
            agreeing = 0
            for k in range(count):
                dx = c * a[k, 0] - s * a[k, 1] + tx - b[k, 0]
                dy = s * a[k, 0] + c * a[k, 1] + ty - b[k, 1]
                if dx * dx + dy * dy < 64 and scales[k] < scale * 1.9 and scales[k] * 1.9 > scale:
                    agreeing += 1
            if agreeing > most:
                most = agreeing
                best[0], best[1], best[2], best[3] = c, s, tx, ty
    return most


def place(probe: Features, entry: Features, *, flip: bool) -> Fit | None:
    """Return the affine map from the entry's plane to the probe's, None when there is none.

    `flip` looks for the known picture mirrored; the map then has a negative determinant.
    """
    turned = mirrored(probe) if flip else probe
    nearest, distances = np.empty(len(probe), np.int64), np.empty(len(probe), np.int64)
    _nearest(turned.words, entry.words, entry.x, entry.y, nearest, distances)
    rows = np.flatnonzero(nearest >= 0)
    if rows.size < LEAST_INLIERS:
        return None
    rows = rows[np.argsort(distances[rows], kind="stable")]
    return _fitted(probe, entry, rows, nearest[rows], flip=flip)


def _fitted(probe: Features, entry: Features, rows: Ints, known: Ints, *, flip: bool) -> Fit | None:
    a = np.stack((entry.x[known], entry.y[known]), axis=1).astype(np.float64)
    b = np.stack((probe.x[rows], probe.y[rows]), axis=1).astype(np.float64)
    scales = np.power(STEP, (probe.level[rows] - entry.level[known]).astype(np.float64))
    angle, known_angle = probe.turn[rows] * (2 * np.pi / ANGLES), entry.turn[known] * (2 * np.pi / ANGLES)
    if flip:
        b[:, 0], angle = -b[:, 0], np.pi - angle
    best = np.zeros(4)
    if best_similarity(a, b, scales, angle - known_angle, min(_CLOSEST, len(a)), best) < LEAST_INLIERS - 1:
        return None
    c, s, tx, ty = best
    refined = _refined(np.array([[c, -s, tx], [s, c, ty]]), a, b)
    if refined is None:
        return None
    matrix, near = refined
    points = b[near]
    if flip:
        matrix, points = matrix * np.array([[-1.0], [1.0]]), points * np.array([-1.0, 1.0])
    return Fit(matrix, min(places(a[near]), places(points)), points)


def _refined(matrix: Doubles, a: Doubles, b: Doubles) -> tuple[Doubles, npt.NDArray[np.bool_]] | None:
    """Fit an affine map to what agrees, three times over."""
    for tolerance in (8.0, 6.0, TOLERANCE, TOLERANCE):
        near = np.hypot(*(a @ matrix[:, :2].T + matrix[:, 2] - b).T) < tolerance
        if near.sum() < LEAST_INLIERS:
            return None
        if tolerance == TOLERANCE and not _sane(matrix):
            return None
        design = np.column_stack((a[near], np.ones(int(near.sum()))))
        # A little weight on the map so far keeps few or collinear corners from stretching it.
        weight = 30.0 * np.eye(3)[:2]
        left = np.concatenate((design, weight))
        right = np.concatenate((b[near], weight @ matrix.T))
        matrix = np.linalg.lstsq(left, right, rcond=None)[0].T
    near = np.hypot(*(a @ matrix[:, :2].T + matrix[:, 2] - b).T) < TOLERANCE
    return (matrix, near) if near.sum() >= LEAST_INLIERS and _sane(matrix) else None


def stretch_of(matrix: Doubles) -> float:
    """Return how much more the map enlarges in one direction than in another."""
    values = np.linalg.svd(matrix[:, :2], compute_uv=False)
    return float(values[0] / max(values[1], 1e-9))


def _sane(matrix: Doubles) -> bool:
    determinant = float(np.linalg.det(matrix[:, :2]))
    scale = abs(determinant) ** 0.5
    return determinant > 0 and LEAST_SCALE < scale < LARGEST_SCALE and stretch_of(matrix) < LARGEST_STRETCH


def places(points: Doubles) -> int:
    """Count distinct cells: corners found at several levels of one place are one piece of evidence."""
    return len({(int(x // _CELL), int(y // _CELL)) for x, y in points})


@kernel
def _box_means(sums: Doubles, xs: Doubles, ys: Doubles, half: float, out: Doubles) -> None:
    """Write the mean of the box around each point from a summed-area table, NaN for points outside."""
    height, width = sums.shape[0] - 1, sums.shape[1] - 1
    for i in range(xs.shape[0]):
        if xs[i] < 0 or ys[i] < 0 or xs[i] > width - 1 or ys[i] > height - 1:
            out[i] = np.nan
            continue
        left, right = max(0, int(xs[i] - half + 0.5)), min(width, int(xs[i] + half + 0.5) + 1)
        top, bottom = max(0, int(ys[i] - half + 0.5)), min(height, int(ys[i] + half + 0.5) + 1)
        total = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
        out[i] = total / ((right - left) * (bottom - top))


@kernel
def _summed(plane: Bytes, out: Doubles) -> None:
    for y in range(plane.shape[0]):
        total = 0
        for x in range(plane.shape[1]):
            total += int(plane[y, x])
            out[y + 1, x + 1] = out[y, x + 1] + total


def summed(plane: Bytes) -> Doubles:
    """Return the summed-area table of a plane, float64[height + 1, width + 1]."""
    sums = np.zeros((plane.shape[0] + 1, plane.shape[1] + 1))
    _summed(read_only(plane), sums)
    return sums


def check(fit: Fit, sums: Doubles, entry: Features, thumb: Bytes, *, flip: bool) -> Placement:
    """Compare the known picture's thumbnail, uint8[64, 64], with the probe's pixels where the map puts them."""
    matrix = fit.matrix
    u, v = np.meshgrid(np.arange(THUMB) + 0.5, np.arange(THUMB) + 0.5)
    x, y = u.reshape(-1) * (entry.width / THUMB) - 0.5, v.reshape(-1) * (entry.height / THUMB) - 0.5
    mapped = matrix[:, :2] @ np.stack((x, y)) + matrix[:, 2:]
    scale = abs(float(np.linalg.det(matrix[:, :2]))) ** 0.5
    half = max(0.0, scale * (entry.width * entry.height) ** 0.5 / THUMB / 2 - 0.5)
    seen = np.empty(THUMB * THUMB)
    _box_means(sums, np.ascontiguousarray(mapped[0]), np.ascontiguousarray(mapped[1]), half, seen)
    blocks, agreement = _alike(seen.reshape(THUMB, THUMB), thumb)
    covered = float(np.isfinite(seen).mean())
    return Placement(*fit, flip, covered, blocks, agreement, stretch_of(matrix))


def _alike(seen: Doubles, thumb: Bytes) -> tuple[int, float]:
    a, b = _blocks(seen), _blocks(thumb.astype(np.float64))
    whole = np.isfinite(a).all(axis=1) & (b.std(axis=1) > 5)
    if not whole.any():
        return 0, 0.0
    a, b = a[whole] - a[whole].mean(axis=1, keepdims=True), b[whole] - b[whole].mean(axis=1, keepdims=True)
    norm = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    correlations = (a * b).sum(axis=1) / np.maximum(norm, 1e-9)
    return int(whole.sum()), float((correlations >= 0.7).mean())


def _blocks(thumb: Doubles) -> Doubles:
    side = THUMB // _GRID
    return thumb.reshape(_GRID, side, _GRID, side).swapaxes(1, 2).reshape(_GRID * _GRID, side * side)
