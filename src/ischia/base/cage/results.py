"""From a checked answer to what a picture, a film, a sound, a document or an archive consists of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from ischia.base.cage import answers
from ischia.base.cage.answers import Answer, Plane, garbled
from ischia.base.cage.works import LONGEST_FILM
from ischia.core.media import FORMATS, ImageLimits, Reason
from ischia.core.media.archives import ArchiveContent, ArchiveLimits, LeftOut, Member, MemberText, Names
from ischia.core.media.audio import SoundLimits, SoundSignals
from ischia.core.media.ocr import LANGUAGES, LONGEST_LINE, MOST_LINES, Line, ReadText
from ischia.core.media.pdf import PdfContent, PdfFile, PdfLimits, PdfPicture
from ischia.core.media.scans import ReadPage, ScanLimits
from ischia.core.media.video import STILLS, Rest, VideoLimits, VideoSample
from ischia.core.signals import Signal, SignalError, frames, large
from ischia.core.signals.types import FRAMES
from ischia.core.sound import Sound
from ischia.core.video import BANK, PROBE

_FORMATS: Final = frozenset(FORMATS.values())
_REASONS: Final = frozenset(answers.REASONS)
_LARGEST_SIDE: Final = ImageLimits().max_pixels
_VARIANTS: Final = frozenset((*BANK, *PROBE))
_BEST_QUALITY: Final = 100
_MOST_SIGNALS: Final = 64
_MOST_PAGES: Final = 10_000_000
_LONGEST_NAME: Final = 200
_MOST_NAMES: Final = 2 * ArchiveLimits().max_depth


@dataclass(frozen=True, slots=True)
class ImageResult:
    """What a picture consists of: its signals, upright size in pixels, format, frames.

    `plane` is its luma, uint8[height, width] of at most 512 pixels on each side, and `thumbnail` a small WebP, if they
    were asked for and the picture is large enough. `notes` are those of `core.media.ImageSignals`.
    """

    signals: tuple[Signal, ...]
    width: int
    height: int
    format: str
    frames: int = 1
    notes: tuple[str, ...] = ()
    thumbnail: bytes | None = None
    plane: Plane | None = field(default=None, compare=False, repr=False)


def image(answer: Answer) -> ImageResult:
    """Check every field of a picture's answer; raises `Undecodable` with reason `garbled` when one is not as agreed."""
    document = answer.document
    return ImageResult(
        signals=tuple(answers.signal(item) for item in answer.items("signals", _MOST_SIGNALS)),
        width=answers.count(document.get("width"), "width", _LARGEST_SIDE),
        height=answers.count(document.get("height"), "height", _LARGEST_SIDE),
        format=answers.word(document.get("format"), "format", _FORMATS),
        frames=answers.count(document.get("frames"), "frames", ImageLimits().max_frames + 1),
        notes=answers.notes(document.get("notes")),
        thumbnail=_thumbnail(answer),
        plane=_only_plane(answer),
    )


def _thumbnail(answer: Answer) -> bytes | None:
    found = answer.group("thumbnail", min(1, len(answer.blobs.get("thumbnail", ()))))
    if found and not (found[0].startswith(b"RIFF") and found[0][8:12] == b"WEBP"):
        raise garbled("its thumbnail is no WebP")
    return found[0] if found else None


def _only_plane(answer: Answer) -> Plane | None:
    shape = answer.document.get("plane")
    return None if shape is None else answers.plane(shape, answer.group("planes", 1)[0])


def sound(answer: Answer) -> SoundSignals:
    """Check a sound's answer; the signal is made anew of the fingerprint's bytes. Raises `Undecodable`."""
    seconds = answers.seconds(answer.document.get("seconds"), "length", SoundLimits().max_seconds + 1)
    notes = answers.notes(answer.document.get("notes"))
    data = answer.blobs.get("sound", ())
    if not data:
        return SoundSignals(None, seconds, notes)
    try:
        found = Sound.of(answer.group("sound", 1)[0])
    except SignalError as error:
        raise garbled(str(error)) from None
    return SoundSignals(found.signal() if found.counts.any() else None, seconds, notes)


