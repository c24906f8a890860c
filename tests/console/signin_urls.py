"""The console's addresses and a few pages whose only content is that one may see them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.i18n import set_language

from ischia.base.permissions import Permission, public, require, signed_in
from ischia.console.accounts.context import access
from ischia.console.views import errors


def page(request: HttpRequest) -> HttpResponse:
    context = access(request)
    return HttpResponse(f"in; banner={context['demo_banner']}; may write banks={context['may']['banks_write']}")


urlpatterns = [
    path("", signed_in(page)),
    path("test/banks", require(Permission.BANKS_READ, write=Permission.BANKS_WRITE)(page)),
    path("test/ledger", require(Permission.LEDGER_READ)(page)),
    path("test/keys", require(write=Permission.KEYS_WRITE)(page)),
    path("", include("ischia.console.urls")),
    path("accounts/", include("ischia.console.accounts.urls")),
    path("i18n/language", public(set_language), name="set_language"),
]
handler403 = errors.denied
handler404 = errors.not_found
