"""The ledger, for whoever checks it."""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema

from ischia.api import answers
from ischia.api.keys import operation
from ischia.api.problems import ProblemError
from ischia.base.keys.scopes import Scope
from ischia.decisions.queries import record_of
from ischia.ledger import queries

router = Router(tags=["Ledger"])
_TEXT = "text/plain; charset=utf-8"


class ConsistencyOut(Schema):
    """Hashes (base64) that show that the tree of `from` leaves begins the tree of `to` leaves (RFC 6962, 2.1.2)."""

    from_size: int
    to_size: int
    from_root: str
    to_root: str
    proof: list[str]


@operation(
    router,
    "GET",
    "/ledger/checkpoint",
    scope=Scope.LEDGER,
    responses={200: str},
    summary="The newest checkpoint",
)
def checkpoint(request: HttpRequest) -> HttpResponse:
    """Tell the ledger's size and root, as a C2SP checkpoint (a signed note)."""
    head = queries.checkpoint()
    if head is None:
        raise ProblemError(
            404, "no checkpoint has been signed yet; a worker signs the first within a minute of its start"
        )
    return HttpResponse(head.note, content_type=_TEXT)


@operation(router, "GET", "/ledger/key", scope=Scope.LEDGER, responses={200: str}, summary="The verifier key")
def key(request: HttpRequest) -> HttpResponse:
    """Tell the public key that checkpoints are signed with, in the form of C2SP signed notes."""
    found = queries.key()
    if found is None:
        raise ProblemError(404, "there is no key yet; a worker makes it with the first checkpoint")
    return HttpResponse(found + "\n", content_type=_TEXT)


@operation(
    router, "GET", "/ledger/proof", scope=Scope.LEDGER, responses={200: str}, summary="A record's proof of inclusion"
)
def proof(request: HttpRequest, record: UUID) -> HttpResponse:
    """Tell a file that shows offline that a record is in the ledger (C2SP tlog-proof); a decision's id does as well."""
    return HttpResponse(queries.proof(record_of(record) or record).text, content_type=_TEXT)


@operation(
    router,
    "GET",
    "/ledger/consistency",
    scope=Scope.LEDGER,
    responses={200: ConsistencyOut},
    summary="A proof that nothing was rewritten",
)
def consistency(
    request: HttpRequest,
    from_size: Annotated[int, Query(alias="from", ge=0)],
    to_size: Annotated[int, Query(alias="to", ge=0)],
) -> HttpResponse:
    """Show that the ledger with `from` records is the beginning of the one with `to` records."""
    found = queries.consistency(from_size, to_size)
    return answers.answer(
        {
            "from_size": found.old,
            "to_size": found.new,
            "from_root": b64encode(found.old_root).decode(),
            "to_root": b64encode(found.new_root).decode(),
            "proof": [b64encode(value).decode() for value in found.hashes],
        }
    )
