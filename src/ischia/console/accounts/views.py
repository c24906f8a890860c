"""The pages of signing in that differ from allauth's."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.views import PasswordChangeView, PasswordSetView
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ischia.base import clock
from ischia.base.people import verbs
from ischia.base.people.queries import find_link
from ischia.console.accounts import session
from ischia.console.accounts.adapters import person_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a one-time link. Opening it uses nothing up; its button does."""
    now = clock.now()
    if request.method == "POST":
        used = verbs.use_sign_in_link(token=token, now=now)
        return _sign_in(request, used) if used else _gone(request)
    link = find_link(token, now)
    return render(request, "account/link.html", {"link": link}) if link else _gone(request)


def _sign_in(request: HttpRequest, used: verbs.UsedLink) -> HttpResponse:
    """Open the session, or go on to the second factor; whoever was signed in before is signed out first."""
    logout(request)
    record_authentication(request, used.person, "link")
    if not (used.without_second_factor and session.may_waive(request)):
        return perform_login(request, Login(user=used.person))  # type: ignore[no-any-return]
    get_adapter().login(request, used.person)
    session.waive_second_factor(request)
    return redirect("/")


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "account/link.html", {"link": None}, status=410)


class Enrol(ActivateTOTPView):  # type: ignore[misc]
    """Add an authenticator app, recorded in the transaction that saves it."""

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        """Save the app's secret; the session has shown it."""
        response: HttpResponse = super().form_valid(form)
        person = person_of(self.request)
        session.note_enrolment(self.request, person, "totp")
        verbs.record_second_factor(person=person.id, factor="totp", now=clock.now())
        return response


class AddKey(AddWebAuthnView):  # type: ignore[misc]
    """Add a security key, recorded in the transaction that saves it."""

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        """Save the key; the session has shown it."""
        response: HttpResponse = super().form_valid(form)
        person = person_of(self.request)
        session.note_enrolment(self.request, person, "webauthn")
        verbs.record_second_factor(person=person.id, factor="webauthn", now=clock.now())
        return response


class SetPassword(PasswordSetView):  # type: ignore[misc]
    """Choose a first password, recorded in the transaction that saves it."""

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        """Save the password; this session goes on, all others end."""
        response: HttpResponse = super().form_valid(form)
        verbs.record_password(person=person_of(self.request).id, now=clock.now())
        return response


class ChangePassword(PasswordChangeView):  # type: ignore[misc]
    """Choose another password, recorded in the transaction that saves it."""

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        """Save the password; this session goes on, all others end."""
        response: HttpResponse = super().form_valid(form)
        verbs.record_password(person=person_of(self.request).id, now=clock.now())
        return response
