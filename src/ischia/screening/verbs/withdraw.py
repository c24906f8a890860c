"""Hunts in reverse: what rested on a withdrawn entry alone is put back, or goes before a person once more."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from ischia.banks import queries as banks
from ischia.base.events import SYSTEM
from ischia.decisions import queries as decisions
from ischia.decisions import verbs as decide
from ischia.review import verbs as review

BECAUSE = "the entry that it rested on was withdrawn"


def put_back(*, entry: UUID, now: datetime, limit: int = 200, after: UUID | None = None) -> tuple[UUID | None, int]:
    """Look at the next decisions in force that rest on a withdrawn entry; return the last one (None at the end).

    One that also rests on an entry that still may act stays. Of the rest, what policy decided ends, so that the
    platform is asked to put the item back; what a person decided goes before a person again. The second number
    returned counts those that ended.
    """
    rows = list(decisions.resting_on("entry", str(entry), after=after, limit=limit))
    ended = sum(_put_back(row, now=now) for row in rows)
    return (rows[-1] if rows else None), ended


def _put_back(decision: UUID, *, now: datetime) -> bool:
    with transaction.atomic():
        others = [UUID(ref) for kind, ref in decisions.causes(decision) if kind == "entry"]
        if banks.any_active(others):
            return False
        view = decisions.decision(decision)
        if view.author_kind == "policy":
            decide.end(decision=decision, because=BECAUSE, actor=SYSTEM, now=now)
            return True
        item = decisions.item_of(decision)
        review.open_or_join(
            cluster=f"withdrawn:{item.pk}", reason="withdrawn", item=item, revision=view.revision, actor=SYSTEM, now=now
        )
        return False
