"""Every write to content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import transaction

from ischia.base import storage
from ischia.base.events import SYSTEM, Actor, publish
from ischia.base.rows import insert, insert_all
from ischia.content import queries
from ischia.content.errors import SurfaceExistsError
from ischia.content.events import ContentExpired, ItemGone, SurfaceCreated
from ischia.content.models import Fingerprint, Item, PartContent, Revision, Surface
from ischia.content.queries import Standing, SurfaceView
from ischia.core.signals import Signal

_KEPT_OF_PARTS = ("id", "type", "state", "reason")


@dataclass(frozen=True, kw_only=True, slots=True)
class NewRevision:
    """A version of an item that is to be kept."""

    surface: SurfaceView
    external_id: str
    author: str
    url: str
    published_at: datetime | None
    views: int | None
    language: str
    digest: str
    parts: Sequence[Mapping[str, Any]]


def digest_of(parts: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 over one form of what makes the content what it is; equal content has an equal digest."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def create_surface(*, name: str, audience: str, when_silent: str, actor: Actor, now: datetime) -> SurfaceView:
    """Create a surface, or return it if it stands already with the same properties."""
    with transaction.atomic():
        row, created = Surface.objects.get_or_create(
            name=name, defaults={"audience": audience, "when_silent": when_silent, "created_at": now}
        )
        if created:
            publish(SurfaceCreated(name=name, audience=audience, when_silent=when_silent), actor=actor, now=now)
        elif (row.audience, row.when_silent) != (audience, when_silent):
            raise SurfaceExistsError(
                f"surface {name!r} stands already: audience {row.audience}, when_silent {row.when_silent}"
            )
    queries.forget_remembered()
    return SurfaceView(row.pk, row.name, row.audience, row.when_silent)


def add_revision(new: NewRevision, *, standing: Standing | None, now: datetime) -> Revision:
    """Store the item's next revision, in the caller's transaction; `standing` is what the caller knows of the item.

    Raises `IntegrityError` if another request was first, so that what the caller knows is out of date.
    """
    item = _seen_again(new, standing) if standing else _seen_first(new, now=now)
    revision = Revision(
        item=item,
        number=item.revision_number,
        digest=new.digest,
        language=new.language,
        parts=list(new.parts),
        created_at=now,
    )
    return insert(revision)


def _seen_first(new: NewRevision, *, now: datetime) -> Item:
    return insert(
        Item(
            surface=_surface(new.surface),
            external_id=new.external_id,
            author=new.author,
            url=new.url,
            published_at=new.published_at,
            views=new.views,
            first_seen_at=now,
        )
    )


@lru_cache(maxsize=64)
def _surface(view: SurfaceView) -> Surface:
    """The row behind a view, for what is stored in it; nobody changes it."""
    return Surface(pk=view.pk, name=view.name)


def _seen_again(new: NewRevision, standing: Standing) -> Item:
    item = Item.objects.select_related("surface").get(pk=standing.item)
    item.author, item.url = new.author or item.author, new.url or item.url
    item.published_at = new.published_at or item.published_at
    item.views = new.views if new.views is not None else item.views
    item.revision_number = standing.revision + 1
    item.gone_at = None
    item.save()
    return item


def add_fingerprints(revision: Revision, signals: Iterable[tuple[str, str, Signal]]) -> None:
    """Store the signals of a revision's parts, each with the part and where in it the signal was taken."""
    rows = [
        Fingerprint(
            revision=revision,
            part=part,
            inside=inside,
            algorithm=s.algorithm,
            version=s.version,
            value=s.value,
            variant=s.variant,
            quality=s.quality,
            data=s.data,
        )
        for part, inside, s in signals
    ]
    insert_all(rows)


def keep_content(
    revision: Revision,
    *,
    part: str,
    inside: str = "",
    media_type: str,
    text: str = "",
    file: str = "",
    expires_at: datetime,
) -> None:
    """Keep a part so that a person can look at it: text in the row, anything else as a file that is stored already.

    A place can have both, as a page of a document has.
    """
    told = {"media_type": media_type, "expires_at": expires_at}
    told |= {name: value for name, value in (("text", text), ("file", file)) if value}
    PartContent.objects.update_or_create(revision=revision, part=part, inside=inside, defaults=told)


def report_views(*, surface: SurfaceView, external_id: str, views: int | None) -> None:
    """Take the platform's newest count of views; not an event, because it changes nothing that was decided."""
    if views is not None:
        items = Item.objects.filter(surface_id=surface.pk, external_id=external_id)
        items.exclude(views=views).update(views=views)


def forget_item(*, surface: str, external_id: str, actor: Actor, now: datetime) -> None:
    """The content is gone from the platform: erase fingerprints and stored content, keep what was decided."""
    with transaction.atomic():
        item = queries.item(surface, external_id)
        if not Item.objects.filter(pk=item.pk, gone_at=None).update(gone_at=now, url=""):
            return
        contents = PartContent.objects.filter(revision__item=item)
        files = list(contents.exclude(file="").values_list("file", flat=True))
        contents.delete()
        Fingerprint.objects.filter(revision__item=item).delete()
        _forget_parts(item)
        publish(ItemGone(surface=surface, item=external_id), actor=actor, now=now)
    for name in files:
        storage.delete(name)


def _forget_parts(item: Item) -> None:
    """Keep of each part that it was there and how it fared; addresses, sizes and names of files are its content."""
    revisions = list(Revision.objects.filter(item=item))
    for revision in revisions:
        revision.parts = [{key: part[key] for key in _KEPT_OF_PARTS if key in part} for part in revision.parts]
    Revision.objects.bulk_update(revisions, ["parts"])


def expire_contents(*, now: datetime, limit: int = 500) -> int:
    """Erase stored content whose time has come; returns how much was erased."""
    with transaction.atomic():
        rows = list(PartContent.objects.filter(expires_at__lte=now).values_list("pk", "file")[:limit])
        if rows:
            PartContent.objects.filter(pk__in=[pk for pk, _ in rows]).delete()
            publish(ContentExpired(count=len(rows)), actor=SYSTEM, now=now)
    for _, name in rows:
        if name:
            storage.delete(name)
    return len(rows)
