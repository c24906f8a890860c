"""What is kept of a picture: signals of a probe, so that a later hunt finds it, and those of a known picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ischia.core.signals import Signal, large
from ischia.core.signals.types import CORNERS, GATE, PDQ
from ischia.core.vision.features import entry_features
from ischia.core.vision.gate import GateFeatures, gate_features
from ischia.core.vision.geometry import LEAST_INLIERS
from ischia.core.vision.plane import SMALLEST, Bytes
from ischia.core.vision.results import Box, Kind
from ischia.core.vision.variants import Variant, bank_hashes, shown, upright_hashes


def probe_signals(plane: Bytes, whole: Signal | None = None) -> list[Signal]:
    """Return what is stored of a screened picture: PDQ of the whole and of what frames enclose, each with its gate.

    `whole` is the picture's own PDQ from all its pixels, which then stands for that of the plane. Turned and negative
    copies need no signals: a hunt asks for `pdq.turned` of the entry and for distances of at least `COMPLEMENT`.
    """
    found = upright_hashes(plane)
    return [*_hashes(found, whole), *_gates(plane, found)]


def entry_signals(plane: Bytes, whole: Signal | None = None) -> list[Signal]:
    """Return what a bank stores of a known picture: PDQ of it and of its crops, gates, and its corners.

    The gates are of the whole and of what a frame encloses, under the same variants as their hashes; the corners, of
    the whole, are left out where there are too few to recognise anything by. `whole` as in `probe_signals`.
    """
    found = bank_hashes(plane)
    local = entry_features(plane)
    corners = [large(CORNERS, local.to_bytes(), len(local))] if len(local) >= LEAST_INLIERS else []
    uncut = [variant for variant in found if variant.kind is not Kind.CROP_OF_ENTRY]
    return [*_hashes(found, whole), *_gates(plane, uncut), *corners]


def gate_of(plane: Bytes, box: Box, kind: Kind = Kind.AS_IS) -> GateFeatures | None:
    """Return the gate's features of what a variant shows, turned as the known picture; None if it is too small."""
    seen = shown(plane, kind, box)
    return gate_features(seen) if min(seen.shape) >= SMALLEST else None


def _hashes(found: Iterable[Variant], whole: Signal | None) -> Iterator[Signal]:
    for variant in found:
        if whole is not None and not variant.name:
            yield whole
        else:
            yield Signal(PDQ.name, PDQ.version, variant.hash.hex(), variant.quality, variant=variant.name)


def _gates(plane: Bytes, found: Iterable[Variant]) -> Iterator[Signal]:
    for variant in found:
        features = gate_of(plane, variant.box, variant.kind)
        if features is not None:
            yield large(GATE, features.to_bytes(), variant=variant.name)
