"""The first page: what waits for a person, how fast we were, whether all parts work."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from ischia.base.clock import now as clock
from ischia.base.permissions import Permission, require, signed_in
from ischia.console.reads import overview as reads
from ischia.console.words import word


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """The bare host leads to the overview."""
    return redirect("console:overview")


@require(Permission.OVERVIEW_READ)
def overview(request: HttpRequest) -> HttpResponse:
    """Show where things stand."""
    now = clock()
    surfaces = reads.surfaces(now)
    totals = reads.totals(surfaces)
    context = {
        "now": now,
        "cases": reads.cases(),
        "unacknowledged": reads.actions("requested"),
        "failed": reads.actions("failed"),
        "speed": reads.speed(now),
        "surfaces": surfaces,
        "verdicts": reads.VERDICTS,
        "bars": [(word(kind), count, kind) for kind, count in totals.items()],
        "screened": sum(totals.values()),
        "known": reads.known(),
        "ledger": reads.ledger_status(),
        "jobs": reads.work(now),
        "unready": reads.unready(),
        "index_size": reads.index_size(),
        "outgoing": reads.outgoing(),
    }
    return render(request, "console/overview.html", context)
