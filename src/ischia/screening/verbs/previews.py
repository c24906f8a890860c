"""The preview of a hunt's finds: somebody accepts it, and what it says is done; or refuses it, and nothing is."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import transaction

from ischia.base.events import Actor, publish
from ischia.base.jobs import enqueue
from ischia.content.queries import hold
from ischia.screening import judging
from ischia.screening.errors import HuntRefusedError, UnknownHuntError
from ischia.screening.events import HuntAnswered
from ischia.screening.hunts import HuntView, view
from ischia.screening.models import Hunt, HuntFind
from ischia.screening.stored import matches_of
from ischia.screening.verbs.acting import act

JOB = "screening.carry_out_preview"
ACTING = ("remove", "restrict")


def answer_hunt(*, hunt: UUID, answer: Literal["accepted", "refused"], actor: Actor, now: datetime) -> HuntView:
    """Accept or refuse a finished hunt's preview; the first answer stands. A job carries an accepted one out.

    Raises `UnknownHuntError`, and `HuntRefusedError` for a hunt that is under way or was for a file.
    """
    row = Hunt.objects.filter(pk=hunt).first()
    if row is None:
        raise UnknownHuntError(f"there is no hunt {hunt}")
    if row.signals:
        raise HuntRefusedError("an ad hoc hunt has no entry, so nothing can act on it; add the file to a bank first")
    if row.state != "done":
        raise HuntRefusedError(f"hunt {hunt} is {row.state}; its preview can be answered when it is done")
    with transaction.atomic():
        unanswered = Hunt.objects.filter(pk=hunt, answer="")
        if unanswered.update(answer=answer, answered_by=f"{actor.kind}:{actor.ref}"[:120], answered_at=now):
            told = view(row).would
            publish(HuntAnswered(hunt=hunt, answer=answer, would=dict(told)), actor=actor, now=now)
            if answer == "accepted":
                enqueue(JOB, {"hunt": str(hunt)}, now=now, dedupe_key=f"preview:{hunt}")
    row.refresh_from_db()
    return view(row)


def carry_out(*, hunt: UUID, now: datetime, after: int = 0, limit: int = 200) -> int | None:
    """Do what an accepted preview said with the next finds; return the last one, None when there are no more.

    Each is judged again: what has changed or gone meanwhile, and what policy no longer asks for, stays as it is.
    """
    waiting = HuntFind.objects.filter(hunt=hunt, hunt__answer="accepted", would__in=ACTING, decision=None, pk__gt=after)
    rows = list(waiting.select_related("revision__item__surface").order_by("pk")[:limit])
    for find in rows:
        _carry_out(find, now=now)
    return rows[-1].pk if rows else None


def _carry_out(find: HuntFind, *, now: datetime) -> None:
    revision = find.revision
    item = revision.item
    with transaction.atomic():
        hold(item.pk)
        item.refresh_from_db(fields=["revision_number", "gone_at"])
        if item.gone_at is not None or item.revision_number != revision.number:
            return
        found = matches_of(revision)
        number, evaluation = judging.evaluation(judging.of_revision(revision, found), found)
        decision = act(revision, found, number, evaluation, now=now)
        HuntFind.objects.filter(pk=find.pk).update(decision=decision)
