"""The list of items and the page of one item."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from ischia.base.clock import now as clock
from ischia.base.permissions import Permission, permissions_for, require
from ischia.console import paging
from ischia.console.dossier import dossier
from ischia.console.reads import items as reads
from ischia.console.reads.overview import VERDICTS
from ischia.content import queries as content
from ischia.content.errors import UnknownItemError
from ischia.content.models import Surface


@require(Permission.ITEMS_READ)
def items(request: HttpRequest) -> HttpResponse:
    """List items, newest first, filtered by what the address says."""
    chosen = {name: request.GET.get(name, "").strip() for name in ("surface", "verdict", "state", "item")}
    page = paging.page_of(request, reads.screenings(**chosen))
    context = {
        "chosen": chosen,
        "filtered": any(chosen.values()),
        "page": page,
        "rows": reads.rows_of(list(page.object_list)),
        "surfaces": Surface.objects.order_by("name").values_list("name", flat=True),
        "verdicts": VERDICTS,
        "states": reads.STATES,
    }
    return render(request, "console/items.html", context)


@require(Permission.ITEMS_READ)
def item(request: HttpRequest, surface: str, item_id: str = "") -> HttpResponse:
    """Show one item: what it matched, what policy said, what was done, and the records that prove it."""
    try:
        row = content.item(surface, item_id or request.GET.get("id", ""))
    except UnknownItemError as error:
        raise Http404 from error
    may_look = Permission.ITEMS_MEDIA in permissions_for(request)
    return render(request, "console/item.html", {"now": clock(), **dossier(row, may_look=may_look)})
