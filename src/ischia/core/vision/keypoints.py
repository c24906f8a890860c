"""Corners and their binary descriptors, compiled.

Corners are local maxima of the smaller eigenvalue of the gradients' covariance (Shi and Tomasi, "Good features to
track", 1994), thinned to an even spread. Descriptors are 256 comparisons of brightness in a patch turned to its
intensity centroid (Calonder et al., "BRIEF", 2010; Rublee et al., "ORB", 2011), with a pattern of our own: comparison
i + 128 is the mirror image of comparison i, so that the descriptor of the mirrored picture is the same two halves in
the other order, and mirrored copies are found without describing anything twice.
"""

from __future__ import annotations

import base64
from typing import Final

import numpy as np
import numpy.typing as npt

from ischia.core.matching.intrinsics import kernel
from ischia.core.vision.plane import Bytes, Floats

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

RADIUS: Final = 13
"""Pixels around a corner, on its own level, that its descriptor looks at."""

ANGLES: Final = 64
_HALF: Final = 128

# x and y of both pixels of 128 comparisons, in eighths of a pixel: chosen greedily from 2,000 random ones, on pictures
# outside the benchmark's test split, for values that are evenly spread and little correlated.
_COMPARISONS: Final = (
    ">fYf!MAl6@E+scV^TGQ4z0I&G_q_Sr^HlS~EH)$qB;6w$ME^V%C-ybI0zLuCSllw`;xN}q(a_ob@-ywR2(SuP{JHg<*5=R*$K<N<"
    "{T}>Ir02v6p(x815djMw)C|Zt3h537S^i7u!nNMzS0h6f8a64h5XK@?ODQ)y4$2be(LCS3PyQ(lPwqCj9~&1t0O0i}BdH3@<N3!K"
    "1xNCsz$L>%ry0*X+dskOJrg1N-K@FB03{E#4_x>#?H{bkG2$P~BwhmS?>FE88rNbF#wp+<N!%k;uITFR?!MpN^Rv&o@MP8*_YLLe"
    "An!NjD%TI7@3X5r<`nqEHYpOjHuo7J?c~+?4oxjl%TVxB2oEg93n%c&n-BmG=rjEv{qfP@1WW1H7)SI>H8cEW0uoL`&8H0z3)A(*"
    "?<5Th`C}d99U=iWSk3??Q~3x=EDsMB`vnab_!8j??=l5H@w+^+>h%cFD)b261yrs66tUD)Bj5TX{~shT2rbVg5}&^7z&RD07vIlR"
    "{MRAXDqG~y)gTDd?Ikj?%Gw7i@AhQ!_O3`R_Dwm~s4X>EV-@PYLJ8zj_ZS`tAwJXs^3^aWFGkO~AT77R>n2zMB@fCu9Q)?(Fv7*$"
    "Am_8(KR47M8}+>pI2zQqT=mh?S^2v^t|lnNMnlKv"
)


def _pattern() -> npt.NDArray[np.int8]:
    """Return int8[angles, 256, 4]: x and y of the two pixels of each comparison, turned to each angle."""
    first = np.frombuffer(base64.b85decode(_COMPARISONS), np.int8).reshape(_HALF, 2, 2) / 8
    both = np.concatenate((first, first * (1, -1)))
    turns = np.arange(ANGLES) * (2 * np.pi / ANGLES)
    cos, sin = np.cos(turns)[:, None, None], np.sin(turns)[:, None, None]
    x, y = both[None, ..., 0], both[None, ..., 1]
    turned = np.stack((cos * x - sin * y, sin * x + cos * y), axis=-1)
    whole: npt.NDArray[np.int8] = np.rint(turned).astype(np.int8).reshape(ANGLES, 2 * _HALF, 4)
    return whole


PATTERN: Final = _pattern()


@kernel
def smooth(plane: Bytes) -> Bytes:
    """Convolve with 1 4 6 4 1 along rows and columns, edges repeated."""
    height, width = plane.shape
    across = np.empty((height, width), np.uint16)
    for y in range(height):
        row, out = plane[y], across[y]
        for x in range(2, width - 2):
            out[x] = row[x - 2] + 4 * row[x - 1] + 6 * row[x] + 4 * row[x + 1] + row[x + 2]
        for x in (0, 1, width - 2, width - 1):
            out[x] = 16 * row[x]
    result = np.empty((height, width), np.uint8)
    for y in range(height):
        a, b = across[max(0, y - 2)], across[max(0, y - 1)]
        c, d, e = across[y], across[min(height - 1, y + 1)], across[min(height - 1, y + 2)]
        target = result[y]
        for x in range(width):
            total = np.int32(a[x]) + 4 * np.int32(b[x]) + 6 * np.int32(c[x]) + 4 * np.int32(d[x]) + np.int32(e[x])
            target[x] = (total + 128) >> 8
    return result


@kernel
def _sum_lines(source: Floats, out: Floats) -> None:
    """Write for each row the sum of the five rows around it."""
    height, width = source.shape
    out[:] = 0
    for y in range(2, height - 2):
        for x in range(width):
            out[y, x] = source[y - 2, x] + source[y - 1, x] + source[y, x] + source[y + 1, x] + source[y + 2, x]


