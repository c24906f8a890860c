"""Files by their bytes, and signals that the platform computed itself."""

from __future__ import annotations

from dataclasses import dataclass

from ischia.core.signals import TYPES, Signal
from ischia.screening.sights.base import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFile:
    """The bytes of a file: their digests."""

    part: str
    part_type: str
    inside: str = ""
    signals: tuple[Signal, ...]

    @property
    def exact(self) -> tuple[Asked, ...]:
        """Known files have the same digests."""
        return tuple(Asked(signal) for signal in self.signals)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSignal:
    """A signal without its content, which never left the platform."""

    part: str
    part_type: str = "signal"
    inside: str = ""
    signal: Signal

    @property
    def signals(self) -> tuple[Signal, ...]:
        """The signal."""
        return (self.signal,)

    @property
    def exact(self) -> tuple[Asked, ...]:
        """The signal, if values of its kind are the same or not."""
        return (Asked(self.signal),) if TYPES[self.signal.algorithm].search == "equal" else ()
