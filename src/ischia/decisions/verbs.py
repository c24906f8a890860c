"""The only way to act (DESIGN promise 1): decide, end, acknowledge."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from ischia.base import deliveries, metrics
from ischia.base.deliveries.queries import unsent
from ischia.base.events import Actor, publish
from ischia.content.models import Item
from ischia.content.queries import hold
from ischia.decisions.classes import CLASSES, EVERYWHERE, ActionClass, action_class
from ischia.decisions.errors import UnknownActionError, UnknownDecisionError
from ischia.decisions.events import ActionAcknowledged, Decided, Ended
from ischia.decisions.models import Action, Cause, Decision
from ischia.decisions.queries import ActionView, DecisionView, action_view, view

REQUESTED = "action.requested"
_CAUSES_TOLD = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Why: our `terms` or the `law`, and which rule or article."""

    kind: Literal["terms", "law"]
    ref: str


def decide(
    *,
    item: Item,
    revision: int,
    effect: str,
    ground: Ground,
    author: Actor,
    causes: Sequence[tuple[str, str]],
    evidence: Mapping[str, Any],
    now: datetime,
    territory: Sequence[str] = EVERYWHERE,
    deliver_after: datetime | None = None,
    notice_after: datetime | None = None,
) -> DecisionView:
    """Bring a decision into force and ask the platform to carry it out, in one transaction.

    The same author deciding the same of the same revision again gets the decision that stands. A reversal that the
    platform has not acknowledged is no longer asked for where this decision holds.
    """
    cls = action_class(effect)
    with transaction.atomic():
        hold(item.pk)
        standing = Decision.objects.filter(
            item=item,
            revision=revision,
            effect=effect,
            author_kind=author.kind,
            author_ref=author.ref,
            state="in_force",
        ).first()
        if standing is not None:
            return view(standing)
        row = Decision(
            item=item,
            revision=revision,
            effect=effect,
            ground=ground.kind,
            ground_ref=ground.ref,
            author_kind=author.kind,
            author_ref=author.ref,
            territory=list(territory),
            evidence=dict(evidence),
            created_at=now,
            deliver_after=deliver_after or now,
            notice_after=notice_after or now,
        )
        row.save(force_insert=True)
        Cause.objects.bulk_create(Cause(decision=row, kind=kind, ref=ref) for kind, ref in dict.fromkeys(causes))
        _narrow_reversals(row, cls, now=now)
        action = _request(row, cls.kind, now=now)
        row.record = publish(_decided(row, cls, action, causes), actor=author, now=now)
        row.save(update_fields=["record"])
        return view(row)


def _decided(row: Decision, cls: ActionClass, action: Action, causes: Sequence[tuple[str, str]]) -> Decided:
    return Decided(
        decision=row.pk,
        effect=row.effect,
        notice=cls.notice,
        ground=row.ground,
        ground_ref=row.ground_ref,
        author_kind=row.author_kind,
        author_ref=row.author_ref,
        surface=row.item.surface.name,
        item=row.item.external_id,
        revision=row.revision,
        territory=tuple(row.territory),
        causes=tuple({"kind": kind, "ref": ref} for kind, ref in list(dict.fromkeys(causes))[:_CAUSES_TOLD]),
        cause_count=len(set(causes)),
        actions=(action.pk,),
        notice_after=row.notice_after,
    )


def _request(decision: Decision, kind: str, *, now: datetime, except_in: Collection[str] = ()) -> Action:
    action = Action(
        decision=decision, kind=kind, territory=decision.territory, except_in=sorted(except_in), requested_at=now
    )
    action.save(force_insert=True)
    _send(action, decision, now=now)
    return action


def _send(action: Action, decision: Decision, *, now: datetime) -> None:
    body = {
        "action": {
            "id": str(action.pk),
            "kind": action.kind,
            "item": {"surface": decision.item.surface.name, "id": decision.item.external_id},
            "territory": action.territory,
            **({"except_in": action.except_in} if action.except_in else {}),
        },
        "decision": str(decision.pk),
    }
    deliveries.deliver(
        kind=REQUESTED,
        body=body,
        subject_ref=str(action.pk),
        now=now,
        until_acknowledged=True,
        not_before=decision.deliver_after,
    )


def _supersede(actions: QuerySet[Action], *, now: datetime) -> list[Action]:
    """Stop asking for what no longer holds: sent once more after its successor, it would undo that."""
    stopped = list(actions.filter(state="requested").select_related("decision__item__surface"))
    for row in stopped:
        Action.objects.filter(pk=row.pk, state="requested").update(state="superseded")
        deliveries.supersede(subject_ref=str(row.pk), now=now)
    return stopped


def _narrow_reversals(decision: Decision, cls: ActionClass, *, now: datetime) -> None:
    """Ask for reversals that are still to be carried out only where the new decision leaves room for them."""
    waiting = Action.objects.filter(decision__item=decision.item, kind=cls.reversal)
    for old in _supersede(waiting, now=now):
        hidden = frozenset([*old.except_in, *decision.territory])
        if _leaves_room(old.territory, hidden):
            _request(old.decision, old.kind, except_in=hidden, now=now)


