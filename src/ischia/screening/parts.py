"""From a submission's parts to their signals; the cage decodes, nothing else looks into a file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ischia.base import cage, metrics, storage
from ischia.base.cage import Undecodable
from ischia.core.signals import Signal, make
from ischia.core.text import text_signal
from ischia.screening.submission import FilePart, LinkPart, Part, SignalPart, TextPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What of a part a person is shown; of pictures a small one, re-encoded in the cage."""

    part: str
    media_type: str
    text: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPart:
    """A part after it was looked at: how it is summarised, its signals, and what could be kept of it."""

    id: str
    type: str
    undecodable: str = ""
    form: Mapping[str, Any]
    signals: tuple[Signal, ...]
    text: str = ""
    picture: Path | None = None

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
            return {
                "id": part.id,
                "type": "signal",
                "algorithm": s.algorithm,
                "value": s.value,
                "quality": str(s.quality),
            }


def look_at(part: Part) -> SeenPart:
    """Compute the signals of one part. What cannot be decoded is a state of the part, never an error."""
    return _LOOKS[type(part)](part)


def _text(part: TextPart) -> SeenPart:
    signal = text_signal(part.text)
    letters = signal.quality if signal else 0
    signals = (signal,) if signal else ()
    return SeenPart(id=part.id, type="text", form={"letters": letters}, signals=signals, text=part.text)


def _file(part: FilePart) -> SeenPart:
    hashes = cage.file(part.path)
    form: dict[str, int | str] = {"bytes": part.path.stat().st_size}
    if part.type != "image":
        return SeenPart(id=part.id, type=part.type, form=form, signals=hashes)
    try:
        with metrics.decode_seconds.time():
            image = cage.image(part.path)
    except Undecodable as error:
        metrics.undecodable.labels(error.reason).inc()
        return SeenPart(id=part.id, type="image", undecodable=error.reason, form=form, signals=hashes)
    form |= {"width": image.width, "height": image.height, "format": image.format}
    return SeenPart(id=part.id, type="image", form=form, signals=(*hashes, *image.signals), picture=part.path)


def _link(part: LinkPart) -> SeenPart:
    return SeenPart(id=part.id, type="link", form={"url": part.url}, signals=(make("url", part.url),), text=part.url)


def _signal(part: SignalPart) -> SeenPart:
    form = {"algorithm": part.signal.algorithm}
    return SeenPart(id=part.id, type="signal", form=form, signals=(part.signal,))


_LOOKS: dict[type[Part], Callable[[Any], SeenPart]] = {
    TextPart: _text,
    FilePart: _file,
    LinkPart: _link,
    SignalPart: _signal,
}


def shown(parts: Sequence[SeenPart]) -> tuple[Shown, ...]:
    """What a person will see of the parts; a second pass, because most content is let pass and never looked at.

    Pictures are stored as files here, before the transaction that names them.
    """
    return tuple(filter(None, map(_shown, parts)))


def _shown(part: SeenPart) -> Shown | None:
    if part.text:
        return Shown(part=part.id, media_type="text/plain", text=printable(part.text))
    if part.picture is None:
        return None
    try:
        picture = cage.image(part.picture, thumbnail=True).thumbnail
    except Undecodable:
        return None  # Its signals were taken, so the picture is fine; it just cannot be shown.
    return Shown(part=part.id, media_type="image/webp", file=storage.save(picture)) if picture else None


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
