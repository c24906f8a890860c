"""What allauth and axes ask us: who may sign up (nobody), what a sign-in leaves behind, how secrets are kept."""

from __future__ import annotations

import base64
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.http import HttpRequest
from django.urls import reverse

from ischia.base import clock
from ischia.base.config import config
from ischia.base.people import verbs
from ischia.base.people.models import Person
from ischia.console.accounts.session import begin


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by `ischia user create`; every session is recorded and starts its clocks."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by themselves."""
        return False

    def login(self, request: HttpRequest, user: Person) -> None:
        """Begin the session under a new key, and record how the person proved who they are."""
        super().login(request, user)
        now = clock.now()
        begin(request, now)
        methods = [str(record["method"]) for record in get_authentication_records(request, user)]
        verbs.record_sign_in(person=user.id, methods=methods, now=now)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the page about one's own sign-in."""
        return reverse("mfa_index")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failures per address and account, so that nobody elsewhere can lock the owner out."""
        return f"{self.get_client_ip(request)}:{super()._get_login_attempts_cache_key(request, **credentials)}"


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the seeds of codes encrypted under a key from the data folder, which is not in the database."""

    def encrypt(self, text: str) -> str:
        """`text`, readable only with the installation's key."""
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The text behind `encrypted_text`; raises `cryptography.fernet.InvalidToken` under another key."""
        return _fernet().decrypt(encrypted_text.encode()).decode()


def attempted_address(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    """The e-mail address that a sign-in was tried with, for axes to count by."""
    given = (credentials or {}).get("email") or (credentials or {}).get("username")
    return str(given or (request and request.POST.get("login")) or "").strip().lower()


def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(config().secret("second-factor.key")))


def person_of(request: HttpRequest) -> Person:
    """The signed-in person; only for views that nobody else reaches."""
    return cast("Person", request.user)