def _leaves_room(territory: Sequence[str], hidden: Collection[str]) -> bool:
    """Whether any place of the territory is not hidden; `*` stands for all of them."""
    return "*" not in hidden and not set(territory) <= set(hidden)


def send_unsent(*, now: datetime, limit: int = 1000) -> int:
    """Send again what waits for the platform while nothing is on its way, as when no webhook was registered yet."""
    sent = 0
    after: UUID | None = None
    while rows := _waiting(after, limit):
        with transaction.atomic():
            missing = unsent([str(row.pk) for row in rows], kind=REQUESTED)
            for row in rows:
                if str(row.pk) in missing:
                    _send(row, row.decision, now=now)
        sent, after = sent + len(missing), rows[-1].pk
    return sent


def _waiting(after: UUID | None, limit: int) -> list[Action]:
    rows = Action.objects.filter(state="requested").select_related("decision__item__surface").order_by("pk")
    return list((rows if after is None else rows.filter(pk__gt=after))[:limit])


def end(*, decision: UUID, because: str, actor: Actor, now: datetime) -> DecisionView:
    """End a decision and its own ground only: what another decision in force still hides stays hidden (promise 1).

    What the decision asked for and the platform has not acknowledged is no longer asked for. Whoever ends the last
    decision also reverses what others asked for that ended earlier. Raises `UnknownDecisionError`.
    """
    with transaction.atomic():
        row = Decision.objects.select_related("item__surface").filter(pk=decision).first()
        if row is None:
            raise UnknownDecisionError(f"there is no decision {decision}")
        hold(row.item_id)
        if not Decision.objects.filter(pk=decision, state="in_force").update(
            state="ended", ended_at=now, ended_because=because
        ):
            return view(row)
        _supersede(row.actions.all(), now=now)
        hidden = _hidden_in(row)
        actions = [
            _request(each, action_class(each.effect).reversal, except_in=hidden, now=now)
            for each in [row, *_unreversed(row)]
            if _leaves_room(each.territory, hidden)
        ]
        asked = tuple(action.pk for action in actions)
        publish(Ended(decision=row.pk, because=because, restores=bool(asked), actions=asked), actor=actor, now=now)
        row.refresh_from_db()
        return view(row)


def _hidden_in(row: Decision) -> frozenset[str]:
    """The places where other decisions in force hide the item; `*` stands for all of them."""
    hiding = [cls.kind for cls in CLASSES.values() if cls.hides]
    others = Decision.objects.filter(item=row.item, state="in_force", effect__in=hiding).exclude(pk=row.pk)
    return frozenset(place for territory in others.values_list("territory", flat=True) for place in territory)


def _unreversed(row: Decision) -> list[Decision]:
    """Of each other effect, the decision that ended last and whose reversal was not asked for because of others."""
    found: dict[str, Decision] = {}
    ended = Decision.objects.filter(item=row.item, state="ended").exclude(effect=row.effect)
    for each in ended.select_related("item__surface").order_by("ended_at", "pk"):
        found[each.effect] = each
    return [each for each in found.values() if not _was_reversed(each)]


def _was_reversed(row: Decision) -> bool:
    """Whether the platform was asked to undo what this decision had asked for, by it or by a later one."""
    reversals = Action.objects.filter(decision__item=row.item, kind=action_class(row.effect).reversal)
    return reversals.filter(requested_at__gte=row.ended_at).exclude(state="superseded").exists()


def acknowledge(
    *, action: UUID, outcome: Literal["done", "failed"], detail: str, actor: Actor, now: datetime
) -> ActionView:
    """Take the platform's word for what became of an action; repeating it changes nothing."""
    with transaction.atomic():
        row = Action.objects.select_related("decision__item").filter(pk=action).first()
        if row is None:
            raise UnknownActionError(f"there is no action {action}")
        item = row.decision.item
        changed = (
            Action.objects.filter(pk=action)
            .exclude(state__in=("done", outcome))
            .update(state=outcome, acknowledged_at=now, detail=detail[:2000], views_at_acknowledgement=item.views)
        )
        if changed:
            deliveries.acknowledge(subject_ref=str(action), now=now)
            if outcome == "done" and item.published_at:
                metrics.removal_seconds.observe(_milliseconds(item.published_at, now) / 1000)
            publish(_acknowledged(row, item, outcome, now), actor=actor, now=now)
            row.refresh_from_db()
        return action_view(row)


def _acknowledged(row: Action, item: Item, outcome: str, now: datetime) -> ActionAcknowledged:
    return ActionAcknowledged(
        decision=row.decision_id,
        action=row.pk,
        action_kind=row.kind,
        outcome=outcome,
        milliseconds_since_request=_milliseconds(row.requested_at, now),
        milliseconds_since_publication=_milliseconds(item.published_at, now) if item.published_at else None,
        views=item.views,
    )


def _milliseconds(start: datetime, end: datetime) -> int:
    return max(0, round((end - start).total_seconds() * 1000))
