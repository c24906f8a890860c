"""From a probe's features and candidates to matches that say where and how strong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ischia.core.vision.features import Features, entry_features, probe_features
from ischia.core.vision.gate import GateFeatures, gate_features
from ischia.core.vision.geometry import Doubles, Placement, check, place, summed
from ischia.core.vision.plane import Bytes
from ischia.core.vision.results import Corner, Kind, PictureMatch, Quad, Strength
from ischia.core.vision.variants import Variant, bank_hashes, probe_hashes

SHAPED_INLIERS: Final = 8
SURE_INLIERS: Final = 20
LEAST_ALIKE: Final = 4
LEAST_AGREEMENT: Final = 0.5


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of a known picture: its hashes, the gate's features and its local features."""

    hashes: tuple[Variant, ...]
    gate: GateFeatures
    local: Features


@dataclass(frozen=True, slots=True)
class Probe:
    """What is computed of a probe: its plane, its hashes, and its local features."""

    plane: Bytes
    hashes: tuple[Variant, ...]
    local: Features
    sums: Doubles


def known(plane: Bytes) -> Known:
    """Return what a bank stores of a picture, from its reduced plane, uint8[height, width] of at least 32x32."""
    return Known(bank_hashes(plane), gate_features(plane), entry_features(plane))


def probe(plane: Bytes) -> Probe:
    """Return what a picture is searched with, from its reduced plane."""
    return Probe(plane, probe_hashes(plane), probe_features(plane), summed(plane))


def compare(of: Probe, local: Features, thumb: Bytes, *, flip: bool) -> Placement | None:
    """Return where a known picture is in the probe, whatever the evidence is worth; None when nothing fits."""
    found = place(of.local, local, flip=flip)
    return check(*found, of.sums, local, thumb, flip=flip) if found else None


def convincing(placement: Placement) -> bool:
    """Say whether a placement is a match: corners and the pixels between them have to agree."""
    if placement.agreement < LEAST_AGREEMENT or placement.alike < LEAST_ALIKE:
        return False
    return placement.inliers >= SHAPED_INLIERS


def match_of(entry: int, of: Probe, local: Features, placement: Placement) -> PictureMatch:
    """Return the match that a convincing placement is evidence of; it never acts without a person."""
    where = _where(of.plane, local, placement.matrix)
    wide = placement.covered >= 0.6 and placement.agreement >= 0.7 and placement.inliers >= SURE_INLIERS
    strength: Strength = "derived" if wide else "partial"
    return PictureMatch(
        entry=entry,
        kind=Kind.CROP_OF_ENTRY if placement.covered < 0.97 else Kind.ENTRY_INSIDE,
        strength=strength,
        where=where,
        covered=placement.covered,
        inliers=placement.inliers,
        agreement=placement.agreement,
        mirrored=placement.mirrored,
    )


def _where(plane: Bytes, local: Features, matrix: Doubles) -> Quad:
    corners = np.array([(0, 0), (local.width, 0), (local.width, local.height), (0, local.height)], np.float64) - 0.5
    mapped = (corners @ matrix[:, :2].T + matrix[:, 2] + 0.5) / (plane.shape[1], plane.shape[0])
    a, b, c, d = (_corner(point) for point in mapped)
    return a, b, c, d


def _corner(point: Doubles) -> Corner:
    return float(point[0]), float(point[1])
