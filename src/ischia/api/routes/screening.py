"""Screening and look-up: the hot path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from ischia.api import answers, documents
from ischia.api.keys import key_of, must_cover, operation
from ischia.api.problems import ProblemError
from ischia.api.schemas import (
    FileIn,
    LinkIn,
    LookupOut,
    PartIn,
    PendingOut,
    SignalIn,
    SignalPartIn,
    SubmissionIn,
    TextIn,
    VerdictOut,
)
from ischia.api.uploads import uploaded
from ischia.base import clock
from ischia.base.keys.scopes import Scope
from ischia.core.signals import canonical, make
from ischia.screening import queries, verbs
from ischia.screening.submission import FilePart, LinkPart, Part, SignalPart, Submission, TextPart

router = Router(tags=["Screening"])

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": SubmissionIn.model_json_schema(ref_template="#/components/schemas/{model}")},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["submission"],
                    "properties": {"submission": {"type": "string", "description": "the same document as JSON"}},
                    "additionalProperties": {"type": "string", "format": "binary"},
                }
            },
        },
    }
}


@operation(
    router,
    "POST",
    "/screen",
    scope=Scope.SCREEN,
    responses={200: VerdictOut, 202: PendingOut},
    summary="Screen one revision of one item",
    openapi_extra=_BODY,
)
def screen(request: HttpRequest) -> HttpResponse:
    """Give the verdict at once (`mode: sync`), or accept and tell it by the webhook `item.screened` (`mode: async`).

    What has a film of more than two minutes is always accepted; `GET /items/{surface}/{id}` says how far it is.

    The same content again returns the stored answer; changed content is a new revision of the item.
    """
    form = documents.read(request, SubmissionIn, field="submission")
    must_cover(request, form.surface)
    verbs.screened_surface(form.surface)
    with uploaded(request) as files:
        submission = Submission(
            surface=form.surface,
            id=form.id,
            author=form.author,
            url=form.url,
            language=form.language,
            published_at=form.published_at,
            views=form.views,
            parts=_parts(form.parts, files),
        )
        work = verbs.submit if form.mode == "async" else verbs.screen_or_submit
        view = work(submission, now=clock.now())
    return answers.verdict(view, with_matches=key_of(request).allows(Scope.MATCHES_READ))


def _parts(forms: Sequence[PartIn], files: Mapping[str, list[Path]]) -> tuple[Part, ...]:
    return tuple(_part(form, files) for form in forms)


def _part(form: PartIn, files: Mapping[str, list[Path]]) -> Part:
    match form:
        case TextIn():
            return TextPart(id=form.id, text=form.text)
        case LinkIn():
            return LinkPart(id=form.id, url=canonical(form.url))
        case SignalPartIn():
            return SignalPart(id=form.id, signal=make(form.algorithm, form.value, form.quality))
        case FileIn():
            found = files.get(form.file, [])
            if len(found) != 1:
                sent = ", ".join(sorted(files)) or "none"
                problem = (
                    f"part {form.id!r} names the file field {form.file!r}, sent {len(found)} times; fields sent: {sent}"
                )
                raise ProblemError(400, problem)
            return FilePart(id=form.id, type=form.type, path=found[0])


@operation(
    router,
    "POST",
    "/lookup",
    scope=Scope.MATCHES_READ,
    responses={200: LookupOut},
    summary="What a signal matches",
)
def lookup(request: HttpRequest, body: SignalIn) -> HttpResponse:
    """Search the banks for one signal; nothing is stored."""
    return answers.answer({"matches": queries.lookup(make(body.algorithm, body.value, body.quality))})
