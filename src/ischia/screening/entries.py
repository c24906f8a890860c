"""From what somebody hands in as known content to the signals of an entry."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ischia.banks.verbs import NewPicture
from ischia.base import cage
from ischia.base.cage import Undecodable
from ischia.core import links
from ischia.core.media.instants import clock
from ischia.core.media.sniff import HEAD, family, sniff
from ischia.core.media.video import DEMUXERS as MAY_SHOW
from ischia.core.signals import Signal, make
from ischia.core.text import Phrase, passages
from ischia.core.vision import entry_signals
from ischia.screening import films
from ischia.screening.errors import LongFilmError
from ischia.screening.films import Told
from ischia.screening.parts import MOST_SHOWN, printable, webp
from ischia.screening.phrases import signal_of
from ischia.screening.sights.base import Sight
from ischia.screening.sights.files import SeenFile
from ischia.screening.sights.pictures import SeenPicture
from ischia.screening.sights.sounds import SeenSound
from ischia.screening.sights.texts import SeenText
from ischia.screening.sights.videos import SeenVideo

FILM_AT_ONCE: Final = 5
"""Windows of a known film that somebody may wait for at a web form: ten minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Signals, what a reviewer is shown of the entry, and what whoever adds it should know."""

    signals: tuple[Signal, ...] = ()
    excerpt: str = ""
    pictures: tuple[NewPicture, ...] = ()
    sights: tuple[Sight, ...] = ()
    told: tuple[str, ...] = ()

    def __add__(self, other: Material) -> Material:
        return Material(
            signals=(*self.signals, *other.signals),
            excerpt="\n".join(filter(None, (self.excerpt, other.excerpt))),
            pictures=(*self.pictures, *other.pictures),
            sights=(*self.sights, *other.sights),
            told=(*self.told, *other.told),
        )


def from_text(text: str) -> Material:
    """The folded hash of a text and what its passages are recognised by; without letters there is none."""
    sight = SeenText(part="", text=text)
    told = passages.signal(text)
    signals = (*((sight.folded,) if sight.folded else ()), *((told,) if told else ()))
    return Material(signals=signals, excerpt=printable(text), sights=(sight,))


def from_phrase(phrase: Phrase) -> Material:
    """A phrase, which only ever queues; raises `SignalError` for one without letters."""
    return Material(signals=(signal_of(phrase),), excerpt=f"{printable(phrase.text)}\n{printable(phrase.reason)}")


def from_url(url: str) -> Material:
    """An address, its content, or everything under it (`example.com/*`); raises `UrlError`."""
    return Material(signals=links.entry_signals(url), excerpt=printable(url.strip()))


def from_files(paths: Sequence[Path], *, told: Told | None = None) -> Material:
    """Hashes of every file, and what the cage sees in it: pictures, sounds, videos, documents.

    What a document or an archive holds is not known content by itself: add the files in it. `told` hears how far a film
    is; where nobody hears, `Undecodable` is raised for a long one, as it is for a file that is damaged.
    """
    return sum((_from_file(path, told) for path in paths), Material())


def _from_file(path: Path, told: Told | None) -> Material:
    digests = cage.file(path)
    material = Material(signals=digests, sights=(SeenFile(part="", part_type="file", signals=digests),))
    with path.open("rb") as file:
        media_type = sniff(file.read(HEAD))
    kind = family(media_type)
    if kind == "video" or media_type in MAY_SHOW:
        return material + _from_film(path, told)
    look = _LOOKS.get(kind)
    return material + look(path) if look else material


def _from_picture(path: Path) -> Material:
    image = cage.image(path, thumbnail=True, plane=True)
    sight = SeenPicture(part="", part_type="image", plane=image.plane, whole=image.signals)
    shown = (NewPicture(image.thumbnail),) if image.thumbnail else ()
    whole = image.signals[0] if image.signals else None
    signals = image.signals if image.plane is None else tuple(entry_signals(image.plane, whole))
    return Material(signals=signals, pictures=shown, sights=(sight,))


def _from_sound(path: Path) -> Material:
    found = cage.sound(path)
    if found.sound is None:
        return Material()
    sight = SeenSound(part="", part_type="audio", signal=found.sound)
    return Material(signals=(found.sound,), sights=(sight,))


def _from_film(path: Path, told: Told | None) -> Material:
    try:
        found = films.look(path, dense=True, told=told, at_once=FILM_AT_ONCE)
    except LongFilmError as error:
        raise Undecodable("too_large", f"{error}: add it with `ischia bank add`") from None
    film = found.sample
    if "no_pictures" in film.notes:
        return _from_sound(path)
    told_of = (f"the film after {clock(found.reached)} is not recognised: {found.left_out}",) if found.left_out else ()
    sight = SeenVideo(part="", part_type="video", frames=film.frames, seconds=film.seconds, every=film.every)
    shown = tuple(NewPicture(webp(plane), clock(instant)) for instant, plane in film.stills)
    material = Material(signals=film.frames, pictures=shown, sights=(sight,), told=told_of)
    with contextlib.suppress(
        Undecodable
    ):  # A film without sound, or with one that nobody reads, is known by its frames.
        material += _from_sound(path)
    return material


def _from_document(path: Path) -> Material:
    content = cage.pdf(path)
    text = "\n".join(content.texts)
    material = from_text(text) if text.strip() else Material()
    shown = [NewPicture(webp(page.plane), f"page {page.page}") for page in content.drawn if page.plane is not None]
    return material + Material(pictures=tuple(shown[:MOST_SHOWN]))


_LOOKS: Mapping[str, Callable[[Path], Material]] = {
    "image": _from_picture,
    "audio": _from_sound,
    "pdf": _from_document,
}


def from_signals(values: Sequence[tuple[str, str, int | None]]) -> Material:
    """Signals that somebody computed elsewhere (algorithm, value, quality); raises `SignalError`."""
    return Material(signals=tuple(make(algorithm, value, quality) for algorithm, value, quality in values))
