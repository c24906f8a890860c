"""Addresses: a link that was submitted, and the values by which it may be known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ischia.core.signals import Signal, make
from ischia.screening.sights.base import Asked

KEPT = frozenset({"url", "content_id"})
"""What is stored of an address; the sites that it lies under follow from it."""


@dataclass(frozen=True, kw_only=True)
class SeenLink:
    """An address in canonical form."""

    part: str
    part_type: str = "link"
    inside: str = ""
    url: str

    @cached_property
    def _all(self) -> tuple[Signal, ...]:
        return (make("url", self.url),)

    @property
    def signals(self) -> tuple[Signal, ...]:
        """The address, and the service's own name for what it leads to."""
        return tuple(signal for signal in self._all if signal.algorithm in KEPT)

    @property
    def exact(self) -> tuple[Asked, ...]:
        """The address, its content, and every site that it lies under."""
        return tuple(asked(signal) for signal in self._all)


def asked(signal: Signal, **where: object) -> Asked:
    """Return what to look up for a signal of an address."""
    return Asked(signal, "under_site" if signal.algorithm == "site" else "same", where)
