"""The list of items and the page of one item."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from ischia.base.clock import now as clock
from ischia.base.permissions import Permission, permissions_for, require
from ischia.console import paging
from ischia.console.actors import actor_of
from ischia.console.addresses import item_address
from ischia.console.dossier import dossier
from ischia.console.reads import items as reads
from ischia.console.reads.overview import VERDICTS
from ischia.content import queries as content
from ischia.content.errors import UnknownItemError
from ischia.content.models import PartContent, Surface
from ischia.core.text.genre import GENRES
from ischia.screening import verbs
from ischia.screening.errors import NoTextError


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
    held = permissions_for(request)
    may_look = Permission.ITEMS_MEDIA in held
    may_tell = may_look and Permission.CASES_DECIDE in held
    context = {
        "now": clock(),
        "tellable": reads.texts_to_tell(row) if may_tell else [],
        "genres": GENRES,
        **dossier(row, may_look=may_look),
    }
    return render(request, "console/item.html", context)


@require(write=Permission.CASES_DECIDE)
def tell_genre(request: HttpRequest, content: int) -> HttpResponse:
    """Record what kind of text it is."""
    kept = get_object_or_404(PartContent.objects.select_related("revision__item__surface"), pk=content)
    genre = request.POST.get("genre", "")
    if genre not in GENRES:
        raise Http404
    try:
        verbs.tell_genre(content=kept.pk, genre=genre, actor=actor_of(request), now=clock())
    except NoTextError as error:
        raise Http404 from error
    messages.success(request, _("Recorded. The genre model learns from it when it is trained next."))
    return redirect(item_address(kept.revision.item.surface.name, kept.revision.item.external_id))
