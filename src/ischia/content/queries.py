"""Reads of content for the layers above."""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass
from functools import lru_cache

from django.db import connection

from ischia.base.config import config
from ischia.content.errors import UnknownItemError, UnknownSurfaceError
from ischia.content.models import SCREENED_AUDIENCES, Account, Item, Surface

_FRESH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class SurfaceView:
    """A surface as others see it."""

    pk: int
    name: str
    audience: str
    when_silent: str

    @property
    def screened(self) -> bool:
        """Whether Ischia may look at what appears there (DESIGN promise 8)."""
        return self.audience in SCREENED_AUDIENCES


_surfaces: dict[str, tuple[float, SurfaceView]] = {}


def surface(name: str) -> SurfaceView:
    """The surface of this name, at most a second old; raises `UnknownSurfaceError`."""
    moment = time.monotonic()
    known = _surfaces.get(name)
    if known is not None and moment - known[0] < _FRESH_SECONDS:
        return known[1]
    row = Surface.objects.filter(name=name).values_list("pk", "name", "audience", "when_silent").first()
    if row is None:
        _surfaces.pop(name, None)
        raise UnknownSurfaceError(
            f"there is no surface {name[:80]!r}; create it with POST /surfaces or `ischia surface create`"
        )
    view = SurfaceView(*row)
    _surfaces[name] = (moment, view)
    return view


def forget_remembered() -> None:
    """Drop what this process remembers of surfaces and protected accounts."""
    _surfaces.clear()
    _protected.cache_clear()


def surfaces() -> list[SurfaceView]:
    """All surfaces by name."""
    return [
        SurfaceView(*row)
        for row in Surface.objects.order_by("name").values_list("pk", "name", "audience", "when_silent")
    ]


@lru_cache(maxsize=1)
def _author_key() -> bytes:
    return config().secret("author.key")


@lru_cache(maxsize=1024)
def pseudonym(author: str) -> str:
    """The keyed pseudonym of a platform's author id: HMAC-SHA-256, so that the id itself is stored nowhere."""
    if not author:
        return ""
    return hmac.new(_author_key(), author.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def is_protected(author_pseudonym: str) -> bool:
    """Whether the operator registered a protection (press, archive, educator, researcher) for the author.

    The whole register is read at most once a second: it is short, and every submission asks.
    """
    return bool(author_pseudonym) and author_pseudonym in _protected(int(time.monotonic() / _FRESH_SECONDS))


@lru_cache(maxsize=1)
def _protected(_second: int) -> frozenset[str]:
    return frozenset(Account.objects.exclude(protections=[]).values_list("pseudonym", flat=True))


# Asked for every submission: as a statement of its own it costs a tenth of what composing it would.
_STANDING = "SELECT id, revision_number, gone_at, author FROM content_item WHERE surface_id = %s AND external_id = %s"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an item stands: its row, its present revision, whether it is gone, and its author's pseudonym, if told."""

    item: int
    revision: int
    gone: bool
    author: str


def standing(place: SurfaceView, external_id: str, *, hold: bool = False) -> Standing | None:
    """Where the item stands, if it was ever submitted.

    With `hold` it stands there until the caller's transaction ends (on SQLite any transaction that writes does that).
    """
    lock = " FOR UPDATE" if hold and connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING + lock, [place.pk, external_id])
        row = cursor.fetchone()
    return Standing(row[0], row[1], row[2] is not None, row[3]) if row else None


def hold(item: int) -> None:
    """Let nobody else change where an item stands until the caller's transaction ends, as `standing` does."""
    if connection.features.has_select_for_update:
        list(Item.objects.select_for_update().filter(pk=item).values_list("pk"))


def item(surface_name: str, external_id: str) -> Item:
    """The item row for the doors' own pages; raises `UnknownItemError`."""
    found = Item.objects.select_related("surface").filter(surface__name=surface_name, external_id=external_id).first()
    if found is None:
        raise UnknownItemError(f"there is no item {external_id[:80]!r} on surface {surface_name[:80]!r}")
    return found
