"""`Idempotency-Key`: the same request sent again gets the first one's answer and has no second effect."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from ischia.api.models import IdempotentRequest
from ischia.api.problems import problem
from ischia.base import processes

KEPT_FOR = timedelta(days=7)
_ABANDONED_AFTER = timedelta(minutes=5)
_LONGEST = 255


def once(
    request: HttpRequest, *, caller: UUID, name: str, now: datetime, answer: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """Answer with `answer()` if this is the first request of that name, else with what the first one got.

    409 while the first is being worked on, 422 if the name was used for another request. A server error and a refusal
    (403) are not kept, so that the caller may try again. What a process of this machine began and did not live to
    answer is done by the next one that asks; on another machine, after five minutes.
    """
    if len(name) > _LONGEST or not name.isprintable():
        return problem(422, f"Idempotency-Key must be 1 to {_LONGEST} printable characters")
    digest = _digest(request)
    row = _claim(caller, name, digest, now)
    if row is None:
        return problem(409, "a request with this Idempotency-Key is being worked on; send it again in a moment")
    if row.digest != digest:
        return problem(422, "this Idempotency-Key was used for another request; use a new one")
    if row.status is not None:
        return HttpResponse(bytes(row.body), status=row.status, content_type=row.content_type)
    try:
        response = answer()
    except BaseException:
        row.delete()
        raise
    _keep(row, response)
    return response


def _claim(caller: UUID, name: str, digest: str, now: datetime) -> IdempotentRequest | None:
    """The row to work on or to answer from; None while somebody else works on it."""
    try:
        with transaction.atomic():
            return IdempotentRequest.objects.create(
                caller=caller, name=name, digest=digest, started_at=now, process=processes.name()
            )
    except IntegrityError:
        row = IdempotentRequest.objects.filter(caller=caller, name=name).first()
    if row is None or row.status is not None or row.digest != digest:
        return row
    if not processes.is_gone(row.process) and row.started_at >= now - _ABANDONED_AFTER:
        return None
    # Whoever began this will never finish it: exactly one of those who ask now takes it over.
    begun = IdempotentRequest.objects.filter(pk=row.pk, status=None, started_at=row.started_at, process=row.process)
    return row if begun.update(started_at=now, process=processes.name()) else None


def _keep(row: IdempotentRequest, response: HttpResponseBase) -> None:
    # Of what a private surface was refused nothing is kept, not even the request's digest.
    if response.status_code >= 500 or response.status_code == 403 or not isinstance(response, HttpResponse):
        row.delete()
        return
    row.status = response.status_code
    row.content_type = response.headers.get("Content-Type", "")
    row.body = response.content
    row.save(update_fields=["status", "content_type", "body"])


def _digest(request: HttpRequest) -> str:
    """What the request says; the boundary of a form says nothing, and clients make a new one for each attempt."""
    whole = hashlib.sha256(f"{request.method} {request.get_full_path()}\n{request.content_type}\n".encode())
    boundary = (request.content_params or {}).get("boundary", "").encode()
    for piece in request.body.split(b"--" + boundary) if boundary else (request.body,):
        whole.update(len(piece).to_bytes(8) + piece)
    return whole.hexdigest()


def forget_old(*, now: datetime) -> int:
    """Delete answers that are older than `KEPT_FOR`; returns how many."""
    count, _ = IdempotentRequest.objects.filter(started_at__lt=now - KEPT_FOR).delete()
    return count
