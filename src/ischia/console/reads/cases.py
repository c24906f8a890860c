"""Cases in a list, and the items of one."""

from __future__ import annotations

from django.db.models import F, QuerySet

from ischia.content.models import Item
from ischia.review.models import Case
from ischia.screening.models import Screening

STATES = ("open", "closed")


def cases(*, state: str = "", reason: str = "") -> QuerySet[Case]:
    """Open cases first, highest priority first, then the oldest; closed ones after them, newest first."""
    rows = Case.objects.all()
    if reason:
        rows = rows.filter(reason=reason)
    if state == "closed":
        return rows.filter(state="closed").order_by("-closed_at", "pk")
    if state == "open":
        return rows.filter(state="open").order_by("-priority", "opened_at", "pk")
    return rows.order_by("-state", "-priority", "opened_at", "pk")


def screenings_of(case: Case) -> QuerySet[Screening]:
    """The present screening of each item in a case, in the order in which they came."""
    items = Item.objects.filter(pk__in=case.members.values("item"))
    present = Screening.objects.filter(revision__item__in=items).select_related("revision__item__surface")
    return present.filter(revision__number=F("revision__item__revision_number")).order_by("pk")
