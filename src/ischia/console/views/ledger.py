"""The ledger: how far it is, what stands in it, and how an outsider checks that."""

from __future__ import annotations

import json
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from ischia.base.clock import now as clock
from ischia.base.permissions import Permission, require
from ischia.ledger import queries
from ischia.ledger.errors import NotInLedgerError

PER_PAGE = 50


@require(Permission.LEDGER_READ)
def ledger(request: HttpRequest) -> HttpResponse:
    """Show the newest checkpoint and the newest records, or those before a position."""
    before = request.GET.get("before", "")[:18]  # No ledger has a position of more digits, and no database.
    kind = request.GET.get("kind", "")[:80]
    found = queries.records(kind=kind, before=int(before) if before.isdecimal() else None, limit=PER_PAGE + 1)
    context = {
        "now": clock(),
        "status": queries.status(),
        "key": queries.key(),
        "records": found[:PER_PAGE],
        "next": found[PER_PAGE - 1].position if len(found) > PER_PAGE else None,
        "kind": kind,
        "before": before,
    }
    return render(request, "console/ledger.html", context)


@require(Permission.LEDGER_READ)
def record(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """Show one record as it is hashed, and whether it can be proved yet."""
    try:
        row = queries.record(record_id)
    except NotInLedgerError as error:
        raise Http404 from error
    signed = queries.checkpoint()
    document = json.loads(row.leaf)
    context = {
        "record": row,
        "pretty": json.dumps(document, ensure_ascii=False, indent=2),
        "actor": document.get("actor", {}),
        "checkpoint": signed,
        "proved": signed is not None and row.position is not None and row.position < signed.size,
    }
    return render(request, "console/record.html", context)


@require(Permission.LEDGER_READ)
def proof(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """Hand out the file that shows offline that a record is in the ledger."""
    try:
        receipt = queries.proof(record_id)
    except NotInLedgerError as error:
        raise Http404 from error
    response = HttpResponse(receipt.text, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{record_id}.tlog-proof"'
    return response
