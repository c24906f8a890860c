"""Addresses: a link that was submitted or found, and the values by which it may be known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from ischia.core.links import signals
from ischia.core.signals import Signal
from ischia.screening.sights.base import Asked

KEPT: Final = frozenset({"url", "content_id"})


@dataclass(frozen=True, kw_only=True)
class SeenLink:
    """An address in canonical form."""

    part: str
    part_type: str = "link"
    inside: str = ""
    url: str

    @cached_property
    def _all(self) -> tuple[Signal, ...]:
        return tuple(signals(self.url))

    @property
    def signals(self) -> tuple[Signal, ...]:
        """The address, and the service's own name for what it leads to."""
        return tuple(filter(kept, self._all))

    @property
    def exact(self) -> tuple[Asked, ...]:
        """The address, its content, and every site that it lies under."""
        return tuple(asked(signal) for signal in self._all)


def kept(signal: Signal) -> bool:
    """Whether a signal of an address is stored; its other scheme and its sites follow from it."""
    return signal.algorithm in KEPT and signal.variant != "other_scheme"


def asked(signal: Signal, **where: Any) -> Asked:
    """Return what to look up for a signal of an address."""
    return Asked(signal, "under_site" if signal.algorithm == "site" else "same", where)