def video(answer: Answer) -> VideoSample:
    """Check a film's answer; the signals are made anew of the bytes of their frames. Raises `Undecodable`."""
    document, longest = answer.document, 2 * VideoLimits().max_seconds
    variants = [answers.word(name, "variant", _VARIANTS) for name in answer.items("variants", len(_VARIANTS))]
    stills = answer.items("stills", STILLS + 1)
    return VideoSample(
        seconds=answers.seconds(document.get("seconds"), "length", LONGEST_FILM),
        width=answers.count(document.get("width"), "width", _LARGEST_SIDE, least=0),
        height=answers.count(document.get("height"), "height", _LARGEST_SIDE, least=0),
        every=answers.seconds(document.get("every"), "step", longest),
        frames=tuple(
            _frames(data, variant)
            for data, variant in zip(answer.group("frames", len(variants)), variants, strict=True)
        ),
        stills=tuple(
            _still(item, blob) for item, blob in zip(stills, answer.group("planes", len(stills)), strict=True)
        ),
        notes=answers.notes(document.get("notes")),
        rest=None if document.get("rest") is None else _rest(answer),
    )


def _rest(answer: Answer) -> Rest:
    found = answer.items("rest", len(Rest._fields))
    if len(found) != len(Rest._fields):
        raise garbled("it does not say where it ended")
    second, keyframe, byte = found
    return Rest(
        answers.seconds(second, "rest", LONGEST_FILM),
        answers.seconds(keyframe, "keyframe", LONGEST_FILM),
        answers.count(byte, "place", VideoLimits().max_bytes, least=-1),
    )


def _frames(data: bytes, variant: str) -> Signal:
    try:
        found = frames.unpack(data)
    except ValueError as error:
        raise garbled(str(error)) from None
    if (np.diff(found["milliseconds"].astype(np.int64)) < 0).any() or (found["quality"] > _BEST_QUALITY).any():
        raise garbled("its frames are in no order, or better than can be")
    return large(FRAMES, data, int((found["quality"] > 0).sum()), variant)


def _still(item: object, blob: bytes) -> tuple[float, Plane]:
    instant, *shape = answers.listed(item, "still", 3)
    return answers.seconds(instant, "instant", 2 * VideoLimits().max_seconds), answers.plane(shape, blob)


def pdf(answer: Answer) -> PdfContent:
    """Check a document's answer; raises `Undecodable`."""
    limits = PdfLimits()
    names = answer.items("files", limits.max_files)
    pictures, drawn = answer.items("pictures", limits.max_pictures), answer.items("drawn", limits.max_drawn)
    planes = iter(answer.group("planes", sum(_has_plane(item) for item in (*pictures, *drawn))))
    return PdfContent(
        pages=answers.count(answer.document.get("pages"), "pages", _MOST_PAGES),
        texts=_texts(answer, limits.max_pages, limits.max_characters),
        links=tuple(answers.line(link, "link", 2_048) for link in answer.items("links", limits.max_links)),
        pictures=tuple(_pdf_picture(item, planes) for item in pictures),
        drawn=tuple(_pdf_picture(item, planes) for item in drawn),
        files=tuple(
            PdfFile(answers.line(name, "file's name", _LONGEST_NAME), content)
            for name, content in zip(names, answer.group("files", len(names)), strict=True)
        ),
        notes=answers.notes(answer.document.get("notes")),
    )


def ocr(answer: Answer) -> ReadText:
    """Check the answer about text in a picture; raises `Undecodable`."""
    return _read_text(answer.document, _texts(answer, MOST_LINES, MOST_LINES * LONGEST_LINE))


