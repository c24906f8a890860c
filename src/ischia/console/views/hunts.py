"""Hunts: how far they got, what they found, and the preview that somebody accepts or refuses."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from ischia.base.clock import now as clock
from ischia.base.permissions import Permission, require
from ischia.console.actors import actor_of
from ischia.screening import hunts as reads
from ischia.screening import verbs
from ischia.screening.errors import HuntRefusedError
from ischia.screening.models import Hunt

SHOWN = 200
ANSWERS: dict[str, Literal["accepted", "refused"]] = {"accept": "accepted", "refuse": "refused"}


@require(Permission.HUNTS_START)
def hunts(request: HttpRequest) -> HttpResponse:
    """The newest hunts."""
    return render(request, "console/hunts.html", {"hunts": reads.recent()})


@require(Permission.HUNTS_START)
def hunt(request: HttpRequest, hunt_id: UUID) -> HttpResponse:
    """One hunt with its finds."""
    row = get_object_or_404(Hunt.objects.select_related("entry__bank", "bank"), pk=hunt_id)
    finds = [find for _, find in reads.finds(row.pk, limit=SHOWN)]
    context = {"row": row, "hunt": reads.view(row), "finds": finds, "more": max(0, row.found - len(finds))}
    return render(request, "console/hunt.html", context)


@require(write=Permission.HUNTS_START)
def answer(request: HttpRequest, hunt_id: UUID, answer: str) -> HttpResponse:
    """Accept the preview, so that what it says is done, or refuse it."""
    if answer not in ANSWERS:
        raise Http404
    row = get_object_or_404(Hunt, pk=hunt_id)
    try:
        verbs.answer_hunt(hunt=row.pk, answer=ANSWERS[answer], actor=actor_of(request), now=clock())
    except HuntRefusedError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Accepted. It is being done.") if answer == "accept" else _("Refused."))
    return redirect("console:hunt", row.pk)
