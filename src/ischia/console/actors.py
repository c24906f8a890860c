"""Who acts, as the ledger names them."""

from __future__ import annotations

from django.http import HttpRequest

from ischia.base.events import Actor


def actor_of(request: HttpRequest) -> Actor:
    """Who the ledger will name for what this request does."""
    return Actor("person", str(request.user.pk))
