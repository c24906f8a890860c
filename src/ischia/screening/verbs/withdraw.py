"""Hunts in reverse: what rested on a withdrawn entry alone is put back, or goes before a person once more."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from ischia.banks import queries as banks
from ischia.banks import verbs as bank_verbs
from ischia.base.events import SYSTEM, Actor
from ischia.decisions import queries as decisions
from ischia.decisions import verbs as decide
from ischia.review import verbs as review

BECAUSE = "the entry that it rested on was withdrawn"
RESTORED = "the entry that it rested on was held back"


def restore_all(*, bank: str, entry: UUID, actor: Actor, now: datetime) -> int:
    """Hold an entry back and put back what rests on it alone, at once; returns how many decisions ended.

    Raises `UnknownEntryError`.
    """
    bank_verbs.hold_back(bank=bank, entry=entry, because="by_person", actor=actor, now=now)
    last, ended = put_back(entry=entry, because=RESTORED, actor=actor, now=now)
    while last is not None:
        last, more = put_back(entry=entry, because=RESTORED, actor=actor, now=now, after=last)
        ended += more
    return ended


def put_back(
    *,
    entry: UUID,
    now: datetime,
    because: str = BECAUSE,
    actor: Actor = SYSTEM,
    limit: int = 200,
    after: UUID | None = None,
) -> tuple[UUID | None, int]:
    """Look at the next decisions in force that rest on a withdrawn entry; return the last one (None at the end).

    One that also rests on an entry that still may act stays. Of the rest, what policy decided ends, so that the
    platform is asked to put the item back; what a person decided goes before a person again. The second number
    returned counts those that ended.
    """
    rows = list(decisions.resting_on("entry", str(entry), after=after, limit=limit))
    ended = sum(_put_back(row, because, actor, now=now) for row in rows)
    return (rows[-1] if rows else None), ended


def _put_back(decision: UUID, because: str, actor: Actor, *, now: datetime) -> bool:
    with transaction.atomic():
        others = [UUID(ref) for kind, ref in decisions.causes(decision) if kind == "entry"]
        if banks.any_active(others):
            return False
        view = decisions.decision(decision)
        if view.author_kind == "policy":
            decide.end(decision=decision, because=because, actor=actor, now=now)
            return True
        item = decisions.item_of(decision)
        review.open_or_join(
            cluster=f"withdrawn:{item.pk}", reason="withdrawn", item=item, revision=view.revision, actor=SYSTEM, now=now
        )
        return False
