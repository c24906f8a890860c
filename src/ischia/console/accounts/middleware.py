"""The gate between a signed-in person and the console: a session in time, and a second factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from ischia.base import clock
from ischia.base.people.queries import has_second_factor
from ischia.base.permissions import access_of
from ischia.console.accounts import session
from ischia.console.accounts.adapters import person_of

_ENROL = frozenset({"mfa_activate_totp", "mfa_add_webauthn"})
_SHOW = frozenset({"mfa_reauthenticate", "mfa_reauthenticate_webauthn"})


class SignInMiddleware:
    """Ends sessions that are over, and keeps people without a second factor at the page where they enrol one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Requests without a session cookie, all of the API's among them, pass untouched."""
        if session.has_session(request) and request.user.is_authenticated:
            now = clock.now()
            if session.is_over(request, now):
                logout(request)
            else:
                session.stamp(request, now)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: object, _kwargs: object
    ) -> HttpResponseBase | None:
        """None lets the view answer."""
        if not session.has_session(request) or not request.user.is_authenticated:
            return None
        return None if _open_to_others(view) else _next_step(request)


def _open_to_others(view: Callable[..., Any]) -> bool:
    """True for what anybody may see, and for what asks for a key rather than a session."""
    return all(access is not None and access.kind in {"public", "scope"} for access in access_of(view))


def _next_step(request: HttpRequest) -> HttpResponseBase | None:
    """Where the person must go before anything else; never from a factor that they have to adding another one."""
    person = person_of(request)
    if session.second_factor_is_waived(request) or session.showed_second_factor(request, person):
        return None
    page = request.resolver_match.url_name if request.resolver_match else None
    if has_second_factor(person.id):
        return None if page in _SHOW else redirect("mfa_reauthenticate")
    return None if page in _ENROL else redirect("mfa_activate_totp")
