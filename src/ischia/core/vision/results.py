"""What a match of two pictures says: which kind, how strong, how far, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

Strength = Literal["exact", "near", "derived", "partial"]


class Kind(StrEnum):
    """What was done to the known picture, as far as the match tells. Rotations are clockwise."""

    AS_IS = "as_is"
    TRIMMED = "trimmed"
    ROTATED_90 = "rotated_90"
    ROTATED_180 = "rotated_180"
    ROTATED_270 = "rotated_270"
    MIRRORED = "mirrored"
    MIRRORED_ROTATED_90 = "mirrored_rotated_90"
    MIRRORED_ROTATED_180 = "mirrored_rotated_180"
    MIRRORED_ROTATED_270 = "mirrored_rotated_270"
    INVERTED = "inverted"
    CROP_OF_ENTRY = "crop_of_entry"
    ENTRY_INSIDE = "entry_inside"


class Box(NamedTuple):
    """Edges as fractions of a picture's width and height, 0 to 1."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        """The share of the picture that the box covers."""
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)


WHOLE = Box(0.0, 0.0, 1.0, 1.0)

Corner = tuple[float, float]
Quad = tuple[Corner, Corner, Corner, Corner]
"""The known picture's corners (top left, top right, bottom right, bottom left) as fractions of the probe; they may lie
outside of it where the known picture was cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureMatch:
    """A match of a probe with one known picture.

    `distance` is in bits for hashes and None for local features, which have `inliers` instead: agreeing points, whose
    places in the probe are `points`, as fractions of it. `where` is the part of the probe that shows the known picture,
    `covered` the share of the known picture seen in it. `gated` is whether the second gate passed, None where it has
    nothing to compare. Only `near` may ever act without a person, and it is given only when the gate passed.
    """

    entry: int
    kind: Kind
    strength: Strength
    where: Quad
    covered: float
    distance: int | None = None
    inliers: int | None = None
    agreement: float | None = None
    mirrored: bool = False
    gated: bool | None = None
    points: tuple[Corner, ...] = ()


def quad_of(box: Box) -> Quad:
    """Return the corners of a box, clockwise from the top left."""
    return ((box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom))
