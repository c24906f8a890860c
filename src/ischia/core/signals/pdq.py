"""PDQ: 256 bits of a picture that survive re-encoding.

The definition is facebook/ThreatExchange `pdq/cpp` (BSD): luma, two passes of box filters along rows and columns, 64x64
samples, 16x16 frequencies of a cosine transform, one bit each for above the median. `hash_pixels` repeats its float32
operations in their order, so that hash and quality are equal bit for bit. Everything before the transform is linear and
separable, which `hash_luma` uses: two small matrices give the same samples but for rounding, at a fraction of the time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import numba
import numpy as np
import numpy.typing as npt

from ischia.core.signals.types import hamming

__all__ = [
    "SMALLEST",
    "Pdq",
    "hamming",
    "hash_luma",
    "hash_luma_strips",
    "hash_pixels",
    "hash_samples",
    "turned",
    "upright",
    "warm",
]

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

SMALLEST: Final = 5
"""Pictures narrower or lower than this have the hash of 256 zeros and quality 0, as in the reference."""


class Pdq(NamedTuple):
    """A hash as 64 hexadecimal digits, first digit = highest frequencies, and its quality from 0 to 100."""

    hash: str
    quality: int


# Thin pictures have equal samples side by side, whose frequencies tie at the median: there rounding decides bits.
_MAPPED: Final = 128
_UNHASHABLE: Final = Pdq("0" * 64, 0)

if TYPE_CHECKING:
    _F = TypeVar("_F")

    def _compiled(function: _F) -> _F: ...
else:
    # No fastmath: reassociated or fused sums would no longer be those of the reference, nor the same on every machine.
    _compiled = numba.njit(cache=True, nogil=True, error_model="numpy")


def _cosines() -> Floats:
    scale = float(np.float32(math.sqrt(2.0 / 64)))
    step = math.pi / 2.0 / 64
    rows = [[scale * math.cos(step * (i + 1) * (2 * j + 1)) for j in range(64)] for i in range(16)]
    return np.array(rows, np.float32)


_COSINES: Final = _cosines()
_HALF: Final = np.float32(2)
_QUALITY_SCALE: Final = np.float32(100)
_WHITE: Final = np.float32(255)


@_compiled
def _luma(pixels: Bytes, out: Floats) -> None:
    """Weigh the colours in double precision and round once, as the reference's Python binding does."""
    for x in range(pixels.shape[0]):
        out[x] = np.float32(
            np.float64(pixels[x, 0]) * 0.299 + np.float64(pixels[x, 1]) * 0.587 + np.float64(pixels[x, 2]) * 0.114
        )


@_compiled
def _box(source: Floats, out: Floats, window: int) -> None:
    """Write the running mean over `window` neighbours, fewer at both ends (`box1DFloat`)."""
    length = source.shape[0]
    ahead = (window + 2) // 2 - 1
    total = np.float32(0)
    for i in range(ahead):
        total += source[i]
    left, count = 0, ahead
    for i in range(length):
        if i + ahead < length:
            total += source[i + ahead]
            count += 1
        if count > window or i + ahead >= length:
            total -= source[left]
            left += 1
            count -= 1
        out[i] = total / np.float32(count)


@_compiled
def _add_row(totals: Floats, row: Floats) -> None:
    for x in range(totals.shape[0]):
        totals[x] += row[x]


@_compiled
def _subtract_row(totals: Floats, row: Floats) -> None:
    for x in range(totals.shape[0]):
        totals[x] -= row[x]


@_compiled
def _divide_row(totals: Floats, count: int, out: Floats) -> None:
    divisor = np.float32(count)
    for x in range(totals.shape[0]):
        out[x] = totals[x] / divisor


