"""From what somebody hands in as known content to the signals of an entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ischia.banks.verbs import NewPicture
from ischia.base import cage
from ischia.core.media import sniff
from ischia.core.signals import Signal, canonical, make
from ischia.screening.parts import printable
from ischia.screening.sights.base import Sight
from ischia.screening.sights.files import SeenFile
from ischia.screening.sights.pictures import SeenPicture
from ischia.screening.sights.texts import SeenText


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Signals, and what a reviewer is shown of the entry."""

    signals: tuple[Signal, ...] = ()
    excerpt: str = ""
    pictures: tuple[NewPicture, ...] = ()
    sights: tuple[Sight, ...] = ()

    def __add__(self, other: Material) -> Material:
        return Material(
            signals=(*self.signals, *other.signals),
            excerpt="\n".join(filter(None, (self.excerpt, other.excerpt))),
            pictures=(*self.pictures, *other.pictures),
            sights=(*self.sights, *other.sights),
        )


def from_text(text: str) -> Material:
    """The folded hash of a text; without letters there is none."""
    sight = SeenText(part="", text=text)
    signals = (sight.folded,) if sight.folded else ()
    return Material(signals=signals, excerpt=printable(text), sights=(sight,))


def from_url(url: str) -> Material:
    """The canonical form of a link; raises `UrlError`."""
    return Material(signals=(make("url", canonical(url)),), excerpt=canonical(url))


def from_files(paths: Sequence[Path]) -> Material:
    """Hashes of every file, and of images what the cage sees in them; raises `Undecodable` for a broken image."""
    return sum((_from_file(path) for path in paths), Material())


def _from_file(path: Path) -> Material:
    digests = cage.file(path)
    material = Material(signals=digests, sights=(SeenFile(part="", part_type="file", signals=digests),))
    with path.open("rb") as file:
        kind = sniff(file.read(64))
    return material + _from_picture(path) if kind is not None and kind.startswith("image/") else material


def _from_picture(path: Path) -> Material:
    image = cage.image(path, thumbnail=True)
    sight = SeenPicture(part="", part_type="image", plane=None, whole=image.signals)
    shown = (NewPicture(image.thumbnail),) if image.thumbnail else ()
    return Material(signals=image.signals, pictures=shown, sights=(sight,))


def from_signals(values: Sequence[tuple[str, str, int | None]]) -> Material:
    """Signals that somebody computed elsewhere (algorithm, value, quality); raises `SignalError`."""
    return Material(signals=tuple(make(algorithm, value, quality) for algorithm, value, quality in values))
