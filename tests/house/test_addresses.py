"""Every address says who may use it."""

from __future__ import annotations

from django.urls import get_resolver

from ischia.base.permissions import access_of, addresses, undeclared


def test_every_address_declares_its_access() -> None:
    assert undeclared(get_resolver().url_patterns) == []


def test_the_public_addresses_are_these() -> None:
    """Whoever opens another door to everybody says so here."""
    opened = {
        route
        for route, pattern in addresses(get_resolver().url_patterns)
        if any(access and access.kind == "public" for access in access_of(pattern.callback))
    }
    assert opened == PUBLIC


PUBLIC = {
    "accounts/inactive/",
    "accounts/link/<str:token>/",
    "accounts/second-factor/code/",
    "accounts/sign-in/",
    "accounts/sign-out/",
    "console/preferences/<slug:name>",  # Theme and density, in a cookie.
    "i18n/language",
    "api/v1/",  # django-ninja's own root, which is 404.
    "api/v1/docs",  # What the API can do is no secret.
    "api/v1/openapi.json",
    "healthz",
    "readyz",
    "metrics",  # Answers loopback only, unless the operator says otherwise.
}
