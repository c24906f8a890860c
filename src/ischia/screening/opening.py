"""Looking into files: what a picture, a sound, a video, a document or an archive holds, each thing by its own kind.

The cage decodes; what it finds inside goes the same way again, a file at a time and under the limits of archives.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ischia.base import cage
from ischia.base.cage import Undecodable
from ischia.base.config import config
from ischia.core.links import found as links_in
from ischia.core.media.archives import ArchiveLimits
from ischia.core.media.audio import SoundSignals
from ischia.core.media.instants import clock
from ischia.core.media.pdf import PdfContent
from ischia.core.media.sniff import HEAD, family, sniff
from ischia.core.media.video import DEMUXERS as MAY_SHOW
from ischia.core.media.video import VideoSample
from ischia.screening import films
from ischia.screening.films import Told
from ischia.screening.sights.base import Sight
from ischia.screening.sights.files import SeenFile
from ischia.screening.sights.links import SeenLink
from ischia.screening.sights.pictures import SeenPicture
from ischia.screening.sights.sounds import SeenSound
from ischia.screening.sights.texts import SeenText
from ischia.screening.sights.videos import SeenVideo, worth_a_closer_look

DEEPEST: Final = ArchiveLimits().max_depth
MOST_FILES: Final = 200
"""Files that are opened inside of one part, documents in archives counted with what they hold."""

Plane = npt.NDArray[np.uint8]
ANIMATED: Final = frozenset({"GIF", "WEBP", "PNG", "AVIF"})
LONGEST_INSIDE: Final = 200
_BETWEEN: Final = " › "
WORDS_IN_PICTURE: Final = "words in the picture"
"""Where a text was that a machine read: the last of the places in its `inside`."""


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
    told: Told | None = None

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


def open_file(path: Path, *, part: str, part_type: str, told: Told | None = None) -> Opened:
    """Look into a part's file; `told` hears how far a film is.

    Raises `Undecodable` for what a part of its type cannot be, and for what is damaged, and `LongFilmError` for a long
    film where nobody hears.
    """
    opened = Opened(part, part_type, told=told)
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
        case "audio" if not _may_show(path):
            _sound(opened, path, inside)
        case "audio" | "video":
            _video(opened, path, inside)
        case "pdf":
            _pdf(opened, path, inside, depth)
        case "archive":
            _archive(opened, path, inside, depth)
        case "playlist":
            raise Undecodable("unsupported", "a playlist names other files and holds nothing itself")


def _may_show(path: Path) -> bool:
    """Whether what says that it is a sound may hold pictures as well."""
    with path.open("rb") as file:
        return sniff(file.read(HEAD)) in MAY_SHOW


def _picture(opened: Opened, path: Path, inside: str) -> None:
    image = cage.image(path, plane=True)
    if image.frames > 1 and image.format in ANIMATED:
        try:
            _film(opened, path, inside)
        except Undecodable as error:  # Its first frame was read, and counts as a picture.
            opened.leave_out(_within(inside, "animation"), error.reason)
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
        read = cage.ocr(path)
    except Undecodable as error:
        opened.leave_out(_within(inside, WORDS_IN_PICTURE), error.reason)
    else:
        opened.add_text(read.text, _within(inside, WORDS_IN_PICTURE), machine_read=True)


def _sound(opened: Opened, path: Path, inside: str) -> SoundSignals:
    found = films.patiently(partial(cage.sound, path), opened.told)
    if not inside:
        notes = dict.fromkeys((*opened.form.get("notes", ()), *found.notes))
        opened.form = {"seconds": round(found.seconds, 1), **opened.form, "notes": list(notes)}
    if "cut_off" in found.notes:
        opened.leave_out(_within(inside, f"sound after {clock(found.seconds)}"), "too_large")
    if found.sound is not None:
        sound = SeenSound(part=opened.part, part_type=opened.part_type, inside=inside, signal=found.sound)
        opened.sights.append(sound)
    return found


def _video(opened: Opened, path: Path, inside: str) -> None:
    """Its pictures and its sound; a film of which neither can be read is damaged, and what cannot be read is told."""
    try:
        seen = _film(opened, path, inside)
    except Undecodable as error:
        _only_sound(opened, path, inside, error)
        return
    try:
        heard = _sound(opened, path, inside)
    except Undecodable as error:
        if not seen:
            raise
        opened.leave_out(_within(inside, "sound of the film"), error.reason)
    else:
        if not seen and "no_sound_track" in heard.notes:
            raise Undecodable("unsupported", "the file has neither pictures nor sound")


def _only_sound(opened: Opened, path: Path, inside: str, error: Undecodable) -> None:
    try:
        heard = _sound(opened, path, inside)
    except Undecodable:
        raise error from None
    if heard.sound is None:
        raise error
    opened.leave_out(_within(inside, "pictures of the film"), error.reason)


def _film(opened: Opened, path: Path, inside: str) -> bool:
    """Look at the pictures of a film; false when it has none."""
    film = films.look(path, told=opened.told)
    if "no_pictures" in film.sample.notes:
        return False
    sight = _seen(opened, film.sample, inside)
    if "keyframes" in film.sample.notes and (stretches := worth_a_closer_look(sight)):
        film = films.look_closer(path, film, stretches, told=opened.told)
        sight = _seen(opened, film.sample, inside)
    if film.left_out:
        opened.leave_out(_within(inside, f"film after {clock(film.reached)}"), film.left_out)
    seen = film.sample
    if not inside:
        opened.form |= {"seconds": round(seen.seconds, 1), "width": seen.width, "height": seen.height}
        opened.form["notes"] = list(seen.notes)
    opened.sights.append(sight)
    opened.stills += [Still(_within(inside, clock(instant)), plane=plane) for instant, plane in seen.stills]
    return True


def _seen(opened: Opened, seen: VideoSample, inside: str) -> SeenVideo:
    return SeenVideo(
        part=opened.part,
        part_type=opened.part_type,
        inside=inside,
        frames=seen.frames,
        seconds=seen.seconds,
        every=seen.every,
    )


def _pdf(opened: Opened, path: Path, inside: str, depth: int) -> None:
    content = cage.pdf(path)
    if not inside:
        opened.form |= {"pages": content.pages, "notes": list(content.notes)}
    for number, text in enumerate(content.texts, 1):
        opened.add_text(text, _within(inside, f"page {number}"))
    opened.add_links(content.links, inside)
    _pages(opened, content, inside)
    if content.pictures and config().read_pictures:
        _scanned_words(opened, path, inside)
    for file in content.files:
        _inner(opened, file.content, _within(inside, file.name), depth + 1)


def _scanned_words(opened: Opened, path: Path, inside: str) -> None:
    """The words on scanned pages, as those in pictures."""
    try:
        pages = cage.scans(path)
    except Undecodable as error:
        opened.leave_out(_within(inside, WORDS_IN_PICTURE), error.reason)
    else:
        for page in pages:
            where = _within(inside, f"page {page.page}", WORDS_IN_PICTURE)
            opened.add_text(page.text.text, where, machine_read=True)


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
    return _BETWEEN.join(filter(None, (inside, *names)))[:LONGEST_INSIDE]


def picture_of_words(inside: str) -> str:
    """The place of the picture in which a machine read the words at `inside`; empty for the part itself."""
    return inside.removesuffix(WORDS_IN_PICTURE).removesuffix(_BETWEEN)


def summary(opened: Opened) -> Mapping[str, Any]:
    """What is told of the part's form, with what was left out."""
    return {**opened.form, **({"left_out": opened.left_out[:20]} if opened.left_out else {})}
