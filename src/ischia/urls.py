"""Every address that Ischia answers."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from ischia.api.main import addresses as api
from ischia.base import health
from ischia.base.permissions import public
from ischia.console.views import errors

urlpatterns: list[URLPattern | URLResolver] = [
    *health.urlpatterns,
    path("api/v1/", api),
    path("", include("ischia.console.urls")),
    path("accounts/", include("ischia.console.accounts.urls")),
    path("i18n/language", public(set_language), name="set_language"),
]

handler400 = errors.bad_request
handler403 = errors.denied
handler404 = errors.not_found
handler500 = errors.failed
