"""What happened to the index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ischia.base.events import Event


@dataclass(frozen=True, kw_only=True)
class SegmentPublished(Event):
    """A file was built that answers for the change log up to a position; `digest` covers the whole of it."""

    kind: ClassVar[str] = "segments.segment_published"
    algorithm: str
    signal_version: int
    file: str
    digest: str
    count: int
    upto: int
    rebuilt: bool


@dataclass(frozen=True, kw_only=True)
class SegmentDamaged(Event):
    """A file's content failed its checksum; until it is rebuilt, searches read the change log."""

    kind: ClassVar[str] = "segments.segment_damaged"
    file: str
