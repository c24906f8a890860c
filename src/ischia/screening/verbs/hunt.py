"""Hunts: what became known is searched in the fingerprints of everything that is held.

Finds go before a person, with a preview of what policy would do with them; once somebody accepts the preview, it is
done (`previews`). A bank's rules may say that its finds act at once.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max

from ischia.banks import queries as banks
from ischia.banks.models import EntrySignal
from ischia.base.events import SYSTEM, Actor, publish
from ischia.content.models import Fingerprint, Revision
from ischia.core.policy import Evaluation
from ischia.core.signals import Signal
from ischia.screening import judging
from ischia.screening.errors import HuntRefusedError, UnknownHuntError
from ischia.screening.events import HuntApproved, HuntAsked, HuntFinished
from ischia.screening.fingerprints import FIELDS, Stored, Wanted, algorithms, search
from ischia.screening.hunts import HuntView, view
from ischia.screening.models import Hunt, HuntFind
from ischia.screening.sights.base import Found
from ischia.screening.verbs.acting import act, put_before_a_person

CHUNK = 5000
SELF_APPROVAL_AFTER = timedelta(hours=24)
"""Where there is nobody else, the person who asked may approve after a night's sleep; the ledger marks it."""

# More fingerprints than can be on their way into the database at one moment.
_IN_FLIGHT = 10_000


def start_hunt(
    *, entry: UUID | None = None, bank: UUID | None = None, since: datetime | None = None, now: datetime
) -> HuntView:
    """Begin to hunt for an entry or for all entries of a bank, or return the hunt that is under way.

    One that began `since` that instant is returned as well, even if it is done.
    """
    if (entry is None) == (bank is None):
        raise ValueError("a hunt is for an entry or for a bank")
    with transaction.atomic():
        target: dict[str, Any] = {"entry_id": entry} if entry else {"bank_id": bank}
        before = Hunt.objects.filter(**target, started_at__gte=since).first() if since else None
        if before is not None:
            return view(before)
        hunt, created = Hunt.objects.get_or_create(**target, state="open", defaults={"started_at": now})
        if created:
            _begin(hunt)
    return view(hunt)


def ask_hunt(*, signals: Sequence[Signal], reason: str, asked_by: str, now: datetime) -> HuntView:
    """Ask to hunt for a file that is in no bank; it begins when a second person approves.

    Raises `HuntRefusedError` without a reason or without signals.
    """
    if not reason.strip():
        raise HuntRefusedError("an ad hoc hunt needs a reason, which the ledger keeps")
    if not signals:
        raise HuntRefusedError("nothing in this file gives a signal that is held of content")
    with transaction.atomic():
        hunt = Hunt(
            state="waiting",
            signals=[_plain(signal) for signal in signals],
            reason=reason,
            asked_by=asked_by,
            started_at=now,
        )
        hunt.save(force_insert=True)
        publish(HuntAsked(hunt=hunt.pk, reason=reason, by=asked_by), actor=Actor("person", asked_by), now=now)
    return view(hunt)


def approve_hunt(*, hunt: UUID, approved_by: str, now: datetime) -> HuntView:
    """Let an ad hoc hunt begin. Raises `UnknownHuntError`, and `HuntRefusedError` for who asked, on the same day."""
    row = _hunt(hunt)
    alone = row.asked_by == approved_by
    if alone and now < row.started_at + SELF_APPROVAL_AFTER:
        until = row.started_at + SELF_APPROVAL_AFTER
        raise HuntRefusedError(
            f"{approved_by} asked for this hunt: another person approves it, or the same one from {until:%F %R} UTC on"
        )
    with transaction.atomic():
        if Hunt.objects.filter(pk=hunt, state="waiting").update(state="open", approved_by=approved_by):
            row.refresh_from_db()
            _begin(row)
            event = HuntApproved(hunt=hunt, by=approved_by, alone=alone)
            publish(event, actor=Actor("person", approved_by), now=now)
    return view(row)


def _begin(hunt: Hunt) -> None:
    hunt.total = hunt.horizon = Fingerprint.objects.aggregate(last=Max("pk"))["last"] or 0
    hunt.save(update_fields=["total", "horizon"])


def _hunt(hunt: UUID) -> Hunt:
    row = Hunt.objects.filter(pk=hunt).first()
    if row is None:
        raise UnknownHuntError(f"there is no hunt {hunt}")
    return row


def look_again(*, hunt: UUID) -> None:
    """Go back to shortly before the hunt's beginning.

    A submission that was being screened while the entry was added knew nothing of it, and PostgreSQL may show its
    fingerprints only after later ones.
    """
    Hunt.objects.filter(pk=hunt, cursor__gt=F("horizon") - _IN_FLIGHT).update(cursor=F("horizon") - _IN_FLIGHT)


