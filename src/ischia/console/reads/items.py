"""Items in a list, and everything that the page of one item shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from ischia.banks.models import EntryPicture, EntrySignal
from ischia.base.events import EventOpening, EventRow
from ischia.content.models import Item, PartContent, Revision, Surface
from ischia.decisions.models import Action
from ischia.decisions.queries import DecisionView
from ischia.review.models import CaseItem
from ischia.screening.models import Match, Screening

MATCHES_SHOWN = 20
RECORDS_SHOWN = 200
STATES = ("pending", "requested", "done", "failed", "superseded", "gone")


def screenings(*, surface: str = "", verdict: str = "", state: str = "", item: str = "") -> QuerySet[Screening]:
    """The screening of each item's present revision, newest first; each filter is off where it is empty."""
    rows = Screening.objects.filter(revision__number=F("revision__item__revision_number"))
    rows = rows.select_related("revision__item__surface")
    if surface:
        rows = rows.filter(revision__item__surface__name=surface)
    if item:
        surfaces = list(Surface.objects.values_list("pk", flat=True))
        rows = rows.filter(revision__item__surface__in=surfaces, revision__item__external_id=item)
    if state:
        rows = _in_state(rows, state)
    return rows.filter(verdict=verdict).order_by("-created_at", "-pk") if verdict else rows.order_by("-pk")


def _in_state(rows: QuerySet[Screening], state: str) -> QuerySet[Screening]:
    if state == "pending":
        return rows.filter(state="pending")
    if state == "gone":
        return rows.exclude(revision__item__gone_at=None)
    return rows.filter(decision__in=Action.objects.filter(state=state).values("decision"))


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item in a list."""

    surface: str
    id: str
    verdict: str
    state: str
    label: str
    done: str
    strength: str
    at: datetime


def rows_of(found: Sequence[Screening]) -> list[ItemRow]:
    """What the list shows of these screenings, read in three queries whatever their number."""
    best = _best_matches([row.pk for row in found])
    acts = _action_states([row.decision for row in found if row.decision])
    return [_row(row, best.get(row.pk), acts) for row in found]


def _row(row: Screening, best: Match | None, acts: Mapping[UUID, str]) -> ItemRow:
    item = row.revision.item
    act = acts.get(row.decision, "") if row.decision else ""
    state = "gone" if item.gone_at else act or ("pending" if row.state == "pending" else "")
    label, done, strength = (best.entry.label, best.kind, best.strength) if best else ("", "", "")
    return ItemRow(item.surface.name, item.external_id, row.verdict, state, label, done, strength, row.created_at)


def _best_matches(revisions: Sequence[int]) -> dict[int, Match]:
    """Matches are stored strongest first, so the first one of a revision is its best."""
    found: dict[int, Match] = {}
    rows = Match.objects.filter(revision__in=revisions).select_related("entry").order_by("-pk")
    for match in rows:
        found[match.revision_id] = match
    return found


def _action_states(decisions: Sequence[UUID]) -> dict[UUID, str]:
    rows = Action.objects.filter(decision__in=decisions).order_by("requested_at", "pk")
    return dict(rows.values_list("decision", "state"))


@dataclass(frozen=True, slots=True)
class MatchedEntry:
    """A match with all that the desk shows of its entry."""

    match: Match
    sources: tuple[str, ...]
    value: str
    pictures: Sequence[tuple[int, str]]


def matches(revision: Revision) -> list[MatchedEntry]:
    """The strongest matches of a revision, at most `MATCHES_SHOWN`, one for each part and entry."""
    rows = Match.objects.filter(revision=revision).select_related("entry__bank").prefetch_related("entry__sources")
    chosen: dict[tuple[str, str, UUID], Match] = {}
    for row in rows.order_by("pk")[:500]:
        chosen.setdefault((row.part, row.inside, row.entry_id), row)
    shown = list(chosen.values())[:MATCHES_SHOWN]
    values = dict(EntrySignal.objects.filter(pk__in=[m.signal for m in shown]).values_list("pk", "value"))
    pictures: dict[UUID, list[tuple[int, str]]] = {}
    found = EntryPicture.objects.filter(entry__in=[m.entry_id for m in shown]).order_by("pk")
    for entry, pk, inside in found.values_list("entry", "pk", "inside"):
        pictures.setdefault(entry, []).append((pk, inside))
    return [_matched(row, values, pictures) for row in shown]


def _matched(row: Match, values: Mapping[int, str], pictures: Mapping[UUID, list[tuple[int, str]]]) -> MatchedEntry:
    sources = tuple(source.name for source in row.entry.sources.all())
    return MatchedEntry(row, sources, values.get(row.signal, ""), pictures.get(row.entry_id, []))


def contents(revision: Revision) -> dict[str, list[PartContent]]:
    """What is kept of a revision's parts, by part: of videos and documents several pictures."""
    kept: dict[str, list[PartContent]] = {}
    for row in revision.contents.order_by("pk"):
        kept.setdefault(row.part, []).append(row)
    return kept


