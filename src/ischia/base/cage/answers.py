"""What a cage answers. The child that wrote it decoded foreign bytes, so nothing in it is believed unchecked."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from ischia.core.media import FORMATS, ImageLimits, Reason
from ischia.core.signals import Signal, SignalError, get

LARGEST_ANSWER: Final = 2 * 2**20
_OWN_REASONS: Final = frozenset({"timeout", "decoder_died", "garbled"})
REASONS: Final = _OWN_REASONS | {str(reason) for reason in Reason}
"""Every word that `Undecodable.reason` can be."""

_NOTE = re.compile(r"[a-z0-9_]{1,40}\Z")
_LONGEST_DETAIL = 200
_MOST_SIGNALS = 64
_MOST_NOTES = 16
_LARGEST_SIDE = ImageLimits().max_pixels


class Undecodable(Exception):
    """A file that gave no answer: `reason` is one of `REASONS`, `detail` a sentence for people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail


@dataclass(frozen=True, slots=True)
class ImageResult:
    """What a picture consists of: its signals, upright size in pixels, format, frames and, if asked for, a small WebP.

    `notes` are those of `core.media.ImageSignals`: how the pixels were read.
    """

    signals: tuple[Signal, ...]
    width: int
    height: int
    format: str
    frames: int = 1
    notes: tuple[str, ...] = ()
    thumbnail: bytes | None = None


def parse(answer: bytes) -> tuple[dict[str, Any], bytes]:
    """Split an answer into its document and the bytes after it; raises `Undecodable` for a refusal or for garbage."""
    length = int.from_bytes(answer[:4], "big")
    if not 2 <= length <= len(answer) - 4:
        raise _garbled("it is cut off")
    try:
        document = json.loads(answer[4 : 4 + length])
    except (ValueError, RecursionError):
        raise _garbled("it is no JSON") from None
    if not isinstance(document, dict):
        raise _garbled("it is no JSON object")
    if "error" in document:
        raise _refusal(document["error"])
    return document, answer[4 + length :]


def image_result(document: dict[str, Any], further: bytes) -> ImageResult:
    """Check every field of a picture's answer; raises `Undecodable` with reason `garbled` when one is not as agreed."""
    signals = document.get("signals")
    if not isinstance(signals, list) or len(signals) > _MOST_SIGNALS:
        raise _garbled("it has no list of signals")
    if further and not (further.startswith(b"RIFF") and further[8:12] == b"WEBP"):
        raise _garbled("its thumbnail is no WebP")
    return ImageResult(
        signals=tuple(_signal(item) for item in signals),
        width=_count("width", document, _LARGEST_SIDE),
        height=_count("height", document, _LARGEST_SIDE),
        format=_format(document.get("format")),
        frames=_count("frames", document, ImageLimits().max_frames + 1),
        notes=_notes(document.get("notes")),
        thumbnail=further or None,
    )


def _signal(item: object) -> Signal:
    if not isinstance(item, dict) or item.keys() != {"algorithm", "version", "value", "quality"}:
        raise _garbled("a signal has other fields")
    algorithm, version, value, quality = (item[name] for name in ("algorithm", "version", "value", "quality"))
    if not isinstance(algorithm, str) or not isinstance(value, str) or len(value) > 8192:
        raise _garbled("a signal is no text")
    try:
        kind = get(algorithm)
        canonical = kind.parse(value)
    except SignalError as error:
        raise _garbled(f"a signal is none: {error}") from None
    if type(version) is not int or version != kind.version or not _good_quality(quality, kind.largest_quality):
        raise _garbled("a signal has another version or an impossible quality")
    return Signal(algorithm, version, canonical, quality)


def _good_quality(quality: object, largest: int | None) -> bool:
    if quality is None:
        return True
    return type(quality) is int and quality >= 0 and (largest is None or quality <= largest)


def _count(name: str, document: dict[str, Any], most: int) -> int:
    value = document.get(name)
    if type(value) is not int or not 1 <= value <= most:
        raise _garbled(f"its {name} is no number from 1 to {most}")
    return value


def _format(value: object) -> str:
    if not isinstance(value, str) or value not in FORMATS.values():
        raise _garbled("the file format has no known name")
    return value


def _notes(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > _MOST_NOTES:
        raise _garbled("it has no list of notes")
    if not all(isinstance(note, str) and _NOTE.match(note) for note in value):
        raise _garbled("a note is no word")
    return tuple(value)


def _refusal(error: object) -> Undecodable:
    reason = error.get("reason") if isinstance(error, dict) else None
    detail = error.get("detail") if isinstance(error, dict) else None
    if not isinstance(reason, str) or reason not in REASONS or not isinstance(detail, str):
        return _garbled("its refusal has no reason")
    return Undecodable(reason, _printable(detail))


def _printable(detail: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in detail[:_LONGEST_DETAIL])


def _garbled(what: str) -> Undecodable:
    return Undecodable("garbled", f"the decoder's answer makes no sense: {what}")
