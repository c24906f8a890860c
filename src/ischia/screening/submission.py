"""What a platform submits, once a door has checked its form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ischia.core.signals import Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart:
    """Text as the platform shows it."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """An image, video, audio or other file, spooled to a path that lives as long as the call."""

    id: str
    type: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPart:
    """A link, in its canonical form."""

    id: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalPart:
    """A signal that the platform computed itself; its content never leaves the platform."""

    id: str
    signal: Signal


Part = TextPart | FilePart | LinkPart | SignalPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One revision of one item, to be screened."""

    surface: str
    id: str
    author: str = ""
    url: str = ""
    language: str = ""
    published_at: datetime | None = None
    views: int | None = None
    parts: Sequence[Part] = field(default_factory=tuple)
