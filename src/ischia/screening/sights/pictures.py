"""Pictures: the same ones re-encoded, framed, turned, cropped, or inside of others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt

from ischia.banks.queries import KnownSignal, by_signal, data_of_entries
from ischia.core.signals import TYPES, Signal
from ischia.core.signals.hygiene import LEAST_QUALITY
from ischia.core.vision import Candidate, PictureMatch, Probe, Variant, by_corners, by_hash, probe, probe_signals
from ischia.screening.sights.base import Asked, Found, Sight, percent
from ischia.screening.sights.files import SeenSignal
from ischia.screening.sights.protection import covered_by
from ischia.segments.queries import catalog, votes

RADIUS: Final = TYPES["pdq"].default_threshold
CANDIDATES: Final = 12
_FRAME: Final = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


@dataclass(frozen=True, kw_only=True, eq=False)
class SeenPicture:
    """A picture as uint8[height, width] of luma, at most 512 pixels wide and high, and its signals as a whole."""

    part: str
    part_type: str
    inside: str = ""
    plane: npt.NDArray[np.uint8] | None
    whole: tuple[Signal, ...]
    exact: tuple[Asked, ...] = ()

    @cached_property
    def signals(self) -> tuple[Signal, ...]:
        """Hashes of the whole and of what a frame encloses, with what the second gate needs of them."""
        if self.plane is None:
            return self.whole
        return tuple(probe_signals(self.plane, self.whole[0] if self.whole else None))

    @cached_property
    def probe(self) -> Probe | None:
        """What it is searched with; None for a picture that is too small."""
        return None if self.plane is None else probe(self.plane)


class _Hit(NamedTuple):
    sight: SeenPicture
    variant: Variant
    signal: int
    distance: int


def find(sights: Sequence[Sight]) -> Iterable[Found]:
    """Known pictures, one match for each entry: by hashes, and by corners where that finds nothing near."""
    pictures = [sight for sight in sights if isinstance(sight, SeenPicture)]
    found = _by_hashes(pictures)
    near = {match.sight for match in found if match.strength == "near"}
    return [*found, *_by_corners([sight for sight in pictures if sight not in near]), *_hashes_alone(sights)]


def _by_hashes(sights: Sequence[SeenPicture]) -> list[Found]:
    index = catalog("pdq")
    hits = [
        _Hit(sight, variant, signal, distance)
        for sight in sights
        if sight.probe is not None
        for variant in sight.probe.hashes
        if variant.quality >= LEAST_QUALITY
        for signal, distance in index.search(variant.hash, RADIUS)
    ]
    if not hits:
        return []
    known = {each.signal: each for each in by_signal({hit.signal for hit in hits})}
    gates = data_of_entries({each.entry for each in known.values()}, "gate")
    best: dict[tuple[int, UUID], Found] = {}
    for hit in hits:
        if hit.signal in known:
            match = _judged(hit, known[hit.signal], dict(gates.get(known[hit.signal].entry, ())))
            key = (id(hit.sight), match.known.entry)
            best[key] = min(best.get(key, match), match, key=lambda each: each.rank)
    return list(best.values())


def _judged(hit: _Hit, known: KnownSignal, gates: Mapping[str, bytes]) -> Found:
    assert hit.sight.probe is not None
    match = by_hash(hit.signal, hit.sight.probe, hit.variant, known.variant, hit.distance, gates)
    found = _found(hit.sight, known, match, distance=hit.distance, threshold=RADIUS, quality=hit.variant.quality)
    # Without a gate to compare, the hash of a whole picture is near another one's, and that is all.
    ungated = match.gated is None and not known.variant and match.kind == "as_is"
    return replace(found, strength="near") if ungated else found


def _by_corners(sights: Sequence[SeenPicture]) -> list[Found]:
    index = votes("corners")
    if not len(index):
        return []
    named: list[tuple[SeenPicture, Any]] = [
        (sight, candidate)
        for sight in sights
        if sight.probe is not None
        for candidate in index.search(sight.probe.local, limit=CANDIDATES)
    ]
    if not named:
        return []
    known = {each.signal: each for each in by_signal({candidate.entry for _, candidate in named})}
    gates = data_of_entries({each.entry for each in known.values()}, "gate")
    placed = [
        (sight, known[candidate.entry], _placed(sight, candidate, dict(gates.get(known[candidate.entry].entry, ()))))
        for sight, candidate in named
        if candidate.entry in known
    ]
    return [_found(sight, signal, match) for sight, signal, match in placed if match is not None]


def _placed(sight: SeenPicture, candidate: Candidate, gates: Mapping[str, bytes]) -> PictureMatch | None:
    corners = votes("corners").data(candidate.entry)
    assert sight.probe is not None
    if corners is None or "" not in gates:
        return None
    return by_corners(sight.probe, candidate, corners, gates[""])


def _found(
    sight: Sight,
    known: KnownSignal,
    match: PictureMatch,
    *,
    distance: int = 0,
    threshold: int = 0,
    quality: int | None = None,
) -> Found:
    return Found(
        sight=sight,
        known=known,
        distance=distance,
        threshold=threshold,
        strength=match.strength,
        kind=match.kind.value,
        gated=match.gated,
        of_probe=percent(covered_by(_FRAME, match.where)),
        of_entry=percent(match.covered),
        quality=quality,
        where={"quad": [[round(x, 4), round(y, 4)] for x, y in match.where]},
        picture=match,
    )


def _hashes_alone(sights: Sequence[Sight]) -> list[Found]:
    """Hashes whose pictures never left the platform: near at best, as no second gate can look at them."""
    hits = [
        (sight, signal, distance)
        for sight in sights
        if isinstance(sight, SeenSignal) and sight.signal.algorithm == "pdq"
        for signal, distance in catalog("pdq").search(bytes.fromhex(sight.signal.value), RADIUS)
    ]
    known = {each.signal: each for each in by_signal({signal for _, signal, _ in hits})} if hits else {}
    return [
        Found(
            sight=sight,
            known=known[signal],
            distance=distance,
            threshold=RADIUS,
            strength="derived" if known[signal].variant else "near",
            kind="crop_of_entry" if known[signal].variant.startswith("crop") else "as_is",
            quality=sight.signal.quality,
        )
        for sight, signal, distance in hits
        if signal in known
    ]
