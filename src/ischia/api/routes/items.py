"""Items, decisions and acknowledgements."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from ischia.api import answers
from ischia.api.keys import actor_of, key_of, must_cover, operation
from ischia.api.schemas import Acknowledgement, ActionState, DecisionOut, ItemOut
from ischia.base import clock
from ischia.base.keys.scopes import Scope
from ischia.content import queries as content
from ischia.content import verbs as content_verbs
from ischia.decisions import queries as decisions
from ischia.decisions import verbs as decision_verbs
from ischia.screening import queries

router = Router(tags=["Items and decisions"])


@operation(
    router, "GET", "/items/{surface}/{path:item}", scope=Scope.ITEMS, responses={200: ItemOut}, summary="One item"
)
def show(request: HttpRequest, surface: str, item: str) -> HttpResponse:
    """Tell what is known of an item: its present revision's verdict and every decision about it."""
    must_cover(request, surface)
    row = content.item(surface, item)
    told = answers.item(
        row,
        queries.of_item(row),
        decisions.of_item(row.pk),
        with_matches=key_of(request).allows(Scope.MATCHES_READ),
    )
    return answers.answer(told)


@operation(
    router,
    "DELETE",
    "/items/{surface}/{path:item}",
    scope=Scope.ITEMS,
    responses={204: None},
    summary="The content is gone",
)
def forget(request: HttpRequest, surface: str, item: str) -> HttpResponse:
    """Say that the item no longer exists: its fingerprints and stored content are erased, what was decided stays."""
    must_cover(request, surface)
    content_verbs.forget_item(surface=surface, external_id=item, actor=actor_of(request), now=clock.now())
    return HttpResponse(status=204)


@operation(
    router,
    "GET",
    "/decisions/{decision}",
    scope=Scope.DECISIONS,
    responses={200: DecisionOut},
    summary="One decision",
)
def decision(request: HttpRequest, decision: UUID) -> HttpResponse:
    """Tell a decision, its scope, whether it is in force, and its actions."""
    view = decisions.decision(decision)
    must_cover(request, view.surface)
    return answers.answer(answers.decision(view, with_evidence=key_of(request).allows(Scope.MATCHES_READ)))


@operation(
    router,
    "POST",
    "/actions/{action}/ack",
    scope=Scope.ACK,
    responses={200: ActionState},
    summary="Acknowledge an action",
)
def acknowledge(request: HttpRequest, action: UUID, body: Acknowledgement) -> HttpResponse:
    """Say what became of an action; it is resent until then. Repeating it changes nothing."""
    must_cover(request, decisions.surface_of_action(action))
    view = decision_verbs.acknowledge(
        action=action, outcome=body.outcome, detail=body.detail, actor=actor_of(request), now=clock.now()
    )
    return answers.answer(answers.action(view))
