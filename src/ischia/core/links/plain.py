"""A text as the finder of links reads it: no invisible characters, plain dots, letters and slashes, offsets kept."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.uint32]

_DOTS: Final = "。｡．﹒․۔܁܂"
_SLASHES: Final = "⁄∕⧸╱"
# Blocks that hold other shapes of ASCII characters: letters, digits and signs in circles, doubled, full-width.
_SHAPES: Final = (
    (0xA0, 0x100),
    (0x2000, 0x2500),
    (0x2E00, 0x3040),
    (0xFE00, 0xFF70),
    (0x1D400, 0x1D800),
    (0x1F100, 0x1F200),
)
_OVERLAYS: Final = ((0x0332, 0x0339), (0x20D0, 0x2100), (0xFE00, 0xFE10), (0xE0100, 0xE01F0), (0x180B, 0x1810))
_FILLERS: Final = (0x034F, 0x115F, 0x1160, 0x3164, 0xFFA0)
_KEPT_CONTROLS: Final = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85")

# A bullet, or an Arabic zero, is a dot where it stands between Latin letters without spaces.
_ROUND: Final = re.compile(r"(?<=[A-Za-z0-9])[·•∙⋅・‧●٠۰](?=[A-Za-z])")


@dataclass(frozen=True, slots=True)
class Plain:
    """A plain text; `offsets[i]` is where its i-th character stands in the original, None when they are the same."""

    text: str
    offsets: npt.NDArray[np.int64] | None = None

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return where characters `start` to `end` (exclusive, at least one) stand in the original."""
        if self.offsets is None:
            return start, end
        return int(self.offsets[start]), int(self.offsets[end - 1]) + 1


def plain(text: str) -> Plain:
    """Return the plain form of a text, in linear time."""
    if text.isascii() and "\0" not in text:
        return Plain(text)
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    mapped = _table()[points]
    kept = np.flatnonzero(mapped)
    shown = mapped[kept].tobytes().decode("utf-32-le", "surrogatepass")
    return Plain(_ROUND.sub(".", shown), kept)


@cache
def _table() -> Points:
    """Return what becomes of each code point; 0 for nothing."""
    table = np.arange(0x110000, dtype=np.uint32)
    for start, end in _SHAPES:
        for point in range(start, end):
            table[point] = _ascii(point)
    for start, end in ((0, 0x20000), (0xE0000, 0xE0200)):
        table[[point for point in range(start, end) if _is_invisible(chr(point))]] = 0
    for start, end in _OVERLAYS:
        table[start:end] = 0
    table[list(_FILLERS)] = 0
    table[[ord(character) for character in _DOTS]] = ord(".")
    table[[ord(character) for character in _SLASHES]] = ord("/")
    return table


def _ascii(point: int) -> int:
    shape = unicodedata.normalize("NFKC", chr(point))
    return ord(shape) if len(shape) == 1 and shape.isascii() else point


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Cf", "Cc") and character not in _KEPT_CONTROLS
