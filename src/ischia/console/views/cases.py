"""What waits for a person."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from ischia.base.clock import now as clock
from ischia.base.permissions import Permission, require
from ischia.console import paging
from ischia.console.reads import cases as reads
from ischia.console.reads.items import rows_of
from ischia.review.models import Case
from ischia.review.verbs import REASONS


@require(Permission.CASES_READ)
def cases(request: HttpRequest) -> HttpResponse:
    """List cases, those that wait first."""
    chosen = {name: request.GET.get(name, "") for name in ("state", "reason")}
    page = paging.page_of(request, reads.cases(**chosen))
    context = {
        "now": clock(),
        "page": page,
        "rows": reads.rows_of(list(page.object_list)),
        "chosen": chosen,
        "filtered": any(chosen.values()),
        "states": reads.STATES,
        "reasons": REASONS,
        "last_closed": None if page.object_list else Case.objects.filter(state="closed").order_by("-closed_at").first(),
    }
    return render(request, "console/cases.html", context)


@require(Permission.CASES_READ)
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show a case and its items."""
    row = get_object_or_404(Case, pk=case_id)
    page = paging.page_of(request, reads.screenings_of(row))
    title = reads.rows_of([row])[0].title
    context = {"case": row, "title": title, "page": page, "rows": rows_of(list(page.object_list))}
    return render(request, "console/case.html", context)