@_compiled
def _filtered_columns(pixels: Bytes, centres: npt.NDArray[np.int64]) -> Floats:
    """Apply both passes along rows and the first along columns, kept only at the columns that are sampled.

    Rows stream through a ring of one window's height, so the picture is read once and stays in the cache.
    """
    height, width = pixels.shape[0], pixels.shape[1]
    across, down = (width + 127) // 128, (height + 127) // 128
    ahead = (down + 2) // 2 - 1
    ring = np.empty((down + 1, width), np.float32)
    totals = np.zeros(width, np.float32)
    line = np.empty(width, np.float32)
    out = np.empty((height, centres.shape[0]), np.float32)
    left, count = 0, 0
    for read in range(height + ahead):
        written = read - ahead
        if read < height:
            row = ring[read % (down + 1)]
            _luma(pixels[read], line)
            _box(line, row, across)
            _add_row(totals, row)
            count += 1
        if written < 0:
            continue
        if count > down or read >= height:
            _subtract_row(totals, ring[left % (down + 1)])
            left += 1
            count -= 1
        _divide_row(totals, count, line)
        _box_at(line, across, centres, out[written])
    return out


@_compiled
def _box_at(source: Floats, window: int, centres: npt.NDArray[np.int64], out: Floats) -> None:
    """`_box`, written only at `centres` (ascending)."""
    length = source.shape[0]
    ahead = (window + 2) // 2 - 1
    total = np.float32(0)
    for i in range(ahead):
        total += source[i]
    left, count, wanted = 0, ahead, 0
    for i in range(length):
        if i + ahead < length:
            total += source[i + ahead]
            count += 1
        if count > window or i + ahead >= length:
            total -= source[left]
            left += 1
            count -= 1
        while wanted < centres.shape[0] and centres[wanted] == i:
            out[wanted] = total / np.float32(count)
            wanted += 1


@_compiled
def _filtered_samples(columns: Floats, centres: npt.NDArray[np.int64]) -> Floats:
    """Apply the second pass along columns, kept only at the rows that are sampled."""
    window = (columns.shape[0] + 127) // 128
    across = np.ascontiguousarray(columns.T)
    out = np.empty((64, 64), np.float32)
    for x in range(64):
        _box_at(across[x], window, centres, out[:, x])
    return out