def scans(answer: Answer) -> tuple[ReadPage, ...]:
    """Check the answer about text in the pictures of a document; raises `Undecodable`."""
    most = ScanLimits().pages
    texts = list(_texts(answer, most * MOST_LINES, most * MOST_LINES * LONGEST_LINE))
    pages = []
    for item in answer.items("pages", most):
        found = answers.fields(item, frozenset({"page", "lines", "language", "notes"}))
        count = len(answers.listed(found["lines"], "lines", MOST_LINES))
        number = answers.count(found["page"], "page", _MOST_PAGES)
        pages.append(ReadPage(number, _read_text(found, texts[:count])))
        del texts[:count]
    if texts:
        raise garbled("it has more texts than lines")
    return tuple(pages)


def _read_text(document: Mapping[str, Any], texts: Sequence[str]) -> ReadText:
    found = answers.listed(document.get("lines"), "lines", MOST_LINES)
    if len(texts) != len(found):
        raise garbled("its texts and their lines differ in number")
    language = answers.word(document.get("language"), "language", frozenset({"", *LANGUAGES}))
    lines = tuple(_line(item, text) for item, text in zip(found, texts, strict=True))
    return ReadText(lines, language, answers.notes(document.get("notes")))


def _line(item: object, text: str) -> Line:
    numbers = answers.listed(item, "line", 5)
    if len(numbers) != 5 or len(text.splitlines()) != 1 or len(text) > LONGEST_LINE:
        raise garbled("a line of its text has no box, or is none")
    confidence, *sides = numbers
    left, top, right, bottom = (answers.count(side, "side of a line", 2 * _LARGEST_SIDE, least=0) for side in sides)
    return Line(text, answers.seconds(confidence, "confidence", 1), (left, top, right, bottom))


def _has_plane(item: object) -> bool:
    return isinstance(item, dict) and item.get("plane") is not None


def _pdf_picture(item: object, planes: Iterator[bytes]) -> PdfPicture:
    found = answers.fields(item, frozenset({"page", "width", "height", "pdq", "plane"}))
    return PdfPicture(
        page=answers.count(found["page"], "page", _MOST_PAGES),
        width=answers.count(found["width"], "width", _LARGEST_SIDE),
        height=answers.count(found["height"], "height", _LARGEST_SIDE),
        pdq=None if found["pdq"] is None else answers.signal(found["pdq"]),
        plane=None if found["plane"] is None else answers.plane(found["plane"], next(planes)),
    )


def _texts(answer: Answer, most: int, characters: int) -> tuple[str, ...]:
    blobs = answer.blobs.get("texts", ())
    if len(blobs) > most or sum(map(len, blobs)) > 4 * characters:
        raise garbled("it has more text than was asked for")
    return tuple(answers.text(blob, "texts") for blob in blobs)


def archive(answer: Answer) -> ArchiveContent:
    """Check an archive's answer; raises `Undecodable`."""
    limits = ArchiveLimits()
    members = answer.items("members", limits.max_members)
    named = answer.items("texts", limits.max_members)
    texts = _texts(answer, limits.max_members, limits.max_characters)
    if len(texts) != len(named):
        raise garbled("its texts and their names differ in number")
    return ArchiveContent(
        members=tuple(
            Member(_names(names), content)
            for names, content in zip(members, answer.group("members", len(members)), strict=True)
        ),
        texts=tuple(MemberText(_names(names), text) for names, text in zip(named, texts, strict=True)),
        left_out=tuple(_left_out(item) for item in answer.items("left_out", limits.max_members)),
        notes=answers.notes(answer.document.get("notes")),
    )


def _names(value: object) -> Names:
    found: list[Any] = answers.listed(value, "names", _MOST_NAMES)
    return tuple(answers.line(name, "name", _LONGEST_NAME) for name in found)


def _left_out(value: object) -> LeftOut:
    found = answers.fields(value, frozenset({"names", "reason"}))
    return LeftOut(_names(found["names"]), Reason(answers.word(found["reason"], "reason", _REASONS)))
