"""From what somebody hands in as known content to the signals of an entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ischia.banks.verbs import NewPicture
from ischia.base import cage
from ischia.core.media import sniff
from ischia.core.signals import Signal, canonical, make
from ischia.core.text import text_signal
from ischia.screening.parts import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Signals, and what a reviewer is shown of the entry."""

    signals: tuple[Signal, ...] = ()
    excerpt: str = ""
    pictures: tuple[NewPicture, ...] = ()

    def __add__(self, other: Material) -> Material:
        return Material(
            signals=(*self.signals, *other.signals),
            excerpt="\n".join(filter(None, (self.excerpt, other.excerpt))),
            pictures=(*self.pictures, *other.pictures),
        )


def from_text(text: str) -> Material:
    """The folded hash of a text; without letters there is none."""
    signal = text_signal(text)
    return Material(signals=(signal,) if signal else (), excerpt=printable(text))


def from_url(url: str) -> Material:
    """The canonical form of a link; raises `UrlError`."""
    return Material(signals=(make("url", canonical(url)),), excerpt=canonical(url))


def from_files(paths: Sequence[Path]) -> Material:
    """Hashes of every file, and of images what the cage sees in them; raises `Undecodable` for a broken image."""
    material = Material()
    for path in paths:
        material += Material(signals=cage.file(path))
        with path.open("rb") as file:
            kind = sniff(file.read(64))
        if kind is not None and kind.startswith("image/"):
            image = cage.image(path, thumbnail=True)
            material += Material(
                signals=image.signals, pictures=(NewPicture(image.thumbnail),) if image.thumbnail else ()
            )
    return material


def from_signals(values: Sequence[tuple[str, str, int | None]]) -> Material:
    """Signals that somebody computed elsewhere (algorithm, value, quality); raises `SignalError`."""
    return Material(signals=tuple(make(algorithm, value, quality) for algorithm, value, quality in values))
