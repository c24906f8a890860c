"""What kind of text something was found in, and in which language: asked only where something was found."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from ischia.base.config import config
from ischia.core.text import genre, language
from ischia.screening.sights.base import Found, Sight
from ischia.screening.sights.texts import SeenText

MODEL = "genre.npz"


@cache
def model() -> genre.GenreModel:
    """Return the platform's own model, if it trained one (`ischia text train`), else the one that comes along."""
    own = config().folder("models") / MODEL
    return genre.load(own) if own.exists() else genre.shipped()


def reads_like_reporting(sight: Sight) -> bool:
    """Whether a sight is such a text."""
    return isinstance(sight, SeenText) and text_reads_like_reporting(sight.text)


def text_reads_like_reporting(text: str) -> bool:
    """Whether a text is so surely journalism, law or religion that a reviewer should be reminded of Article 1(3)."""
    return genre.lowers(model().scores(text))


def told_language(found: Iterable[Found]) -> str:
    """Return the language of the first text in which something was found, where the platform did not tell it."""
    for match in found:
        if isinstance(match.sight, SeenText):
            tag = language.of(match.sight.text).tag
            return "" if tag == language.UNKNOWN else tag
    return ""
