"""Reads of hunts for the doors: how far they got, and the preview of what they found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count

from ischia.screening.errors import UnknownHuntError
from ischia.screening.models import Hunt, HuntFind


@dataclass(frozen=True, slots=True)
class HuntView:
    """How far a hunt has got: `done` and `total` count fingerprints, `found` revisions, `would` says what policy asks.

    `acted` counts the decisions that came of it.
    """

    id: UUID
    entry: UUID | None
    bank: UUID | None
    reason: str
    asked_by: str
    approved_by: str
    state: str
    done: int
    total: int
    found: int
    would: Mapping[str, int]
    acted: int
    answer: str
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class FindView:
    """An item that a hunt found; whose it is is never told (DESIGN promise 11)."""

    surface: str
    item: str
    revision: int
    would: str
    decision: UUID | None


def view(row: Hunt) -> HuntView:
    """A hunt row as a frozen value."""
    return views([row])[0]


def views(rows: Sequence[Hunt]) -> list[HuntView]:
    """Hunt rows as frozen values, in two statements for all of them."""
    finds = HuntFind.objects.filter(hunt__in=rows)
    would: dict[UUID, dict[str, int]] = {}
    for hunt, verdict, count in finds.values_list("hunt_id", "would").annotate(n=Count("pk")).order_by("would"):
        would.setdefault(hunt, {})[verdict] = count
    acted = dict(finds.exclude(decision=None).values_list("hunt_id").annotate(n=Count("pk")))
    return [_view(row, would.get(row.pk, {}), acted.get(row.pk, 0)) for row in rows]


def _view(row: Hunt, would: Mapping[str, int], acted: int) -> HuntView:
    return HuntView(
        id=row.pk,
        entry=row.entry_id,
        bank=row.bank_id,
        reason=row.reason,
        asked_by=row.asked_by,
        approved_by=row.approved_by,
        state=row.state,
        done=row.cursor,
        total=row.total,
        found=row.found,
        would=would,
        acted=acted,
        answer=row.answer,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def hunt(hunt_id: UUID) -> HuntView:
    """One hunt; raises `UnknownHuntError`."""
    row = Hunt.objects.filter(pk=hunt_id).first()
    if row is None:
        raise UnknownHuntError(f"there is no hunt {hunt_id}")
    return view(row)


def recent(*, limit: int = 50) -> list[tuple[Hunt, HuntView]]:
    """The newest hunts, each with the row that names what it looks for."""
    rows = list(Hunt.objects.select_related("entry__bank", "bank").order_by("-started_at", "-pk")[:limit])
    return list(zip(rows, views(rows), strict=True))


def finds(hunt: UUID, *, after: int = 0, limit: int = 100) -> list[tuple[int, FindView]]:
    """A page of what a hunt found, each with the number after which the next page begins."""
    rows = HuntFind.objects.filter(hunt=hunt, pk__gt=after).select_related("revision__item__surface").order_by("pk")
    return [
        (
            row.pk,
            FindView(
                row.revision.item.surface.name,
                row.revision.item.external_id,
                row.revision.number,
                row.would,
                row.decision,
            ),
        )
        for row in rows[:limit]
    ]
