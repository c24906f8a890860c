"""What happened to policies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ischia.base.events import Event


@dataclass(frozen=True, kw_only=True)
class PolicyVersionSaved(Event):
    """A text became a version of the policy; it rules nothing yet."""

    kind: ClassVar[str] = "policies.version_saved"
    personal: ClassVar[tuple[str, ...]] = ("note",)
    number: int
    name: str
    sha256: str
    note: str


@dataclass(frozen=True, kw_only=True)
class PolicyActivated(Event):
    """From here on this version rules; `previous` is the one that ruled before, if any did."""

    kind: ClassVar[str] = "policies.activated"
    number: int
    name: str
    sha256: str
    previous: int | None
