"""What a cage answers. The child that wrote it decoded foreign bytes, so nothing in it is believed unchecked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ischia.core.media import Reason, Undecodable
from ischia.core.signals import Signal, SignalError, get
from ischia.core.vision.plane import SIDE

REASONS: Final = frozenset(str(reason) for reason in Reason)
"""Every word that `Undecodable.reason` can be."""

LARGEST_DOCUMENT: Final = 8 * 2**20
_BLOB_NAME = re.compile(r"[a-z_]{1,20}\Z")
_NOTE = re.compile(r"[a-z0-9_]{1,40}\Z")
_LONGEST_DETAIL = 200
_MOST_BLOBS = 20_000
_MOST_NOTES = 16

Plane = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Answer:
    """A document whose fields are not checked yet, and groups of byte strings by name."""

    document: Mapping[str, Any]
    blobs: Mapping[str, Sequence[bytes]]

    def group(self, name: str, count: int) -> Sequence[bytes]:
        """Return the blobs of a group that must have so many; raises `Undecodable`."""
        found = self.blobs.get(name, ())
        if len(found) != count:
            raise garbled(f"it has {len(found)} {name}, not {count}")
        return found

    def items(self, name: str, most: int) -> list[Any]:
        """Return a field that is a list of at most `most` things; raises `Undecodable`."""
        return listed(self.document.get(name), name, most)


def parse(answer: bytes | bytearray) -> Answer:
    """Split an answer into its document and blobs; raises `Undecodable` for a refusal or for garbage."""
    length = int.from_bytes(answer[:4], "big")
    if not 2 <= length <= min(len(answer) - 4, LARGEST_DOCUMENT):
        raise garbled("it is cut off")
    try:
        document = json.loads(answer[4 : 4 + length])
    except (ValueError, RecursionError):
        raise garbled("it is no JSON") from None
    if not isinstance(document, dict):
        raise garbled("it is no JSON object")
    if "error" in document:
        raise _refusal(document["error"])
    return Answer(document, _blobs(document.pop("blobs", None), memoryview(answer)[4 + length :]))


def _blobs(lengths: object, content: memoryview) -> dict[str, tuple[bytes, ...]]:
    if not isinstance(lengths, dict) or not all(isinstance(group, list) for group in lengths.values()):
        raise garbled("it does not say which blobs it has")
    every = [length for group in lengths.values() for length in group]
    if len(every) > _MOST_BLOBS or not all(type(length) is int and length >= 0 for length in every):
        raise garbled("a blob has no length, or there are too many")
    if sum(every) != len(content) or not all(_BLOB_NAME.match(name) for name in lengths):
        raise garbled("its blobs are longer or shorter than it says")
    blobs, at = {}, 0
    for name, group in lengths.items():
        found = []
        for length in group:
            found.append(bytes(content[at : at + length]))
            at += length
        blobs[name] = tuple(found)
    return blobs


def listed(value: object, name: str, most: int) -> list[Any]:
    """Return a list of at most `most` things."""
    if not isinstance(value, list) or len(value) > most:
        raise garbled(f"its {name} are no list of at most {most}")
    return value


def fields(value: object, names: frozenset[str]) -> dict[str, Any]:
    """Return a JSON object that has exactly these fields."""
    if not isinstance(value, dict) or value.keys() != names:
        raise garbled(f"it has other fields than {', '.join(sorted(names))}")
    return value


def count(value: object, name: str, most: int, least: int = 1) -> int:
    """Return a whole number from `least` to `most`."""
    if type(value) is not int or not least <= value <= most:
        raise garbled(f"its {name} is no number from {least} to {most}")
    return value


def seconds(value: object, name: str, most: float) -> float:
    """Return a number from 0 to `most`."""
    if type(value) not in (int, float) or not 0 <= value <= most:  # type: ignore[operator]
        raise garbled(f"its {name} is no number from 0 to {most:g}")
    return float(value)  # type: ignore[arg-type]


def word(value: object, name: str, allowed: frozenset[str]) -> str:
    """Return one of the words that are allowed."""
    if not isinstance(value, str) or value not in allowed:
        raise garbled(f"its {name} has no known name")
    return value


def line(value: object, name: str, longest: int) -> str:
    """Return printable text of at most `longest` characters."""
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise garbled(f"its {name} is no line of text")
    return value


def text(blob: bytes, name: str) -> str:
    """Return the text of a blob."""
    try:
        return blob.decode()
    except UnicodeDecodeError:
        raise garbled(f"its {name} are no text") from None


def notes(value: object) -> tuple[str, ...]:
    """Return notes: words of small letters."""
    if not isinstance(value, list) or len(value) > _MOST_NOTES:
        raise garbled("it has no list of notes")
    if not all(isinstance(note, str) and _NOTE.match(note) for note in value):
        raise garbled("a note is no word")
    return tuple(value)


def plane(shape: object, blob: bytes) -> Plane:
    """Return a luma plane, uint8[height, width] of at most 512 pixels on each side."""
    height, width = listed(shape, "planes", 2) if isinstance(shape, list) and len(shape) == 2 else (0, 0)
    height, width = count(height, "plane's height", SIDE), count(width, "plane's width", SIDE)
    if len(blob) != height * width:
        raise garbled(f"a plane of {height} x {width} has {len(blob)} bytes")
    return np.frombuffer(blob, np.uint8).reshape(height, width)


def signal(item: object) -> Signal:
    """Return a small signal: one that is its value."""
    found = fields(item, frozenset({"algorithm", "version", "value", "quality"}))
    algorithm, value, quality = found["algorithm"], found["value"], found["quality"]
    if not isinstance(algorithm, str) or not isinstance(value, str) or len(value) > 8192:
        raise garbled("a signal is no text")
    try:
        kind = get(algorithm)
        canonical = kind.parse(value)
    except SignalError as error:
        raise garbled(f"a signal is none: {error}") from None
    version = found["version"]
    if type(version) is not int or version != kind.version or not _good_quality(quality, kind.largest_quality):
        raise garbled("a signal has another version or an impossible quality")
    return Signal(algorithm, version, canonical, quality)


def _good_quality(quality: object, largest: int | None) -> bool:
    if quality is None:
        return True
    return type(quality) is int and quality >= 0 and (largest is None or quality <= largest)


def _refusal(error: object) -> Undecodable:
    reason = error.get("reason") if isinstance(error, dict) else None
    detail = error.get("detail") if isinstance(error, dict) else None
    if not isinstance(reason, str) or reason not in REASONS or not isinstance(detail, str):
        return garbled("its refusal has no reason")
    return Undecodable(reason, _printable(detail))


def _printable(detail: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in detail[:_LONGEST_DETAIL])


def garbled(what: str) -> Undecodable:
    """Return the refusal of an answer that makes no sense."""
    return Undecodable(Reason.GARBLED, f"the decoder's answer makes no sense: {what}")
