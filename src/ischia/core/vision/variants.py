"""PDQ hashes of a picture as re-uploads change it: trimmed, turned and mirrored (probes), cropped (known pictures)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np

from ischia.core.signals import Signal, pdq
from ischia.core.signals.hygiene import junk
from ischia.core.vision.borders import Rectangle, trim, trim_blur, trim_captions
from ischia.core.vision.plane import SMALLEST, Bytes, Floats
from ischia.core.vision.results import WHOLE, Box, Kind
from ischia.core.vision.samples import detail, samples

COMPLEMENT: Final = 225
"""Hashes at least this far apart are of a picture and its negative: all but 31 bits differ."""


LEAST_LEVELS: Final = 2.0
LEAST_SHARE: Final = 0.15
"""A part is hashed if it deviates so far from stripes: in grey levels, and as a share of its contrast."""


class Variant(NamedTuple):
    """A hash of 32 bytes, its PDQ quality, what was done before hashing, and which part of the picture it is of."""

    kind: Kind
    hash: bytes
    quality: int
    box: Box = WHOLE

    @property
    def name(self) -> str:
        """The variant of a `Signal`: empty for the whole picture as it is, else such as `trimmed@0.1000,0,1,0.9000`."""
        return name_of(self.kind, self.box)


# What `np.rot90(samples, k)` shows when the probe is the known picture turned the other way round.
_TURNS: Final = (Kind.AS_IS, Kind.ROTATED_90, Kind.ROTATED_180, Kind.ROTATED_270)
_MIRRORS: Final = (
    Kind.MIRRORED,
    Kind.MIRRORED_ROTATED_90,
    Kind.MIRRORED_ROTATED_180,
    Kind.MIRRORED_ROTATED_270,
)

_CROPS: Final = (
    Box(0.025, 0.025, 0.975, 0.975),
    Box(0.05, 0.05, 0.95, 0.95),
    Box(0.1, 0.1, 0.9, 0.9),
    Box(0.12, 0.0, 1.0, 1.0),
    Box(0.0, 0.0, 0.88, 1.0),
    Box(0.0, 0.13, 1.0, 1.0),
    Box(0.0, 0.0, 1.0, 0.87),
)


def name_of(kind: Kind, box: Box = WHOLE) -> str:
    """Return the words under which a variant is stored, of at most 64 characters."""
    if box == WHOLE:
        return "" if kind is Kind.AS_IS else str(kind)
    return f"{kind}@{','.join(f'{edge:.4f}' for edge in box)}"


def variant_of(name: str) -> tuple[Kind, Box]:
    """Return what `name_of` made a name of; ValueError for any other text."""
    kind, at, edges = name.partition("@")
    box = Box(*(float(edge) for edge in edges.split(","))) if at else WHOLE
    return Kind(kind or Kind.AS_IS), box


def shown(plane: Bytes, kind: Kind, box: Box) -> Bytes:
    """Return the part of a plane that a variant is of, turned as the known picture is; contiguous, not empty."""
    height, width = plane.shape
    top, left = min(height - 1, round(box.top * height)), min(width - 1, round(box.left * width))
    bottom, right = max(top + 1, round(box.bottom * height)), max(left + 1, round(box.right * width))
    inner = plane[top:bottom, left:right]
    if kind in _TURNS:
        inner = np.rot90(inner, _TURNS.index(kind))
    elif kind in _MIRRORS:
        inner = np.rot90(inner, _MIRRORS.index(kind))[:, ::-1]
    elif kind is Kind.INVERTED:
        inner = 255 - inner
    return np.ascontiguousarray(inner)


def probe_hashes(plane: Bytes) -> tuple[Variant, ...]:
    """Return the hashes with which a probe is searched: of the whole and of what frames enclose, each in 8 positions.

    `plane` is uint8[height, width] from `reduced`. The negative of each is among them as its complement. Parts without
    detail, such as stripes within a frame, are left out, and pictures without any have one hash. Empty for planes
    smaller than 32 pixels.
    """
    if min(plane.shape) < SMALLEST:
        return ()
    return tuple(variant for kind, box in _insides(plane) for variant in _positions(plane, kind, box))


def upright_hashes(plane: Bytes) -> tuple[Variant, ...]:
    """Return those of `probe_hashes` that are neither turned nor negative: the others follow from them."""
    if min(plane.shape) < SMALLEST:
        return ()
    return tuple(_sound_ones(plane, _insides(plane)))


def bank_hashes(plane: Bytes) -> tuple[Variant, ...]:
    """Return the hashes under which a known picture is kept: whole, and trimmed and cropped where that has detail."""
    if min(plane.shape) < SMALLEST:
        return ()
    return tuple(_sound_ones(plane, _kept(plane)))


def _kept(plane: Bytes) -> Iterator[tuple[Kind, Rectangle]]:
    height, width = plane.shape
    whole = Rectangle(0, height, 0, width)
    yield Kind.AS_IS, whole
    inner = trim(plane)
    if inner != whole:
        yield Kind.TRIMMED, inner
    for crop in _CROPS:
        yield Kind.CROP_OF_ENTRY, _pixels(inner, crop)
    if abs(height - width) > 0.02 * max(height, width):
        yield Kind.CROP_OF_ENTRY, _square(inner)


def _insides(plane: Bytes) -> Iterator[tuple[Kind, Rectangle]]:
    seen = {whole := Rectangle(0, plane.shape[0], 0, plane.shape[1])}
    yield Kind.AS_IS, whole
    for find in (trim, trim_captions, trim_blur):
        box = find(plane)
        if box not in seen:
            seen.add(box)
            yield Kind.TRIMMED, box


def _positions(plane: Bytes, kind: Kind, box: Rectangle) -> Iterator[Variant]:
    upright = samples(box.cut(plane))
    where = _fractions(plane, box)
    first = _hashed(upright, kind, where)
    sound = _sound(upright, first)
    if sound or box == Rectangle(0, plane.shape[0], 0, plane.shape[1]):
        yield first
    if not sound:
        return
    for turns in range(4):
        if turns:
            yield _hashed(np.rot90(upright, turns), _TURNS[turns], where)
        yield _hashed(np.rot90(upright, turns)[:, ::-1], _MIRRORS[turns], where)
    yield Variant(Kind.INVERTED, bytes(byte ^ 255 for byte in first.hash), first.quality, where)


def _hashed(of: Floats, kind: Kind, box: Box) -> Variant:
    found = pdq.hash_samples(np.ascontiguousarray(of))
    return Variant(kind, bytes.fromhex(found.hash), found.quality, box)


def _sound_ones(plane: Bytes, parts: Iterable[tuple[Kind, Rectangle]]) -> Iterator[Variant]:
    """Hash the whole whatever it is, and parts that have something to hash."""
    for kind, box in parts:
        seen = samples(box.cut(plane))
        variant = _hashed(seen, kind, _fractions(plane, box))
        if variant.box == WHOLE or _sound(seen, variant):
            yield variant


def _sound(seen: Floats, variant: Variant) -> bool:
    levels, share = detail(seen)
    if levels < LEAST_LEVELS or share < LEAST_SHARE:
        return False
    return not junk(Signal("pdq", 1, variant.hash.hex(), variant.quality))


def _pixels(within: Rectangle, crop: Box) -> Rectangle:
    height, width = within.bottom - within.top, within.right - within.left
    return Rectangle(
        within.top + round(crop.top * height),
        within.top + round(crop.bottom * height),
        within.left + round(crop.left * width),
        within.left + round(crop.right * width),
    )


def _square(within: Rectangle) -> Rectangle:
    height, width = within.bottom - within.top, within.right - within.left
    side = min(height, width)
    top, left = within.top + (height - side) // 2, within.left + (width - side) // 2
    return Rectangle(top, top + side, left, left + side)


def _fractions(plane: Bytes, box: Rectangle) -> Box:
    height, width = plane.shape
    return Box(box.left / width, box.top / height, box.right / width, box.bottom / height)