TEXTS_TOLD = 5


def texts_to_tell(item: Item) -> list[PartContent]:
    """The texts of an item's present revision whose genre a reviewer may tell: kept, and typed by somebody."""
    revision = item.revisions.filter(number=item.revision_number).first()
    if revision is None:
        return []
    texts = (text for part in revision.parts for text in part.get("texts", ()))
    read = {text["inside"] for text in texts if text["machine_read"]}
    rows = revision.contents.exclude(text="").exclude(inside__in=read).order_by("pk")
    links = [part["id"] for part in revision.parts if part["type"] == "link"]
    return list(rows.exclude(part__in=links)[:TEXTS_TOLD])


def records(
    item: Item, screening: Screening | None, decisions: Sequence[DecisionView], member: CaseItem | None
) -> list[EventRow]:
    """The ledger's records about an item, oldest first.

    Records are found by the instants that the rows share with them, which is an indexed look-up, and kept where they
    name the decision, an action, the case, or the item itself.
    """
    moments = [item.gone_at, *_moments(screening, decisions, member)]
    refs = {str(each.id) for each in decisions} | {str(act.id) for each in decisions for act in each.actions}
    refs |= {str(member.case_id)} if member else set()
    of_item = EventOpening.objects.filter(event=OuterRef("pk"), path="data.item", value=item.external_id)
    named = reduce(or_, (Q(leaf__contains=ref) for ref in sorted(refs)), Q(Exists(of_item)))
    rows = EventRow.objects.filter(named, kind__in=_KINDS, at__in=[moment for moment in moments if moment])
    rows = rows.prefetch_related("openings").order_by("position", "pk")[:RECORDS_SHOWN]
    return [row for row in rows if _speaks_of(row, item.external_id, refs)]


_KINDS = (
    "screening.screened",
    "decisions.decided",
    "decisions.ended",
    "decisions.action_acknowledged",
    "review.case_opened",
    "review.case_joined",
    "content.item_gone",
)


def _moments(
    screening: Screening | None, decisions: Iterable[DecisionView], member: CaseItem | None
) -> Iterable[datetime | None]:
    if screening:
        yield screening.created_at
    if member:
        yield member.added_at
    for each in decisions:
        yield each.created_at
        yield each.ended_at
        yield from (act.acknowledged_at for act in each.actions)


def _speaks_of(row: EventRow, item: str, refs: set[str]) -> bool:
    opened = {opening.value for opening in row.openings.all() if opening.path == "data.item"}
    return item in opened if opened else any(ref in row.leaf for ref in refs)


def case_of(item: Item) -> CaseItem | None:
    """The item's newest place in a case."""
    return CaseItem.objects.filter(item=item).select_related("case").order_by("-added_at", "-pk").first()


def reasons(screening: Screening, which: str) -> list[dict[str, Any]]:
    """`reasons` or `misses` as policy explained them; what holds of several matches alike is told once, as `times`."""
    document: Mapping[str, Any] = screening.reasons or {}
    told: list[dict[str, Any]] = []
    for reason in document.get(which, []):
        same = next((each for each in told if _alike(each, reason)), None)
        if same:
            same["times"] += 1
        else:
            told.append({**reason, "times": 1})
    return told


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(one.get(key) == other.get(key) for key in ("rule", "verdict", "conditions"))
