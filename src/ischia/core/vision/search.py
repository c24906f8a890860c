"""From a probe's features and what a bank stores to matches that say what was done, where, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from ischia.core.vision.features import Features, entry_features, probe_features
from ischia.core.vision.gate import GateFeatures, gate, gate_features
from ischia.core.vision.geometry import Doubles, Placement, check, place, summed
from ischia.core.vision.plane import Bytes
from ischia.core.vision.results import Corner, Kind, PictureMatch, Quad, Strength, quad_of
from ischia.core.vision.stored import gate_of
from ischia.core.vision.variants import Variant, bank_hashes, probe_hashes, variant_of
from ischia.core.vision.votes import Candidate

SHAPED_INLIERS: Final = 8
SURE_INLIERS: Final = 20
_UPRIGHT: Final = (Kind.AS_IS, Kind.TRIMMED)
LEAST_ALIKE: Final = 4
LEAST_AGREEMENT: Final = 0.5
MANY_INLIERS: Final = 16
ALIKE_OF_FEW: Final = 8
AGREEMENT_OF_FEW: Final = 0.85


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of a known picture: its hashes, the gate's features and its local features."""

    hashes: tuple[Variant, ...]
    gate: GateFeatures
    local: Features


@dataclass(frozen=True)
class Probe:
    """A picture that is searched with: its plane, and what is computed of it only when it is asked for."""

    plane: Bytes

    @cached_property
    def hashes(self) -> tuple[Variant, ...]:
        """The hashes to search: of the whole and of what frames enclose, each in 8 positions and negative."""
        return probe_hashes(self.plane)

    @cached_property
    def local(self) -> Features:
        """The corners: most of what a probe costs."""
        return probe_features(self.plane)

    @cached_property
    def sums(self) -> Doubles:
        """The plane's summed-area table."""
        return summed(self.plane)


def known(plane: Bytes) -> Known:
    """Return what a bank stores of a picture, from its reduced plane, uint8[height, width] of at least 32x32."""
    return Known(bank_hashes(plane), gate_features(plane), entry_features(plane))


def probe(plane: Bytes) -> Probe:
    """Return what a picture is searched with, from its reduced plane."""
    return Probe(plane)


def by_hash(
    entry: int, of: Probe, variant: Variant, stored: str, distance: int, gates: Mapping[str, bytes]
) -> PictureMatch:
    """Return the match of a probe's hash with a hash of a known picture that is stored under the variant `stored`.

    `gates` has the bytes of the known picture's gates by their variants. It is `near` when the whole of both pictures
    (frames aside) is compared as it is and the gate of what the hashes are of passes, else `derived`.
    """
    kind, box = variant_of(stored)
    gated = _passes(of, variant, gates[stored]) if stored in gates else None
    return PictureMatch(
        entry=entry,
        kind=Kind.CROP_OF_ENTRY if kind is Kind.CROP_OF_ENTRY else variant.kind,
        strength="near" if gated and variant.kind in _UPRIGHT else "derived",
        where=quad_of(variant.box),
        covered=box.area,
        distance=distance,
        mirrored="mirrored" in variant.kind,
        gated=gated,
    )


def _passes(of: Probe, variant: Variant, stored: bytes) -> bool:
    features = gate_of(of.plane, variant.box, variant.kind)
    return features is not None and gate(features, GateFeatures.from_bytes(stored)).passed


def by_corners(of: Probe, candidate: Candidate, corners: bytes, whole: bytes) -> PictureMatch | None:
    """Return the match with a candidate of the index, from its stored corners and the gate of its whole.

    None when they are not in the probe after all. `entry` of the match is the candidate's id.
    """
    local = Features.from_bytes(corners)
    placed = compare(of, local, GateFeatures.from_bytes(whole).thumb, flip=candidate.mirrored)
    return match_of(candidate.entry, of, local, placed) if placed and convincing(placed) else None


def compare(of: Probe, local: Features, thumb: Bytes, *, flip: bool) -> Placement | None:
    """Return where a known picture is in the probe, whatever the evidence is worth; None when nothing fits."""
    found = place(of.local, local, flip=flip)
    return check(found, of.sums, local, thumb, flip=flip) if found else None


def convincing(placement: Placement) -> bool:
    """Say whether a placement is a match: corners and the pixels between them have to agree.

    Of few corners nearly all pixels have to: stars, rays and bright spots on black have eight corners in common.
    """
    many = placement.inliers >= MANY_INLIERS
    agreement, alike = (LEAST_AGREEMENT, LEAST_ALIKE) if many else (AGREEMENT_OF_FEW, ALIKE_OF_FEW)
    return placement.inliers >= SHAPED_INLIERS and placement.agreement >= agreement and placement.alike >= alike


def match_of(entry: int, of: Probe, local: Features, placement: Placement) -> PictureMatch:
    """Return the match that a convincing placement is evidence of; it never acts without a person."""
    wide = placement.covered >= 0.6 and placement.agreement >= 0.7 and placement.inliers >= SURE_INLIERS
    strength: Strength = "derived" if wide else "partial"
    corners = np.array([(0, 0), (local.width, 0), (local.width, local.height), (0, local.height)], np.float64) - 0.5
    a, b, c, d = _fractions(of.plane, corners @ placement.matrix[:, :2].T + placement.matrix[:, 2])
    where: Quad = (a, b, c, d)
    return PictureMatch(
        entry=entry,
        kind=Kind.CROP_OF_ENTRY if placement.covered < 0.97 else Kind.ENTRY_INSIDE,
        strength=strength,
        where=where,
        covered=placement.covered,
        inliers=placement.inliers,
        agreement=placement.agreement,
        mirrored=placement.mirrored,
        points=_fractions(of.plane, placement.points),
    )


def _fractions(plane: Bytes, points: Doubles) -> tuple[Corner, ...]:
    scaled = (points + 0.5) / (plane.shape[1], plane.shape[0])
    return tuple((float(x), float(y)) for x, y in scaled)
