"""From signals to matches: exact values by equality in the database, perceptual ones by radius in the index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ischia.banks.queries import KnownSignal, by_signal, exact
from ischia.core.policy import MatchFact
from ischia.core.signals import TYPES, Signal
from ischia.segments.queries import catalog

_ORDER = {"exact": 0, "near": 1, "derived": 2, "partial": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One match of a part with an entry, as evidence."""

    part: str
    part_type: str
    known: KnownSignal
    distance: int
    threshold: int
    quality: int | None

    @property
    def strength(self) -> str:
        """`exact` for an equal value of an exact kind, `near` for a perceptual one, however close."""
        return "near" if self.threshold else "exact"

    @property
    def fact(self) -> MatchFact:
        """The match as policy sees it."""
        k = self.known
        return MatchFact(
            part=self.part,
            part_type=self.part_type,
            algorithm=k.algorithm,
            distance=self.distance,
            threshold=self.threshold,
            strength=self.strength,  # type: ignore[arg-type]  # One of the declared strengths by construction.
            quality=self.quality or 0,
            entry_quality=k.quality or 0,
            bank=k.bank,
            acting=k.acting,
            context=k.context,  # type: ignore[arg-type]  # The table's check constraint holds it to the two.
            status=k.status,  # type: ignore[arg-type]  # Likewise, and retired entries are not found.
            sources=k.sources,
            sources_required=k.sources_required,
            label=k.label,
        )

    @property
    def record(self) -> dict[str, Any]:
        """The match as plain values, for the API, the ledger and a decision's evidence."""
        return {
            "part": self.part,
            "bank": self.known.bank,
            "entry": str(self.known.entry),
            "algorithm": self.known.algorithm,
            "distance": self.distance,
            "threshold": self.threshold,
            "strength": self.strength,
        }


def find(probes: Sequence[tuple[str, str, Signal]]) -> list[Found]:
    """All matches of `probes` (part id, part type, signal): those that may act first, then by strength."""
    found = [*_exact(probes), *_near(probes)]
    return sorted(found, key=_rank)


def _rank(match: Found) -> tuple[bool, int, int, int, str]:
    """What may act comes first, so that no crowd of weaker matches hides it; then by strength and distance."""
    known = match.known
    may_act = known.acting and known.context == "any" and known.status == "active"
    return (not may_act, _ORDER[match.strength], match.distance, known.signal, match.part)


def _exact(probes: Sequence[tuple[str, str, Signal]]) -> list[Found]:
    wanted = {s.value for _, _, s in probes if not TYPES[s.algorithm].default_threshold}
    if not wanted:
        return []
    known: dict[tuple[str, str], list[KnownSignal]] = {}
    for signal in exact(wanted):
        known.setdefault((signal.algorithm, signal.value), []).append(signal)
    return [
        Found(part=part, part_type=kind, known=hit, distance=0, threshold=0, quality=s.quality)
        for part, kind, s in probes
        for hit in known.get((s.algorithm, s.value), ())
    ]


def _near(probes: Sequence[tuple[str, str, Signal]]) -> list[Found]:
    near = [(part, kind, s) for part, kind, s in probes if TYPES[s.algorithm].default_threshold]
    hits = [
        (part, kind, s, signal, distance)
        for part, kind, s in near
        for signal, distance in catalog(s.algorithm).search(
            bytes.fromhex(s.value), TYPES[s.algorithm].default_threshold
        )
    ]
    if not hits:
        return []
    known = {k.signal: k for k in by_signal({signal for *_, signal, _ in hits})}
    return [
        Found(
            part=part,
            part_type=kind,
            known=known[signal],
            distance=distance,
            threshold=TYPES[s.algorithm].default_threshold,
            quality=s.quality,
        )
        for part, kind, s, signal, distance in hits
        if signal in known
    ]
