"""Sounds: of audio files and of videos, cut, quieter, or under other sound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ischia.banks.queries import KnownSignal, by_signal
from ischia.core.signals import Signal
from ischia.core.sound import Sound, SoundMatch, compare
from ischia.screening.sights.base import Asked, Found, Sight, percent
from ischia.segments.queries import votes

CANDIDATES: Final = 12
WHOLE: Final = 0.8
"""So much of both sounds is shared that one was made from the other."""


@dataclass(frozen=True, kw_only=True)
class SeenSound:
    """A sound by its fingerprint."""

    part: str
    part_type: str
    inside: str = ""
    signal: Signal
    exact: tuple[Asked, ...] = ()

    @property
    def signals(self) -> tuple[Signal, ...]:
        """The fingerprint."""
        return (self.signal,)


def find(sights: Sequence[Sight]) -> Iterable[Found]:
    """Known sounds that share a stretch with these."""
    sounds = [sight for sight in sights if isinstance(sight, SeenSound)]
    index = votes("sound") if sounds else None
    if not index:
        return []
    named: list[tuple[SeenSound, Any]] = [
        (sight, each) for sight in sounds for each in index.search(sight.signal.data, limit=CANDIDATES)
    ]
    known = {each.signal: each for each in by_signal({each.entry for _, each in named})} if named else {}
    found = []
    for sight, candidate in named:
        data = index.data(candidate.entry)
        if candidate.entry in known and data is not None:
            probe, entry = Sound.of(sight.signal.data), Sound.of(data)
            match = compare(probe, entry, candidate.offset, candidate.pace)
            if match is not None:
                found.append(found_of(sight, known[candidate.entry], match, entry.seconds))
    return found


def found_of(sight: Sight, known: KnownSignal, match: SoundMatch, entry_seconds: float) -> Found:
    """Return the match as evidence."""
    where: dict[str, Any] = {
        "seconds": [[round(second, 2) for second in span] for span in match.spans],
        "entry_seconds": round(entry_seconds, 2),
        "bit_error": round(match.bit_error, 3),
    }
    return Found(
        sight=sight,
        known=known,
        strength="derived" if min(match.of_probe, match.of_entry) >= WHOLE else "partial",
        kind="same_sound",
        of_probe=percent(match.of_probe),
        of_entry=percent(match.of_entry),
        where=where,
    )
