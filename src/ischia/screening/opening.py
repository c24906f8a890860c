"""Looking into files: what a picture, a sound, a video, a document or an archive holds, each thing by its own kind.

The cage decodes; what it finds inside goes the same way again, a file at a time and under the limits of archives.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ischia.base import cage
from ischia.base.cage import Undecodable
from ischia.base.config import config
from ischia.core.links import found as links_in
from ischia.core.media.archives import ArchiveLimits
from ischia.core.media.instants import clock
from ischia.core.media.pdf import PdfContent
from ischia.core.media.sniff import HEAD, family, sniff
from ischia.screening.sights.base import Sight
from ischia.screening.sights.files import SeenFile
from ischia.screening.sights.links import SeenLink
from ischia.screening.sights.pictures import SeenPicture
from ischia.screening.sights.sounds import SeenSound
from ischia.screening.sights.texts import SeenText
from ischia.screening.sights.videos import SeenVideo

DEEPEST: Final = ArchiveLimits().max_depth
MOST_FILES: Final = 200
"""Files that are opened inside of one part, documents in archives counted with what they hold."""

Plane = npt.NDArray[np.uint8]
ANIMATED: Final = frozenset({"GIF", "WEBP", "PNG", "AVIF"})
LONGEST_INSIDE: Final = 200


@dataclass(frozen=True, slots=True)
class Still:
    """A small picture of what was looked into: its file, or its luma, and where in the part it is."""

    inside: str
    plane: Plane | None = None
    path: Path | None = None


@dataclass(slots=True)
class Opened:
    """What is seen in a part, what can be told of its form, what a person can be shown, and what nobody could open."""

    part: str
    part_type: str
    sights: list[Sight] = field(default_factory=list)
    form: dict[str, Any] = field(default_factory=dict)
    stills: list[Still] = field(default_factory=list)
    left_out: list[dict[str, str]] = field(default_factory=list)
    files: int = 0

    def leave_out(self, inside: str, reason: str) -> None:
        """Say that something inside was not looked into."""
        self.left_out.append({"inside": inside, "reason": reason})

    def add_text(self, text: str, inside: str, *, machine_read: bool = False) -> None:
        """Take words that were found inside."""
        if text.strip():
            sight = SeenText(
                part=self.part, part_type=self.part_type, inside=inside, text=text, machine_read=machine_read
            )
            self.sights.append(sight)

    def add_links(self, urls: Iterable[str], inside: str) -> None:
        """Take addresses that were found inside."""
        for link in links_in("\n".join(urls)):
            self.sights.append(SeenLink(part=self.part, part_type=self.part_type, inside=inside, url=link.url))


def open_file(path: Path, *, part: str, part_type: str) -> Opened:
    """Look into a part's file. Raises `Undecodable` for what a part of its type cannot be, and for what is damaged."""
    opened = Opened(part, part_type)
    opened.form["bytes"] = path.stat().st_size
    with path.open("rb") as file:
        kind = family(sniff(file.read(HEAD)))
    declared = part_type if part_type in {"image", "audio", "video"} else kind
    # What is said to be a video and is a sound is a sound; a picture has to be one.
    _look(opened, path, kind if declared in {"audio", "video"} and kind in {"audio", "video", "image"} else declared)
    return opened


def _look(opened: Opened, path: Path, kind: str, inside: str = "", depth: int = 1) -> None:
    match kind:
        case "image":
            _picture(opened, path, inside)
        case "audio":
            _sound(opened, path, inside)
        case "video":
            _video(opened, path, inside)
        case "pdf":
            _pdf(opened, path, inside, depth)
        case "archive":
            _archive(opened, path, inside, depth)
        case "playlist":
            raise Undecodable("unsupported", "a playlist names other files and holds nothing itself")


def _picture(opened: Opened, path: Path, inside: str) -> None:
    image = cage.image(path, plane=True)
    if image.frames > 1 and image.format in ANIMATED:
        with contextlib.suppress(Undecodable):  # Its first frame was read, and counts as a picture.
            _film(opened, path, inside)
    picture = SeenPicture(
        part=opened.part, part_type=opened.part_type, inside=inside, plane=image.plane, whole=image.signals
    )
    opened.sights.append(picture)
    opened.stills.append(Still(inside, path=path) if not inside else Still(inside, plane=image.plane))
    if config().read_pictures:
        _words(opened, path, inside)
    if not inside:
        opened.form |= {"width": image.width, "height": image.height, "format": image.format}