def continue_hunt(*, hunt: UUID, now: datetime, chunk: int = CHUNK) -> HuntView:
    """Look at the next `chunk` fingerprints, and keep what was found in one transaction; the last call closes the hunt.

    Repeating a call finds nothing twice; a hunt that is closed looks at what came since. The search itself holds up
    nobody: where one process writes at a time, submissions would wait for it.
    """
    row = _hunt(hunt)
    if row.state == "waiting":
        raise HuntRefusedError(f"hunt {hunt} waits for a second person: ischia hunt --approve {hunt}")
    wanted = _wanted(row)
    batch = Fingerprint.objects.filter(pk__gt=row.cursor, algorithm__in=algorithms(wanted)).order_by("pk")[:chunk]
    seen = [Stored(*fields) for fields in batch.values_list(*FIELDS)]
    found = search(wanted, seen) if seen else {}
    finished = len(seen) < chunk
    cursor = max(row.total, row.cursor, seen[-1].pk if seen else 0) if finished else seen[-1].pk
    with transaction.atomic():
        fresh = _keep(row, found if row.signals else _as_known_now(found), now=now)
        moved = Hunt.objects.filter(pk=hunt, cursor=row.cursor).update(
            cursor=cursor,
            total=max(row.total, cursor),
            found=F("found") + fresh,
            # A hunt that looks once more stays done: another one for its entry may be under way.
            state="done" if finished else row.state,
            finished_at=now if finished else row.finished_at,
        )
        if moved and finished and (row.state == "open" or fresh):
            _tell(row, cursor, row.found + fresh, now=now)
        row.refresh_from_db()
    return view(row)


def _tell(row: Hunt, searched: int, found: int, *, now: datetime) -> None:
    event = HuntFinished(hunt=row.pk, entry=row.entry_id, bank=row.bank_id, searched=searched, found=found)
    publish(event, actor=SYSTEM, now=now)


def _wanted(row: Hunt) -> list[Wanted]:
    if row.signals:
        return [_ad_hoc(row, number, each) for number, each in enumerate(row.signals)]
    # What protects is never evidence, so there is nothing to find of it.
    signals = EntrySignal.objects.exclude(entry__status="retired").exclude(entry__bank__protects=True)
    chosen = signals.filter(entry=row.entry_id) if row.entry_id else signals.filter(entry__bank=row.bank_id)
    known = banks.by_signal(chosen.values_list("pk", flat=True))
    data = banks.data_of(each.signal for each in known)
    return [Wanted(each, data.get(each.signal, b"")) for each in known]


def _plain(signal: Signal) -> list[Any]:
    return [
        signal.algorithm,
        signal.version,
        signal.value,
        signal.quality,
        base64.b64encode(signal.data).decode(),
        signal.variant,
    ]


def _ad_hoc(row: Hunt, number: int, fields: Sequence[Any]) -> Wanted:
    """A signal of no entry: it can be found, and nothing can act on it."""
    algorithm, version, value, quality, data, variant = fields
    known = banks.KnownSignal(
        signal=-1 - number,
        algorithm=algorithm,
        version=version,
        value=value,
        variant=variant,
        quality=quality,
        entry=row.pk,
        label="",
        context="dependent",
        status="review_only",
        bank="",
        acting=False,
        protects=False,
        sources=0,
        sources_required=1,
    )
    return Wanted(known, base64.b64decode(data))


def _as_known_now(found: Mapping[int, Sequence[Found]]) -> dict[int, list[Found]]:
    """Return what was found, with what may have become of its entries during the search, without retired ones."""
    signals = {match.known.signal for matches in found.values() for match in matches}
    known = {each.signal: each for each in banks.by_signal(signals)} if signals else {}
    present = {
        revision: [replace(match, known=known[match.known.signal]) for match in matches if match.known.signal in known]
        for revision, matches in found.items()
    }
    return {revision: matches for revision, matches in present.items() if matches}


def _keep(row: Hunt, found: Mapping[int, Sequence[Found]], *, now: datetime) -> int:
    """Keep what was found in present revisions of live items; returns how many revisions are new to this hunt."""
    rows = Revision.objects.select_related("item__surface").filter(
        pk__in=found, item__gone_at=None, number=F("item__revision_number")
    )
    known = set(HuntFind.objects.filter(hunt=row, revision__in=found).values_list("revision", flat=True))
    fresh = [revision for revision in rows if revision.pk not in known]
    for revision in fresh:
        _find(row, revision, found[revision.pk], now=now)
    return len(fresh)


def _find(row: Hunt, revision: Revision, found: Sequence[Found], *, now: datetime) -> None:
    number, evaluation = judging.evaluation(judging.of_revision(revision, found), found)
    find = HuntFind(hunt=row, revision=revision, would=evaluation.verdict.value)
    if row.signals:
        find.matches = [{"part": m.part, "algorithm": m.known.algorithm, "distance": m.distance} for m in found[:20]]
    else:
        put_before_a_person(revision, found, reason="hunt", now=now)
        find.decision = _act_if_told(revision, found, number, evaluation, now=now)
    find.save(force_insert=True)


def _act_if_told(
    revision: Revision, found: Sequence[Found], policy: int, evaluation: Evaluation, *, now: datetime
) -> UUID | None:
    told = banks.hunt_finds({match.known.bank for match in found})
    if any(told.get(match.known.bank) != "act" for match in found):
        return None
    return act(revision, found, policy, evaluation, now=now)
