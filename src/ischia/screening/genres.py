"""What kind of text something was found in, and in which language: asked only where something was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import structlog

from ischia.base.config import config
from ischia.base.events import EventRow, payload
from ischia.content.models import PartContent
from ischia.core.text import genre, language, text_signal
from ischia.screening.events import GenreTold
from ischia.screening.sights.base import Found, Sight
from ischia.screening.sights.texts import SeenText

MODEL, CANDIDATE, PREVIOUS = "genre.npz", "genre.candidate.npz", "genre.previous.npz"
"""In the data folder: the platform's own model, one that nobody accepted yet, and the one that it took the place of."""

log = structlog.get_logger()


def model() -> genre.GenreModel:
    """Return the platform's own model as it is now, if one was accepted, else the one that comes along.

    A file that another process put in place is read at the next question.
    """
    own = model_file(MODEL)
    try:
        state = own.stat()
    except FileNotFoundError:
        return genre.shipped()
    return _read(own, state.st_ino, state.st_mtime_ns)


@lru_cache(maxsize=1)
def _read(own: Path, _inode: int, _changed: int) -> genre.GenreModel:
    """A model that cannot be read is no reason to screen nothing: it can only let cases wait."""
    try:
        return genre.load(own)
    except (genre.GenreError, OSError) as error:
        log.error("genre.model_unreadable", file=own.name, detail=str(error))
        return genre.shipped()


def model_file(name: str) -> Path:
    """Return the path of one of the models in the data folder."""
    return config().folder("models") / name


def candidate_file() -> Path:
    """Where a model waits until somebody accepts it."""
    return model_file(CANDIDATE)


def accept_candidate() -> Path:
    """Put the candidate in the place of the model in use, of every process, and keep that one as the previous.

    Raises `FileNotFoundError` where there is no candidate, `GenreError` for one that is no model.
    """
    candidate, own = model_file(CANDIDATE), model_file(MODEL)
    genre.load(candidate)
    if own.exists():
        model_file(PREVIOUS).unlink(missing_ok=True)
        model_file(PREVIOUS).hardlink_to(own)  # So that at no instant there is none.
    return candidate.replace(own)


def withdraw_model() -> bool:
    """Go back to the previous model of the platform, or to the one that comes along; whether it was a previous one."""
    own, previous = model_file(MODEL), model_file(PREVIOUS)
    if previous.exists():
        previous.replace(own)
        return True
    own.unlink(missing_ok=True)
    return False


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


@dataclass(frozen=True, slots=True)
class ToldText:
    """A text with the genre that a person gave it; copies that differ in spelling alone are of one `group`."""

    text: str
    genre: str
    group: str


@dataclass(frozen=True, slots=True)
class ToldTexts:
    """What people said of texts that are kept, and of how many others: gone, changed, or kept no longer."""

    texts: tuple[ToldText, ...]
    gone: int

    @property
    def counts(self) -> Mapping[str, int]:
        """How many texts of each genre there are."""
        return Counter(told.genre for told in self.texts)


def told_texts(*, since: datetime | None = None) -> ToldTexts:
    """Return the texts of live revisions whose genre a person told since an instant; what was said last counts."""
    rows = EventRow.objects.filter(kind=GenreTold.kind).order_by("at", "pk")
    rows = rows.filter(at__gte=since) if since else rows
    last = {_text_key(data): str(data["genre"]) for data in map(payload, rows.iterator(chunk_size=500))}
    kept = {key: _text_of(key) for key in last}
    texts = tuple(ToldText(text, last[key], _group(text)) for key, text in kept.items() if text)
    return ToldTexts(texts, len(last) - len(texts))


_Key = tuple[str, str, int, str, str]


def _text_key(data: Mapping[str, object]) -> _Key:
    surface, item, part, inside = (str(data[name]) for name in ("surface", "item", "part", "inside"))
    return surface, item, int(str(data["revision"])), part, inside


def _text_of(key: _Key) -> str:
    surface, item, number, part, inside = key
    rows = PartContent.objects.filter(
        revision__item__surface__name=surface,
        revision__item__external_id=item,
        revision__item__revision_number=number,
        revision__item__gone_at=None,
        revision__number=number,
        part=part,
        inside=inside,
    )
    return rows.values_list("text", flat=True).first() or ""


def _group(text: str) -> str:
    signal = text_signal(text)
    return signal.value if signal else text