@_compiled
def _quality(samples: Floats) -> int:
    gradients = 0
    for i in range(63):
        for j in range(64):
            down = (samples[i, j] - samples[i + 1, j]) * _QUALITY_SCALE / _WHITE
            across = (samples[j, i] - samples[j, i + 1]) * _QUALITY_SCALE / _WHITE
            gradients += abs(int(down)) + abs(int(across))
    return min(100, gradients // 90)


@_compiled
def _frequencies(samples: Floats) -> Floats:
    half = np.empty((16, 64), np.float32)
    for i in range(16):
        for j in range(64):
            total = np.float32(0)
            for k in range(64):
                total += _COSINES[i, k] * samples[k, j]
            half[i, j] = total
    out = np.empty((16, 16), np.float32)
    for i in range(16):
        for j in range(16):
            total = np.float32(0)
            for k in range(64):
                total += half[i, k] * _COSINES[j, k]
            out[i, j] = total
    return out


@_compiled
def _sample_pixels(pixels: Bytes) -> Floats:
    height, width = pixels.shape[0], pixels.shape[1]
    columns = np.empty(64, np.int64)
    rows = np.empty(64, np.int64)
    for i in range(64):
        columns[i] = int((i + 0.5) * width / 64)
        rows[i] = int((i + 0.5) * height / 64)
    return _filtered_samples(_filtered_columns(pixels, columns), rows)


@_compiled
def _add_luma(plane: Bytes, samples: npt.NDArray[np.int64], weights: Floats, lines: Floats) -> None:
    """Add each row y to the lines `samples[y]` (-1 for none), with `weights[y]`."""
    for y in range(plane.shape[0]):
        source = plane[y]
        for k in range(samples.shape[1]):
            if samples[y, k] >= 0:
                line, weight = lines[samples[y, k]], weights[y, k]
                for x in range(source.shape[0]):
                    line[x] += weight * np.float32(source[x])


@_compiled
def _sum_columns(lines: Floats, starts: npt.NDArray[np.int64], weights: Floats) -> Floats:
    """Sum `weights[j]` times each line from `starts[j]` on."""
    out = np.empty((64, 64), np.float32)
    for i in range(64):
        for j in range(64):
            total, start = np.float32(0), starts[j]
            for k in range(weights.shape[1]):
                total += weights[j, k] * lines[i, start + k]
            out[i, j] = total
    return out


def _box_weights(length: int) -> npt.NDArray[np.float64]:
    """Return the 64 x `length` matrix of two box passes and the choice of 64 samples, in double precision."""
    window = (length + 127) // 128
    ahead = (window + 2) // 2 - 1
    first = np.arange(length) - (window - 1 - ahead)
    box = [(max(0, f), min(length, f + window)) for f in first.tolist()]
    weights = np.zeros((64, length))
    for sample in range(64):
        left, right = box[int((sample + 0.5) * length / 64)]
        for middle in range(left, right):
            a, b = box[middle]
            weights[sample, a:b] += 1.0 / ((right - left) * (b - a))
    return weights


class _Axis(NamedTuple):
    """One axis of the linear map, sparse: by sample (start, weights) and by pixel (samples, weights)."""

    starts: npt.NDArray[np.int64]
    by_sample: Floats
    samples: npt.NDArray[np.int64]
    by_pixel: Floats


@lru_cache(maxsize=64)
def _axis(length: int, *, mirrored: bool) -> _Axis:
    weights = _box_weights(length)
    if mirrored:
        weights = weights[:, ::-1]
    used = weights > 0
    widest = int(used.sum(axis=1).max())
    starts = np.minimum(used.argmax(axis=1), length - widest)
    by_sample = np.array([row[start : start + widest] for row, start in zip(weights, starts, strict=True)], np.float32)
    order = np.argsort(~used, axis=0, kind="stable")[: int(used.sum(axis=0).max())].T
    by_pixel = np.take_along_axis(weights.T, order, axis=1)
    samples = np.where(by_pixel > 0, order, -1)
    return _Axis(starts, by_sample, np.ascontiguousarray(samples), np.ascontiguousarray(by_pixel.astype(np.float32)))


def _read_only(pixels: Bytes) -> Bytes:
    """Return a contiguous view that cannot be written, so that every kernel is compiled for one kind of array."""
    view = np.ascontiguousarray(pixels).view()
    view.flags.writeable = False
    return view


def hash_samples(samples: Floats) -> Pdq:
    """Return the hash of 64x64 float32 samples of luma, as the reference has them after filter and decimation."""
    frequencies = _frequencies(samples)
    # Torben's median of an even count is the lower of the two middle values.
    bits = frequencies > np.partition(frequencies, 127, axis=None)[127]
    return Pdq(np.packbits(bits.reshape(-1)[::-1]).tobytes().hex(), int(_quality(samples)))


def hash_pixels(pixels: npt.NDArray[Any]) -> Pdq:
    """Return hash and quality of a picture, equal bit for bit to pdqhash 0.2.8.

    `pixels` is uint8, height x width x 3 (red, green, blue) or height x width (grey), in upright orientation.
    Raises `ValueError` for any other shape or type.
    """
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] != 3):
        raise ValueError(f"need uint8 pixels, height x width (x 3), not {pixels.dtype} of shape {pixels.shape}")
    if min(pixels.shape[:2]) < SMALLEST:
        return _UNHASHABLE
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[:, :, np.newaxis], 3, axis=2)
    return hash_samples(_sample_pixels(_read_only(pixels)))


