"""What happened to surfaces and items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ischia.base.events import Event


@dataclass(frozen=True, kw_only=True)
class SurfaceCreated(Event):
    """The operator named a place on the platform and who can see it."""

    kind: ClassVar[str] = "content.surface_created"
    name: str
    audience: str
    when_silent: str


@dataclass(frozen=True, kw_only=True)
class ItemGone(Event):
    """The platform said that an item no longer exists; what we knew of its content was erased."""

    kind: ClassVar[str] = "content.item_gone"
    surface: str
    item: str
    personal: ClassVar[tuple[str, ...]] = ("item",)


@dataclass(frozen=True, kw_only=True)
class ContentExpired(Event):
    """Stored content came to the end of its stated purpose and was erased."""

    kind: ClassVar[str] = "content.expired"
    count: int
