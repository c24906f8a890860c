"""What all sights have in common, and what a match consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ischia.banks.queries import KnownSignal
from ischia.core.policy import MatchFact
from ischia.core.signals import Signal
from ischia.core.vision import PictureMatch

_ORDER = {"exact": 0, "near": 1, "derived": 2, "partial": 3}
_PLAINEST = {"sha256": 0, "md5": 2}
"""Where all else is equal: nobody doubts SHA-256, and MD5 can be made to be the same."""


class Sight(Protocol):
    """One thing that is seen in a part."""

    @property
    def part(self) -> str:
        """The part's id on the platform."""

    @property
    def part_type(self) -> str:
        """What the part is: `text`, `image`, `video`, `audio`, `file`, `link` or `signal`."""

    @property
    def inside(self) -> str:
        """Where in the part: `page 2`, `letter.txt`; empty for the part itself."""

    @property
    def signals(self) -> tuple[Signal, ...]:
        """What is kept of it, so that a later hunt finds it."""

    @property
    def exact(self) -> tuple[Asked, ...]:
        """The values that known content may have as well."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A value that is looked up, where in the sight it stands, and what an equal one would be called."""

    signal: Signal
    kind: str = "same"
    where: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One match of something in a part with an entry, as evidence.

    `gated` is None where there is no second gate. `of_probe` and `of_entry` are shares in percent.
    """

    sight: Sight
    known: KnownSignal
    distance: int = 0
    threshold: int = 0
    strength: str = "exact"
    kind: str = "same"
    gated: bool | None = None
    of_probe: int = 100
    of_entry: int = 100
    weight: int = 0
    quality: int | None = None
    where: Mapping[str, Any] = field(default_factory=dict)
    picture: PictureMatch | None = None

    @property
    def part(self) -> str:
        """The part's id."""
        return self.sight.part

    @property
    def rank(self) -> tuple[bool, int, int, int, int, int, str]:
        """What may act comes first, so that no crowd of weaker matches hides it; then by strength and nearness."""
        k = self.known
        may_act = k.acting and k.context == "any" and k.status == "active" and not self.weak
        plain = _PLAINEST.get(k.algorithm, 1)
        return (not may_act, _ORDER[self.strength], self.distance, -self.of_entry, plain, k.signal, self.part)

    @property
    def weak(self) -> bool:
        """Whether a person has to look at it, whatever the entry is."""
        return self.strength in {"derived", "partial"} or (self.strength == "near" and not self.gated)

    @property
    def fact(self) -> MatchFact:
        """The match as policy sees it."""
        k = self.known
        return MatchFact(
            part=self.part,
            part_type=self.sight.part_type,
            algorithm=k.algorithm,
            distance=self.distance,
            threshold=self.threshold,
            strength=self.strength,  # type: ignore[arg-type]  # One of the declared strengths by construction.
            kind=self.kind,
            gated=self.gated is True,
            of_probe=self.of_probe,
            of_entry=self.of_entry,
            weight=self.weight,
            machine_read=getattr(self.sight, "machine_read", False),
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
            "inside": self.sight.inside,
            "bank": self.known.bank,
            "entry": str(self.known.entry),
            "algorithm": self.known.algorithm,
            "distance": self.distance,
            "threshold": self.threshold,
            "strength": self.strength,
            "kind": self.kind,
            "gated": self.gated,
        }


def percent(share: float) -> int:
    """Return a share from 0 to 1 in whole percent; what is there at all is never 0."""
    return max(1, min(100, round(100 * share)))
