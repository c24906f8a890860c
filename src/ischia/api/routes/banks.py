"""Surfaces, banks and entries."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from ischia.api import answers, documents
from ischia.api.keys import actor_of, operation
from ischia.api.problems import ProblemError
from ischia.api.schemas import BankOut, EntryAddedOut, EntryOut, NewBank, NewEntry, NewSurface, RestoredOut, SurfaceOut
from ischia.api.uploads import uploaded
from ischia.banks import queries, verbs
from ischia.base import clock
from ischia.base.keys.scopes import Scope
from ischia.content import queries as content
from ischia.content import verbs as content_verbs
from ischia.content.queries import SurfaceView
from ischia.screening.entries import Material, from_files, from_signals, from_text, from_url
from ischia.screening.verbs import add_known, restore_all

router = Router(tags=["Surfaces, banks and entries"])


def _surface(view: SurfaceView) -> dict[str, Any]:
    return {
        "name": view.name,
        "audience": view.audience,
        "when_silent": view.when_silent,
        "screened": view.screened,
    }


@operation(router, "POST", "/surfaces", scope=Scope.SURFACES, responses={201: SurfaceOut}, summary="Create a surface")
def create_surface(request: HttpRequest, body: NewSurface) -> HttpResponse:
    """Name a place where content appears, who can see it, and what the platform does when Ischia is silent."""
    view = content_verbs.create_surface(**body.model_dump(), actor=actor_of(request), now=clock.now())
    return answers.answer(_surface(view), status=201)


@operation(router, "GET", "/surfaces", scope=Scope.SURFACES, responses={200: list[SurfaceOut]}, summary="All surfaces")
def list_surfaces(request: HttpRequest) -> list[dict[str, Any]]:
    """List all surfaces."""
    return [_surface(view) for view in content.surfaces()]


@operation(router, "POST", "/banks", scope=Scope.BANKS, responses={201: BankOut}, summary="Open a bank")
def create_bank(request: HttpRequest, body: NewBank) -> HttpResponse:
    """Open a collection of known content. Only entries of an `acting` bank may ever act without a person."""
    view = verbs.create_bank(**body.model_dump(), actor=actor_of(request), now=clock.now())
    return answers.answer(_bank(view), status=201)


def _bank(view: queries.BankView) -> dict[str, Any]:
    return BankOut.model_validate(view, from_attributes=True).model_dump()


@operation(router, "GET", "/banks", scope=Scope.BANKS, responses={200: list[BankOut]}, summary="All banks")
def list_banks(request: HttpRequest) -> list[dict[str, Any]]:
    """List all banks."""
    return [_bank(view) for view in queries.banks()]


_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": NewEntry.model_json_schema(ref_template="#/components/schemas/{model}")},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["entry"],
                    "properties": {
                        "entry": {"type": "string", "description": "the same document as JSON"},
                        "file": {"type": "array", "items": {"type": "string", "format": "binary"}},
                    },
                }
            },
        },
    }
}


@operation(
    router,
    "POST",
    "/banks/{bank}/entries",
    scope=Scope.BANKS,
    responses={201: EntryAddedOut},
    summary="Add an entry",
    openapi_extra=_BODY,
)
def add_entry(request: HttpRequest, bank: str) -> HttpResponse:
    """Add known content; it matches at once, and what is on the platform already is searched for it."""
    form = documents.read(request, NewEntry, field="entry")
    queries.bank(bank)
    with uploaded(request) as files:
        if set(files) - {"file"}:
            raise ProblemError(
                400, f"files are sent in fields named 'file', not {', '.join(sorted(set(files) - {'file'}))}"
            )
        material = _material(form, files.get("file", []))
    added = add_known(
        bank=bank,
        label=form.label,
        source=form.source,
        context=form.context,
        material=material,
        actor=actor_of(request),
        now=clock.now(),
    )
    return answers.answer({**answers.entry(added.entry), "told": added.told}, status=201)


def _material(form: NewEntry, files: Sequence[Path]) -> Material:
    material = from_files(files)
    if form.text:
        material += from_text(form.text)
    if form.url:
        material += from_url(form.url)
    return material + from_signals([(s.algorithm, s.value, s.quality) for s in form.signals])


@operation(
    router,
    "GET",
    "/banks/{bank}/entries",
    scope=Scope.BANKS,
    responses={200: list[EntryOut]},
    summary="A page of a bank's entries",
)
def list_entries(
    request: HttpRequest, bank: str, after: UUID | None = None, limit: Annotated[int, Field(ge=1, le=1000)] = 100
) -> HttpResponse:
    """List entries, oldest first; `after` is the id of the last entry of the page before."""
    rows = [answers.entry(view) for view in queries.entries(bank, after=after, limit=limit)]
    return answers.answer(rows)


@operation(
    router,
    "POST",
    "/banks/{bank}/entries/{entry}/retire",
    scope=Scope.BANKS,
    responses={200: EntryOut},
    summary="Retire an entry",
)
def retire(request: HttpRequest, bank: str, entry: UUID) -> HttpResponse:
    """Stop an entry from matching; repeating it changes nothing."""
    view = verbs.retire_entry(bank=bank, entry=entry, actor=actor_of(request), now=clock.now())
    return answers.answer(answers.entry(view))


@operation(
    router,
    "POST",
    "/banks/{bank}/entries/{entry}/hold-back",
    scope=Scope.BANKS,
    responses={200: EntryOut},
    summary="Hold an entry back",
)
def hold_back(request: HttpRequest, bank: str, entry: UUID) -> HttpResponse:
    """Make an entry review-only: it still matches, and nothing acts on it alone."""
    view = verbs.hold_back(bank=bank, entry=entry, because="by_person", actor=actor_of(request), now=clock.now())
    return answers.answer(answers.entry(view))


@operation(
    router,
    "POST",
    "/banks/{bank}/entries/{entry}/release",
    scope=Scope.BANKS,
    responses={200: EntryOut},
    summary="Let an entry act again",
)
def release(request: HttpRequest, bank: str, entry: UUID) -> HttpResponse:
    """End what holds an entry back; with enough sources it may act from now on."""
    view = verbs.release(bank=bank, entry=entry, actor=actor_of(request), now=clock.now())
    return answers.answer(answers.entry(view))


@operation(
    router,
    "POST",
    "/banks/{bank}/entries/{entry}/restore",
    scope=Scope.BANKS,
    responses={200: RestoredOut},
    summary="Put back what rests on an entry alone",
)
def restore(request: HttpRequest, bank: str, entry: UUID) -> HttpResponse:
    """Hold the entry back and end every decision of policy that rests on it alone; the platform is asked to restore."""
    ended = restore_all(bank=bank, entry=entry, actor=actor_of(request), now=clock.now())
    return answers.answer({"restored": ended})
