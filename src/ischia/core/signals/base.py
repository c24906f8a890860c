"""What a signal is, and what every signal type has to be able to do."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, Protocol

Search = Literal["equal", "radius", "votes", "none"]
"""How values of a kind are looked for: by equality, by Hamming distance, by what large ones share, or not at all."""


class SignalError(ValueError):
    """A value or a name that is no valid signal; the message says what was wrong and what would be valid."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One value computed from a part, that can be compared with others of the same algorithm and version.

    `value` is in the canonical form that `SignalType.parse` returns. `quality` is the type's own measure of how much
    the value says: 0 to 100 for `pdq`, the number of letters for `text`, None where a type has no such measure.
    A large signal (corners, frames, sound, shingles) has its bytes in `data`, and their SHA-256 as its value.
    `variant` names what was done to the part before the value was taken, such as `trimmed`; empty if nothing was.
    """

    algorithm: str
    version: int
    value: str
    quality: int | None = None
    data: bytes = b""
    variant: str = ""


def large(kind: SignalType, data: bytes, quality: int | None = None, variant: str = "") -> Signal:
    """Return the signal of a large kind whose bytes are `data`."""
    return Signal(kind.name, kind.version, hashlib.sha256(data).hexdigest(), quality, data, variant)


@dataclass(frozen=True, slots=True)
class Example:
    """Two valid values of one type, their distance, and whether they stand for the same thing."""

    a: str
    b: str
    distance: int
    same_thing: bool


class SignalType(Protocol):
    """The slow and obvious definition of one kind of signal: indexes are tested against it."""

    @property
    def name(self) -> str:
        """The name in rules, entries and the API."""

    @property
    def version(self) -> int:
        """Raised when the same content would give another value."""

    @property
    def default_threshold(self) -> int:
        """The largest distance at which two values match unless policy says otherwise."""

    @property
    def search(self) -> Search:
        """How values are looked for."""

    @property
    def largest_quality(self) -> int | None:
        """The upper end of this type's quality measure, None when it has no end."""

    def parse(self, value: str) -> str:
        """Return the canonical form of `value`; raise `SignalError` when it is no value of this type."""

    def compare(self, a: str, b: str) -> int:
        """Return the distance of two canonical values."""

    def examples(self) -> tuple[Example, ...]:
        """Return pairs from which the type's basic tests are made."""
