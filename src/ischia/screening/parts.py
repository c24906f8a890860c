"""From a submission's parts to their signals; the cage decodes, nothing else looks into a file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ischia.base import cage
from ischia.core.media import Undecodable
from ischia.core.signals import Signal, make
from ischia.core.text import text_signal
from ischia.screening.submission import FilePart, LinkPart, Part, SignalPart, TextPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Keepable:
    """What of a part a person would look at, if it comes to that."""

    media_type: str
    content: str | bytes | Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPart:
    """A part after it was looked at: how it is summarised, its signals, and what could be kept of it."""

    id: str
    type: str
    undecodable: str = ""
    form: Mapping[str, Any]
    signals: tuple[Signal, ...]
    keep: Keepable | None = None

    @property
    def summary(self) -> dict[str, Any]:
        """The part as it is stored with the revision and answered by the API."""
        state = {"state": "undecodable", "reason": self.undecodable} if self.undecodable else {"state": "screened"}
        return {"id": self.id, "type": self.type, **state, **self.form}


def digest_parts(parts: Sequence[Part]) -> list[dict[str, str]]:
    """What makes the content what it is, a document a part; equal content has equal documents."""
    return [_identity(part) for part in parts]


def _identity(part: Part) -> dict[str, str]:
    match part:
        case TextPart():
            digest = hashlib.sha256(part.text.encode("utf-8", "surrogatepass")).hexdigest()
            return {"id": part.id, "type": "text", "sha256": digest}
        case FilePart():
            with part.path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            return {"id": part.id, "type": part.type, "sha256": digest}
        case LinkPart():
            return {"id": part.id, "type": "link", "url": part.url}
        case SignalPart():
            s = part.signal
            return {"id": part.id, "type": "signal", "algorithm": s.algorithm, "value": s.value, "quality": str(s.quality)}


def look_at(part: Part) -> SeenPart:
    """Compute the signals of one part. What cannot be decoded is a state of the part, never an error."""
    return _LOOKS[type(part)](part)


def _text(part: TextPart) -> SeenPart:
    signal = text_signal(part.text)
    letters = signal.quality if signal else 0
    keep = Keepable(media_type="text/plain", content=printable(part.text))
    signals = (signal,) if signal else ()
    return SeenPart(id=part.id, type="text", form={"letters": letters}, signals=signals, keep=keep)


def _file(part: FilePart) -> SeenPart:
    hashes = cage.file(part.path)
    if part.type != "image":
        size = part.path.stat().st_size
        return SeenPart(id=part.id, type=part.type, form={"bytes": size}, signals=hashes)
    try:
        image = cage.image(part.path)
    except Undecodable as error:
        form = {"bytes": part.path.stat().st_size}
        return SeenPart(id=part.id, type="image", undecodable=error.reason, form=form, signals=hashes)
    keep = Keepable(media_type="image/webp", content=image.thumbnail) if image.thumbnail else None
    form = {"width": image.width, "height": image.height, "format": image.format}
    return SeenPart(id=part.id, type="image", form=form, signals=(*hashes, *image.signals), keep=keep)


def _link(part: LinkPart) -> SeenPart:
    keep = Keepable(media_type="text/uri-list", content=part.url)
    return SeenPart(id=part.id, type="link", form={"url": part.url}, signals=(make("url", part.url),), keep=keep)


def _signal(part: SignalPart) -> SeenPart:
    form = {"algorithm": part.signal.algorithm}
    return SeenPart(id=part.id, type="signal", form=form, signals=(part.signal,))


_LOOKS: dict[type[Part], Callable[[Any], SeenPart]] = {
    TextPart: _text,
    FilePart: _file,
    LinkPart: _link,
    SignalPart: _signal,
}


def printable(text: str) -> str:
    """The text as every database can keep it: lone surrogates and NULs become U+FFFD."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd") if _odd(text) else text


def _odd(text: str) -> bool:
    if "\0" in text:
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
