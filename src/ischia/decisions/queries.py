"""Reads of decisions for the layers above."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ischia.content.models import Item
from ischia.decisions.errors import UnknownActionError, UnknownDecisionError
from ischia.decisions.models import Action, Cause, Decision


@dataclass(frozen=True, slots=True)
class ActionView:
    """An action and how far it got."""

    id: UUID
    kind: str
    territory: tuple[str, ...]
    except_in: tuple[str, ...]
    state: str
    requested_at: datetime
    acknowledged_at: datetime | None
    detail: str


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision as others see it."""

    id: UUID
    surface: str
    item: str
    revision: int
    effect: str
    ground: str
    ground_ref: str
    author_kind: str
    author_ref: str
    territory: tuple[str, ...]
    state: str
    created_at: datetime
    ended_at: datetime | None
    ended_because: str
    evidence: Mapping[str, Any]
    record: UUID | None
    actions: tuple[ActionView, ...]


def action_view(row: Action) -> ActionView:
    """An action row as a frozen value."""
    return ActionView(
        id=row.pk,
        kind=row.kind,
        territory=tuple(row.territory),
        except_in=tuple(row.except_in),
        state=row.state,
        requested_at=row.requested_at,
        acknowledged_at=row.acknowledged_at,
        detail=row.detail,
    )


def view(row: Decision) -> DecisionView:
    """A decision row as a frozen value."""
    return DecisionView(
        id=row.pk,
        surface=row.item.surface.name,
        item=row.item.external_id,
        revision=row.revision,
        effect=row.effect,
        ground=row.ground,
        ground_ref=row.ground_ref,
        author_kind=row.author_kind,
        author_ref=row.author_ref,
        territory=tuple(row.territory),
        state=row.state,
        created_at=row.created_at,
        ended_at=row.ended_at,
        ended_because=row.ended_because,
        evidence=row.evidence,
        record=row.record,
        actions=tuple(map(action_view, sorted(row.actions.all(), key=lambda each: (each.requested_at, each.pk)))),
    )


def decision(decision_id: UUID) -> DecisionView:
    """One decision; raises `UnknownDecisionError`."""
    return view(_row(decision_id))


def item_of(decision_id: UUID) -> Item:
    """The item that a decision is about; raises `UnknownDecisionError`."""
    return _row(decision_id).item


def _row(decision_id: UUID) -> Decision:
    row = Decision.objects.select_related("item__surface").filter(pk=decision_id).first()
    if row is None:
        raise UnknownDecisionError(f"there is no decision {decision_id}")
    return row


def surface_of_action(action: UUID) -> str:
    """The surface of the item that an action is about; raises `UnknownActionError`."""
    name = Action.objects.filter(pk=action).values_list("decision__item__surface__name", flat=True).first()
    if name is None:
        raise UnknownActionError(f"there is no action {action}")
    return name


def record_of(decision_id: UUID) -> UUID | None:
    """The record in which the ledger holds a decision; None if there is no such decision."""
    return Decision.objects.filter(pk=decision_id).values_list("record", flat=True).first()


def of_item(item: int) -> list[DecisionView]:
    """All decisions about an item, newest first."""
    rows = Decision.objects.select_related("item__surface").prefetch_related("actions")
    return [view(row) for row in rows.filter(item_id=item).order_by("-created_at", "-pk")]


def resting_on(kind: str, ref: str, *, after: UUID | None = None, limit: int = 1000) -> Iterable[UUID]:
    """A page of the decisions in force that have this cause, after the decision `after`."""
    rows = Decision.objects.filter(state="in_force", causes__kind=kind, causes__ref=ref)
    if after is not None:
        rows = rows.filter(pk__gt=after)
    return rows.order_by("pk").values_list("pk", flat=True)[:limit]


def count_in_force(kind: str, ref: str) -> int:
    """Count the decisions in force that have this cause."""
    return Decision.objects.filter(state="in_force", causes__kind=kind, causes__ref=ref).count()


def count_resting_on(kind: str, ref: str, *, since: datetime, most: int) -> int:
    """Count the decisions since an instant that have this cause, up to `most`."""
    rows = Decision.objects.filter(causes__kind=kind, causes__ref=ref, created_at__gte=since)
    return rows[:most].count()


def causes(decision_id: UUID) -> list[tuple[str, str]]:
    """What a decision rests on, as kinds and references."""
    return list(Cause.objects.filter(decision=decision_id).order_by("pk").values_list("kind", "ref"))