def _words(opened: Opened, path: Path, inside: str) -> None:
    """The words in a picture go the same way as typed ones, marked as read by a machine."""
    try:
        text = "\n".join(line.text for line in cage.ocr(path).lines)
    except Undecodable as error:
        opened.leave_out(_within(inside, "words in the picture"), error.reason)
    else:
        opened.add_text(text, _within(inside, "words in the picture"), machine_read=True)


def _sound(opened: Opened, path: Path, inside: str) -> None:
    found = cage.sound(path)
    if not inside:
        opened.form = {"seconds": round(found.seconds, 1), "notes": list(found.notes), **opened.form}
    if found.sound is not None:
        sound = SeenSound(part=opened.part, part_type=opened.part_type, inside=inside, signal=found.sound)
        opened.sights.append(sound)


def _video(opened: Opened, path: Path, inside: str) -> None:
    """Its pictures and its sound, each of which may be missing; a film of which neither can be read is damaged."""
    try:
        _film(opened, path, inside)
    except Undecodable:
        _sound(opened, path, inside)
        if not any(isinstance(sight, SeenSound) and sight.inside == inside for sight in opened.sights):
            raise
    else:
        with contextlib.suppress(Undecodable):
            _sound(opened, path, inside)


def _film(opened: Opened, path: Path, inside: str) -> None:
    film = cage.video(path)
    if not inside:
        opened.form |= {"seconds": round(film.seconds, 1), "width": film.width, "height": film.height}
        opened.form["notes"] = list(film.notes)
    opened.sights.append(
        SeenVideo(
            part=opened.part,
            part_type=opened.part_type,
            inside=inside,
            frames=film.frames,
            seconds=film.seconds,
            every=film.every,
        )
    )
    opened.stills += [Still(_within(inside, clock(instant)), plane=plane) for instant, plane in film.stills]


def _pdf(opened: Opened, path: Path, inside: str, depth: int) -> None:
    content = cage.pdf(path)
    if not inside:
        opened.form |= {"pages": content.pages, "notes": list(content.notes)}
    for number, text in enumerate(content.texts, 1):
        opened.add_text(text, _within(inside, f"page {number}"))
    opened.add_links(content.links, inside)
    _pages(opened, content, inside)
    for file in content.files:
        _inner(opened, file.content, _within(inside, file.name), depth + 1)


def _pages(opened: Opened, content: PdfContent, inside: str) -> None:
    for picture in (*content.pictures, *content.drawn):
        if picture.plane is not None and picture.pdq is not None:
            where = _within(inside, f"page {picture.page}")
            whole = (picture.pdq,)
            opened.sights.append(
                SeenPicture(
                    part=opened.part, part_type=opened.part_type, inside=where, plane=picture.plane, whole=whole
                )
            )
    opened.stills += [Still(_within(inside, f"page {page.page}"), plane=page.plane) for page in content.drawn]


def _archive(opened: Opened, path: Path, inside: str, depth: int) -> None:
    content = cage.archive(path, depth=depth)
    if not inside:
        opened.form |= {"files": len(content.members), "notes": list(content.notes)}
    for text in content.texts:
        opened.add_text(text.text, _within(inside, *text.names))
    for left in content.left_out:
        opened.leave_out(_within(inside, *left.names), str(left.reason))
    for member in content.members:
        _inner(opened, member.content, _within(inside, *member.names), depth + max(1, len(member.names)))


def _inner(opened: Opened, content: bytes, inside: str, depth: int) -> None:
    """Look into a file that was inside of another: its bytes, and what it holds."""
    opened.files += 1
    if opened.files > MOST_FILES or depth > DEEPEST + 1:
        opened.leave_out(inside, "too_large")
        return
    with tempfile.NamedTemporaryFile(prefix="ischia-inside-") as spool:
        spool.write(content)
        spool.flush()
        path = Path(spool.name)
        digests = cage.file(path)
        opened.sights.append(SeenFile(part=opened.part, part_type=opened.part_type, inside=inside, signals=digests))
        try:
            _look(opened, path, family(sniff(content[:HEAD])), inside, depth)
        except Undecodable as error:
            opened.leave_out(inside, error.reason)


def _within(inside: str, *names: str) -> str:
    """Name a place inside of a place, as far as there is room for it."""
    return " › ".join(filter(None, (inside, *names)))[:LONGEST_INSIDE]


def summary(opened: Opened) -> Mapping[str, Any]:
    """What is told of the part's form, with what was left out."""
    return {**opened.form, **({"left_out": opened.left_out[:20]} if opened.left_out else {})}
