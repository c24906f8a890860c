"""Hunts: a new entry is searched in the fingerprints of everything that is held; finds go before a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import F, Max, QuerySet

from ischia.banks.models import EntrySignal
from ischia.banks.queries import KnownSignal, by_signal
from ischia.base.events import SYSTEM, publish
from ischia.content.models import Fingerprint, Revision
from ischia.core.signals import TYPES, Signal
from ischia.review import verbs as review
from ischia.screening.events import HuntFinished
from ischia.screening.matching import Found
from ischia.screening.sights.files import SeenSignal
from ischia.screening.models import Hunt, Match, Screening
from ischia.screening.verbs.screen import keep_matches

CHUNK = 5000
# More fingerprints than can be on their way into the database at one moment.
_IN_FLIGHT = 10_000


@dataclass(frozen=True, slots=True)
class HuntView:
    """How far a hunt has got: `done` and `total` count fingerprints, `found` counts revisions."""

    id: UUID
    entry: UUID
    state: str
    done: int
    total: int
    found: int


def start_hunt(*, entry: UUID, now: datetime) -> HuntView:
    """Begin to hunt for an entry, or return the hunt that is under way."""
    with transaction.atomic():
        hunt, created = Hunt.objects.get_or_create(entry_id=entry, state="open", defaults={"started_at": now})
        if created:
            hunt.total = hunt.horizon = Fingerprint.objects.aggregate(last=Max("pk"))["last"] or 0
            hunt.save(update_fields=["total", "horizon"])
    return _view(hunt)


def look_again(*, hunt: UUID) -> None:
    """Go back to shortly before the hunt's beginning.

    A submission that was being screened while the entry was added knew nothing of it, and PostgreSQL may show its
    fingerprints only after later ones.
    """
    Hunt.objects.filter(pk=hunt, cursor__gt=F("horizon") - _IN_FLIGHT).update(cursor=F("horizon") - _IN_FLIGHT)


def continue_hunt(*, hunt: UUID, now: datetime, chunk: int = CHUNK) -> HuntView:
    """Look at the next `chunk` fingerprints, in one transaction; the last call closes the hunt.

    Repeating a call finds nothing twice; a hunt that is closed looks at what came since.
    """
    with transaction.atomic():
        row = Hunt.objects.get(pk=hunt)
        batch = Fingerprint.objects.filter(pk__gt=row.cursor).order_by("pk")[:chunk]
        seen = list(batch.values_list("pk", "revision_id", "part", "algorithm", "value", "quality"))
        found = _matches(row.entry_id, seen)
        fresh = _put_before_a_person(found, now=now)
        cursor = seen[-1][0] if seen else row.cursor
        finished = len(seen) < chunk
        Hunt.objects.filter(pk=hunt, cursor=row.cursor).update(
            cursor=cursor,
            total=max(row.total, cursor),
            found=F("found") + fresh,
            state="done" if finished else "open",
            finished_at=now if finished else None,
        )
        if finished and (row.state == "open" or fresh):
            event = HuntFinished(hunt=row.pk, entry=row.entry_id, searched=cursor, found=row.found + fresh)
            publish(event, actor=SYSTEM, now=now)
        row.refresh_from_db()
    return _view(row)


def _view(row: Hunt) -> HuntView:
    return HuntView(row.pk, row.entry_id, row.state, row.cursor, row.total, row.found)


_Row = tuple[int, int, str, str, str, int | None]


def _matches(entry: UUID, seen: Sequence[_Row]) -> dict[int, list[Found]]:
    """Matches of the entry's signals among the fingerprints, by revision."""
    signals: QuerySet[EntrySignal, int] = EntrySignal.objects.filter(entry_id=entry).values_list("pk", flat=True)
    found: dict[int, list[Found]] = {}
    for known in by_signal(signals):
        threshold = TYPES[known.algorithm].default_threshold
        same_kind = [row for row in seen if row[3] == known.algorithm]
        for row, distance in _near(known, same_kind, threshold) if threshold else _equal(known, same_kind):
            match = Found(
                sight=SeenSignal(part=row[2], signal=Signal(row[3], 1, row[4], row[5])),
                known=known,
                distance=distance,
                threshold=threshold,
                strength="near" if threshold else "exact",
                quality=row[5],
            )
            found.setdefault(row[1], []).append(match)
    return found


def _equal(known: KnownSignal, rows: Iterable[_Row]) -> Iterable[tuple[_Row, int]]:
    return [(row, 0) for row in rows if row[4] == known.value]


def _near(known: KnownSignal, rows: Sequence[_Row], threshold: int) -> Iterable[tuple[_Row, int]]:
    if not rows:
        return []
    stored = np.frombuffer(bytes.fromhex("".join(row[4] for row in rows)), dtype=np.uint64).reshape(len(rows), -1)
    wanted = np.frombuffer(bytes.fromhex(known.value), dtype=np.uint64)
    distances = np.bitwise_count(stored ^ wanted).sum(axis=1)
    return [(rows[i], int(distances[i])) for i in map(int, np.flatnonzero(distances <= threshold))]


def _put_before_a_person(found: dict[int, list[Found]], *, now: datetime) -> int:
    """Store the matches of present revisions of live items and queue them; returns how many were new."""
    rows = Revision.objects.select_related("item__surface").filter(
        pk__in=found, item__gone_at=None, number=F("item__revision_number")
    )
    fresh = 0
    for revision in rows:
        known = set(Match.objects.filter(revision=revision).values_list("part", "signal"))
        new = [match for match in found[revision.pk] if (match.part, match.known.signal) not in known]
        if not new:
            continue
        keep_matches(revision, new, hunted=True)
        Screening.objects.filter(pk=revision.pk).update(match_count=F("match_count") + len(new))
        review.open_or_join(
            cluster=f"entry:{new[0].known.entry}",
            reason="hunt",
            item=revision.item,
            revision=revision.number,
            actor=SYSTEM,
            now=now,
        )
        fresh += 1
    return fresh
