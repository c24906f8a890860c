"""From what somebody put into the entry form to signals, by the same path that a submission takes."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from ischia.core.signals import Signal, make
from ischia.screening.parts import SeenPart, look_at
from ischia.screening.submission import FilePart, LinkPart, TextPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What an entry will be recognised by, and what the desk will show of it."""

    signals: tuple[Signal, ...]
    excerpt: str = ""
    picture: bytes | None = None
    undecodable: str = ""


def take_in(data: dict[str, Any]) -> Taken:
    """Look at the one thing that `EntryForm` was given. Raises `SignalError` for an address that is none."""
    if data.get("signal"):
        return Taken(signals=(data["signal"],))
    if data["url"]:
        return _taken(look_at(LinkPart(id="entry", url=make("url", data["url"]).value)))
    if data["text"]:
        return _taken(look_at(TextPart(id="entry", text=data["text"])))
    return _file(data["file"])


def _file(file: UploadedFile) -> Taken:
    with tempfile.NamedTemporaryFile(prefix="ischia-entry-") as spool:
        for chunk in file.chunks():
            spool.write(chunk)
        spool.flush()
        kind = "image" if (file.content_type or "").startswith("image/") else "file"
        return _taken(look_at(FilePart(id="entry", type=kind, path=Path(spool.name))))


def _taken(seen: SeenPart) -> Taken:
    content = seen.keep.content if seen.keep else ""
    return Taken(
        signals=seen.signals,
        excerpt=content if isinstance(content, str) else "",
        picture=content if isinstance(content, bytes) else None,
        undecodable=seen.undecodable,
    )
