"""From a submission's parts to what is seen in them; the cage decodes, nothing else looks into a file."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from ischia.base import cage, storage
from ischia.base.cage import Undecodable
from ischia.core.text import language
from ischia.screening.films import Told
from ischia.screening.opening import Still, open_file, summary
from ischia.screening.sights.base import Found, Sight
from ischia.screening.sights.files import SeenFile, SeenSignal
from ischia.screening.sights.links import SeenLink
from ischia.screening.sights.texts import SeenText
from ischia.screening.submission import FilePart, LinkPart, Part, SignalPart, TextPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What of a part a person is shown; of pictures a small one, re-encoded in the cage."""

    part: str
    media_type: str
    inside: str = ""
    text: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPart:
    """A part after it was looked at: how it is summarised, what is seen in it, and what a person could be shown."""

    id: str
    type: str
    undecodable: str = ""
    left_out: int = 0
    form: Mapping[str, Any] = field(default_factory=dict)
    sights: tuple[Sight, ...] = ()
    text: str = ""
    stills: tuple[Still, ...] = ()

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


def look_at(part: Part, *, told: Told | None = None) -> SeenPart:
    """Look into one part; `told` hears how far a film is. What cannot be decoded is a state of the part, no error.

    Raises `LongFilmError` for a long film where nobody hears.
    """
    return _file(part, told) if isinstance(part, FilePart) else _LOOKS[type(part)](part)


def _text(part: TextPart) -> SeenPart:
    sight = SeenText(part=part.id, text=part.text)
    return SeenPart(id=part.id, type="text", form={"letters": sight.letters}, sights=(sight,), text=part.text)


def _file(part: FilePart, told: Told | None) -> SeenPart:
    digests = SeenFile(part=part.id, part_type=part.type, signals=cage.file(part.path))
    try:
        opened = open_file(part.path, part=part.id, part_type=part.type, told=told)
    except Undecodable as error:
        form = {"bytes": part.path.stat().st_size}
        return SeenPart(id=part.id, type=part.type, undecodable=error.reason, form=form, sights=(digests,))
    return SeenPart(
        id=part.id,
        type=part.type,
        form=summary(opened),
        left_out=len(opened.left_out),
        sights=(digests, *opened.sights),
        stills=tuple(opened.stills),
    )


def _link(part: LinkPart) -> SeenPart:
    sight = SeenLink(part=part.id, url=part.url)
    return SeenPart(id=part.id, type="link", form={"url": part.url}, sights=(sight,), text=part.url)


def _signal(part: SignalPart) -> SeenPart:
    sight = SeenSignal(part=part.id, signal=part.signal)
    return SeenPart(id=part.id, type="signal", form={"algorithm": part.signal.algorithm}, sights=(sight,))


_LOOKS: dict[type[Part], Callable[[Any], SeenPart]] = {
    TextPart: _text,
    LinkPart: _link,
    SignalPart: _signal,
}


LONGEST_SHOWN: Final = 100_000
MOST_SHOWN: Final = 12
"""Pictures and texts of one part that a person can be shown; those that matched come first."""


def with_languages(parts: Sequence[SeenPart], found: Sequence[Found] = ()) -> tuple[SeenPart, ...]:
    """The parts with the language and script of their texts, and what was left out in them, told in their summaries.

    For what is not let pass: nobody asks what language the rest is in, and the answer takes longer than a screening.
    """
    matched = _places(found)
    return tuple(_with_languages(part, matched) for part in parts)


def _with_languages(part: SeenPart, matched: Container[tuple[str, str]]) -> SeenPart:
    texts = [sight for sight in part.sights if isinstance(sight, SeenText)]
    texts.sort(key=lambda sight: (part.id, sight.inside) not in matched)
    told = [
        {"inside": sight.inside, "languages": list(language.tags(sight.text)), "machine_read": sight.machine_read}
        for sight in texts[:MOST_SHOWN]
    ]
    if not told:
        return part
    notes = dict.fromkeys((*part.form.get("notes", ()), *(note for sight in texts for note in sight.notes)))
    return replace(part, form={**part.form, "texts": told, **({"notes": [*notes]} if notes else {})})


def _places(found: Sequence[Found]) -> frozenset[tuple[str, str]]:
    return frozenset((match.part, match.sight.inside) for match in found)


def shown(parts: Sequence[SeenPart], found: Sequence[Found] = ()) -> tuple[Shown, ...]:
    """What a person will see of the parts; a second pass, because most content is let pass and never looked at.

    Pictures are stored as files here, before the transaction that names them.
    """
    matched = _places(found)
    return tuple(one for part in parts for one in _shown(part, matched))


def _shown(part: SeenPart, matched: Container[tuple[str, str]]) -> Iterator[Shown]:
    if part.text:
        yield Shown(part=part.id, media_type="text/plain", text=printable(part.text))
    inner = {sight.inside: sight.text for sight in part.sights if isinstance(sight, SeenText) and sight.inside}
    for inside in sorted(inner, key=lambda place: (part.id, place) not in matched)[:MOST_SHOWN]:
        yield Shown(part=part.id, inside=inside, media_type="text/plain", text=printable(inner[inside])[:LONGEST_SHOWN])
    for still in sorted(part.stills, key=lambda still: (part.id, still.inside) not in matched)[:MOST_SHOWN]:
        picture = _small(still)
        if picture:
            yield Shown(part=part.id, inside=still.inside, media_type="image/webp", file=storage.save(picture))


def _small(still: Still) -> bytes | None:
    if still.path is None:
        return None if still.plane is None else webp(still.plane)
    try:
        return cage.image(still.path, thumbnail=True).thumbnail
    except Undecodable:
        return None  # Its signals were taken, so the picture is fine; it just cannot be shown.


def webp(plane: npt.NDArray[np.uint8]) -> bytes:
    """Return uint8[height, width] of luma, which the cage gave, as a small WebP."""
    target = io.BytesIO()
    Image.fromarray(plane).save(target, "WEBP", quality=75)
    return target.getvalue()


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
