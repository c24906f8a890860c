"""Webhooks."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from ischia.api import answers
from ischia.api.keys import actor_of, operation
from ischia.api.schemas import NewWebhook, WebhookOut
from ischia.base import clock
from ischia.base.deliveries import verbs
from ischia.base.keys.scopes import Scope

router = Router(tags=["Webhooks"])


@operation(
    router, "POST", "/webhooks", scope=Scope.WEBHOOKS, responses={201: WebhookOut}, summary="Register a webhook"
)
def register(request: HttpRequest, body: NewWebhook) -> HttpResponse:
    """Have events sent to an address, signed by Standard Webhooks (`v1a`, ed25519)."""
    webhook, public_key = verbs.register_endpoint(
        url=body.url, events=tuple(body.events), actor=actor_of(request), now=clock.now()
    )
    return answers.answer({"id": webhook, "public_key": public_key}, status=201)


@operation(
    router, "DELETE", "/webhooks/{webhook}", scope=Scope.WEBHOOKS, responses={204: None}, summary="Disable a webhook"
)
def disable(request: HttpRequest, webhook: UUID) -> HttpResponse:
    """Send nothing more to an address."""
    verbs.disable_endpoint(endpoint=webhook, actor=actor_of(request), now=clock.now())
    return HttpResponse(status=204)
