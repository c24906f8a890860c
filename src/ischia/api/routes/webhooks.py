"""Webhooks."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from ischia.api import answers
from ischia.api.keys import actor_of, operation
from ischia.api.problems import ProblemError
from ischia.api.schemas import NewWebhook, WebhookOut
from ischia.base import clock, deliveries
from ischia.base.deliveries import queries
from ischia.base.keys.scopes import Scope

router = Router(tags=["Webhooks"])


@operation(router, "POST", "/webhooks", scope=Scope.WEBHOOKS, responses={201: WebhookOut}, summary="Register a webhook")
def register(request: HttpRequest, body: NewWebhook) -> HttpResponse:
    """Have events sent to an address, signed by Standard Webhooks (`v1a`, ed25519)."""
    webhook, public_key = deliveries.register_endpoint(
        url=body.url, events=tuple(body.events), actor=actor_of(request), now=clock.now()
    )
    return answers.answer({"id": webhook, "public_key": public_key}, status=201)


@operation(
    router, "DELETE", "/webhooks/{webhook}", scope=Scope.WEBHOOKS, responses={204: None}, summary="Disable a webhook"
)
def disable(request: HttpRequest, webhook: UUID) -> HttpResponse:
    """Send nothing more to an address."""
    if queries.endpoint(webhook) is None:
        raise ProblemError(404, f"there is no webhook {webhook}")
    deliveries.disable_endpoint(
        endpoint=webhook, reason="disabled through the API", actor=actor_of(request), now=clock.now()
    )
    return HttpResponse(status=204)