def hash_luma(plane: Bytes, *, orientation: int = 1) -> Pdq:
    """Return hash and quality from the luma plane (Y of a JPEG), within 2 bits of `hash_pixels` on the same plane.

    `plane` is uint8, height x width, as stored; `orientation` is the EXIF orientation (1 to 8) that makes it upright.
    Planes less than 128 high or wide are hashed by `hash_pixels` itself. Where quality is low (below 50) frequencies
    tie and more bits may differ. Raises `ValueError` for another shape or type.
    """
    if plane.dtype != np.uint8 or plane.ndim != 2:
        raise ValueError(f"need a uint8 plane, height x width, not {plane.dtype} of shape {plane.shape}")
    height, width = plane.shape
    return hash_luma_strips([plane], height=height, width=width, orientation=orientation)


def hash_luma_strips(strips: Iterable[Bytes], *, height: int, width: int, orientation: int = 1) -> Pdq:
    """Return what `hash_luma` returns, from consecutive strips of rows that make up the plane from the top down.

    Strips that fit the cache spare the copy of the whole plane. The orientation is applied to the two small matrices
    and not to the pixels.
    """
    if min(height, width) < _MAPPED:
        return hash_pixels(upright(np.concatenate(list(strips)), orientation))
    turned = orientation >= 5
    rows = _axis(height, mirrored=orientation in ((6, 7) if turned else (3, 4)))
    columns = _axis(width, mirrored=orientation in ((7, 8) if turned else (2, 3)))
    lines = np.zeros((64, width), np.float32)
    top = 0
    for strip in strips:
        bottom = top + strip.shape[0]
        if bottom > height or strip.shape[1] != width:
            raise ValueError(f"a strip of shape {strip.shape} does not fit at row {top} of {height} x {width}")
        _add_luma(_read_only(strip), rows.samples[top:bottom], rows.by_pixel[top:bottom], lines)
        top = bottom
    if top != height:
        raise ValueError(f"the strips have {top} rows, need {height}")
    samples = _sum_columns(lines, columns.starts, columns.by_sample)
    return hash_samples(np.ascontiguousarray(samples.T) if turned else samples)


def turned(value: str) -> dict[str, str]:
    """Return about what the picture with this hash has when it is turned or mirrored, by what was done to it.

    A mirrored picture has the same frequencies with the odd ones' signs changed, a turned one has rows and columns
    exchanged as well. The median is nearly zero, so the signs are nearly the bits: typically 6 bits of 256 are off in
    large pictures, 14 in small ones, whose samples are not taken symmetrically.
    Rotations are clockwise, and after the mirroring.
    """
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(value), np.uint8))[::-1].reshape(16, 16)
    # Frequencies count from 1, so that the odd ones have the even places.
    across = np.broadcast_to(np.arange(16) % 2 == 0, (16, 16)).astype(np.uint8)
    down, exchanged = across.T, bits.T
    found = {
        "rotated_90": exchanged ^ across,
        "rotated_180": bits ^ across ^ down,
        "rotated_270": exchanged ^ down,
        "mirrored": bits ^ across,
        "mirrored_rotated_90": exchanged ^ across ^ down,
        "mirrored_rotated_180": bits ^ down,
        "mirrored_rotated_270": exchanged,
    }
    return {done: np.packbits(square.reshape(-1)[::-1]).tobytes().hex() for done, square in found.items()}


def upright(pixels: npt.NDArray[Any], orientation: int) -> npt.NDArray[Any]:
    """Return a view of `pixels` (height x width, or with channels) turned as EXIF `orientation` (1 to 8) says."""
    turned = pixels.swapaxes(0, 1) if orientation >= 5 else pixels
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    return turned[:, ::-1] if orientation in (2, 3, 6, 7) else turned


def warm() -> None:
    """Compile every kernel, or load it from numba's cache, so that the first picture is not slower than the next."""
    picture = np.zeros((_MAPPED, _MAPPED, 3), np.uint8)
    hash_pixels(picture)
    hash_luma(picture[:, :, 0])
