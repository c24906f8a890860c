"""The hashes of a frame: of what bars enclose, of its quarters, of its crops, and mirrored.

A logo in a corner spoils one quarter and leaves three; a crop of the probe is a crop that the bank has; bars are cut
away on both sides. A probe is searched in all its variants, and kept in those that are not mirrored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from ischia.core.signals import pdq
from ischia.core.vision import Rectangle, trim_captions
from ischia.core.vision.plane import SMALLEST, Bytes
from ischia.core.vision.samples import samples

QUARTERS: Final[Mapping[str, tuple[float, float, float, float]]] = {
    "top_left": (0.0, 0.0, 0.5, 0.5),
    "top_right": (0.5, 0.0, 1.0, 0.5),
    "bottom_left": (0.0, 0.5, 0.5, 1.0),
    "bottom_right": (0.5, 0.5, 1.0, 1.0),
}
"""Left, top, right and bottom as fractions of the frame."""

_CROPS: Final[Mapping[str, tuple[float, float, float, float]]] = {
    "crop_96": (0.02, 0.02, 0.98, 0.98),
    "crop_90": (0.05, 0.05, 0.95, 0.95),
    "crop_80": (0.1, 0.1, 0.9, 0.9),
    "without_subtitles": (0.0, 0.0, 1.0, 0.85),
}
INSIDE: Final = "inside"
"""What is shown inside of the frame, before something that stands still or is blurred."""

_TURNS: Final[Mapping[str, float]] = {"turned_2": 2.0, "turned_-2": -2.0}
"""Degrees counter-clockwise."""

PROBE: Final = ("", *QUARTERS, "mirrored", INSIDE)
BANK: Final = ("", *QUARTERS, *_CROPS, *_TURNS)


class FrameHashes(NamedTuple):
    """Hashes of one frame by variant, uint8[n, 32], and their qualities, uint8[n]."""

    values: npt.NDArray[np.uint8]
    qualities: npt.NDArray[np.uint8]


def hashes_of(plane: Bytes, variants: tuple[str, ...], box: Rectangle | None = None) -> FrameHashes:
    """Return the hashes of uint8[height, width] of luma by `variants`, of quality 0 where it is too small.

    `box` is what `inside` found in this frame and its neighbours.
    """
    inner = trim_captions(plane).cut(plane)
    values, qualities = np.zeros((len(variants), 32), np.uint8), np.zeros(len(variants), np.uint8)
    for place, variant in enumerate(variants):
        part = _part(plane, inner, variant, box)
        if part is not None and min(part.shape) >= SMALLEST:
            of = samples(part)
            found = pdq.hash_samples(np.ascontiguousarray(of[:, ::-1] if variant == "mirrored" else of))
            values[place] = np.frombuffer(bytes.fromhex(found.hash), np.uint8)
            qualities[place] = found.quality
    return FrameHashes(values, qualities)


def _part(plane: Bytes, inner: Bytes, variant: str, box: Rectangle | None) -> Bytes | None:
    if variant == INSIDE:
        return _trimmed(box.cut(plane)) if box else None
    if variant in _CROPS:
        return _trimmed(_cut(plane, _CROPS[variant]))
    if variant in _TURNS:
        return np.asarray(Image.fromarray(inner).rotate(_TURNS[variant], Image.Resampling.BILINEAR))
    return _cut(inner, QUARTERS[variant]) if variant in QUARTERS else inner


def _trimmed(part: Bytes) -> Bytes:
    """Cut away what is left of bars, as somebody leaves them who crops a film with its bars."""
    return trim_captions(part).cut(part)


def _cut(plane: Bytes, box: tuple[float, float, float, float]) -> Bytes:
    height, width = plane.shape
    left, top, right, bottom = box
    return Rectangle(round(top * height), round(bottom * height), round(left * width), round(right * width)).cut(plane)
