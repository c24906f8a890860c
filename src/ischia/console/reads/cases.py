"""Cases in a list, and the items of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, QuerySet

from ischia.banks.models import Entry
from ischia.content.models import Item
from ischia.review.models import Case, CaseItem
from ischia.screening.models import Screening

STATES = ("open", "closed")


def cases(*, state: str = "", reason: str = "") -> QuerySet[Case]:
    """Open cases, highest priority first, then the oldest; or the closed ones, those that were opened last first."""
    closed = state == "closed"
    rows = Case.objects.filter(state="closed" if closed else "open")
    if reason:
        rows = rows.filter(reason=reason)
    return rows.order_by("-pk") if closed else rows.order_by("-priority", "opened_at", "pk")


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case with the name that people know it by: the entry that its items resemble, or its only item."""

    case: Case
    title: str


def rows_of(found: Sequence[Case]) -> list[CaseRow]:
    """Name these cases, in three queries whatever their number."""
    refs = {case.pk: case.cluster.partition(":")[::2] for case in found}
    entries = [UUID(ref) for kind, ref in refs.values() if kind == "entry"]
    labels = {str(pk): label for pk, label in Entry.objects.filter(pk__in=entries).values_list("pk", "label")}
    members = CaseItem.objects.filter(case__in=[case.pk for case in found]).order_by("-pk")
    items = dict(members.values_list("case", "item__external_id"))
    return [CaseRow(case, labels.get(refs[case.pk][1]) or items.get(case.pk) or str(case.pk)[-8:]) for case in found]


def screenings_of(case: Case) -> QuerySet[Screening]:
    """The present screening of each item in a case, in the order in which they came."""
    items = Item.objects.filter(pk__in=case.members.values("item"))
    present = Screening.objects.filter(revision__item__in=items).select_related("revision__item__surface")
    return present.filter(revision__number=F("revision__item__revision_number")).order_by("pk")