@kernel
def cornerness(plane: Bytes) -> Floats:
    """Return the smaller eigenvalue of the gradients' covariance in windows of 5x5, 0 at the edges."""
    height, width = plane.shape
    xx = np.zeros((height, width), np.float32)
    xy = np.zeros((height, width), np.float32)
    yy = np.zeros((height, width), np.float32)
    for y in range(1, height - 1):
        above, row, below = plane[y - 1], plane[y], plane[y + 1]
        for x in range(1, width - 1):
            dx = np.float32(row[x + 1]) - np.float32(row[x - 1])
            dy = np.float32(below[x]) - np.float32(above[x])
            xx[y, x], xy[y, x], yy[y, x] = dx * dx, dx * dy, dy * dy
    a, b, c = np.empty_like(xx), np.empty_like(xx), np.empty_like(xx)
    _sum_lines(xx, a)
    _sum_lines(xy, b)
    _sum_lines(yy, c)
    out = np.zeros((height, width), np.float32)
    for y in range(3, height - 3):
        p, q, r = a[y], b[y], c[y]
        for x in range(3, width - 3):
            sxx = p[x - 2] + p[x - 1] + p[x] + p[x + 1] + p[x + 2]
            sxy = q[x - 2] + q[x - 1] + q[x] + q[x + 1] + q[x + 2]
            syy = r[x - 2] + r[x - 1] + r[x] + r[x + 1] + r[x + 2]
            half = np.float32(0.5) * (sxx - syy)
            out[y, x] = np.float32(0.5) * (sxx + syy) - np.sqrt(half * half + sxy * sxy)
    return out


@kernel
def peaks(response: Floats, margin: int, least: float) -> tuple[Ints, Ints, Floats]:
    """Return rows, columns and values of local maxima of at least `least`, `margin` pixels or more from each edge."""
    height, width = response.shape
    most = max(1, (height * width) // 8)
    ys, xs, values = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.float32)
    found = 0
    for y in range(margin, height - margin):
        for x in range(margin, width - margin):
            value = response[y, x]
            if value < least or found >= most:
                continue
            before = max(response[y - 1, x - 1], response[y - 1, x], response[y - 1, x + 1], response[y, x - 1])
            after = max(response[y + 1, x - 1], response[y + 1, x], response[y + 1, x + 1], response[y, x + 1])
            if value > before and value >= after:
                ys[found], xs[found], values[found] = y, x, value
                found += 1
    return ys[:found], xs[:found], values[:found]


@kernel
def _spread(ys: Ints, xs: Ints, order: Ints, size: int, radius: int, chosen: Ints) -> int:
    """Take corners in `order` unless one nearer than `radius` was taken, until `chosen` is full; return how many."""
    cells = size // radius + 1
    grid = np.full((cells + 2, cells + 2), -1, np.int64)
    count = 0
    for i in order:
        if count == chosen.shape[0]:
            break
        row, column = ys[i] // radius + 1, xs[i] // radius + 1
        free = True
        for r in range(row - 1, row + 2):
            for c in range(column - 1, column + 2):
                other = grid[r, c]
                if other >= 0 and (ys[i] - ys[other]) ** 2 + (xs[i] - xs[other]) ** 2 < radius * radius:
                    free = False
        if free:
            grid[row, column] = i
            chosen[count] = i
            count += 1
    return count


@kernel
def spread(ys: Ints, xs: Ints, order: Ints, size: int, wanted: int) -> Ints:
    """Choose `wanted` corners, strongest first, as far apart as that many can be (by bisection of the distance)."""
    if order.shape[0] <= wanted:
        return order
    chosen = np.empty(wanted, np.int64)
    low, high = 1, max(2, size // 4)
    while high - low > 1:
        middle = (low + high) // 2
        if _spread(ys, xs, order, size, middle, chosen) == wanted:
            low = middle
        else:
            high = middle
    # Nearer than the even spread allows, so that strength counts too and a shifted frame chooses alike.
    count = _spread(ys, xs, order, size, max(1, (2 * low) // 3), chosen)
    return chosen[:count]


@kernel
def angles(plane: Bytes, ys: Ints, xs: Ints, radius: int) -> Floats:
    """Return the direction in radians from each corner to the centroid of brightness in the disc around it."""
    out = np.empty(ys.shape[0], np.float32)
    for i in range(ys.shape[0]):
        mx, my = 0, 0
        for dy in range(-radius, radius + 1):
            reach = int(np.sqrt(radius * radius - dy * dy))
            row = plane[ys[i] + dy]
            total = 0
            for dx in range(-reach, reach + 1):
                value = int(row[xs[i] + dx])
                mx += dx * value
                total += value
            my += dy * total
        out[i] = np.arctan2(my, mx)
    return out


@kernel
def describe(
    plane: Bytes, ys: Ints, xs: Ints, turns: Ints, pattern: npt.NDArray[np.int8], differences: npt.NDArray[np.int16]
) -> Words:
    """Return uint64[n, 4] descriptors; write each comparison's difference to int16[n, 256]."""
    out = np.zeros((ys.shape[0], 4), np.uint64)
    for i in range(ys.shape[0]):
        y, x, turned = ys[i], xs[i], pattern[turns[i]]
        for bit in range(256):
            a = np.int16(plane[y + turned[bit, 1], x + turned[bit, 0]])
            b = np.int16(plane[y + turned[bit, 3], x + turned[bit, 2]])
            differences[i, bit] = a - b
            if a > b:
                out[i, bit >> 6] |= np.uint64(1) << np.uint64(bit & 63)
    return out
