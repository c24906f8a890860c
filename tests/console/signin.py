"""How tests come to people, their phones and their sessions: the one place that knows allauth's internals."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client

from ischia.base import clock
from ischia.base.events import SYSTEM
from ischia.base.people import verbs
from ischia.base.people.models import Person

ENROL = "/accounts/second-factor/enrol/"
CODE = "/accounts/second-factor/code/"
START = datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp()


@dataclass
class Phone:
    """An authenticator app and the clock that it shares with the server; `tick` brings the next code."""

    seconds: float = START
    secrets: dict[UUID, str] = field(default_factory=dict)

    def tick(self, steps: int = 1) -> None:
        self.seconds += 30 * steps

    def code(self, person: UUID, *, steps: int = 0) -> str:
        return totp.format_hotp_value(totp.hotp_value(self.secrets[person], int(self.seconds // 30) + steps))

    def enrol(self, client: Client, person: UUID) -> Any:
        """Type the secret of the enrolment page into the app, and the app's code into the page."""
        page = client.get(ENROL)
        assert page.status_code == 200, page
        self.secrets[person] = page.context["form"].secret
        return client.post(ENROL, {"code": self.code(person)})


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch) -> Phone:
    cache.clear()  # allauth counts attempts in it.
    phone = Phone()
    monkeypatch.setattr(totp, "time", SimpleNamespace(time=lambda: phone.seconds))
    return phone


def make_person(*roles: str, email: str = "alice@example.org") -> UUID:
    return verbs.create_person(email=email, roles=roles, actor=SYSTEM, now=clock.now())


def make_link(person: UUID, *, without_second_factor: bool = False) -> str:
    token = verbs.make_sign_in_link(person=person, now=clock.now(), without_second_factor=without_second_factor)
    return f"/accounts/link/{token}/"


def sign_in(client: Client, phone: Phone, *roles: str, email: str = "alice@example.org") -> Person:
    """Bring somebody with `roles` in the way that people come in: a link, then enrolment."""
    person = make_person(*roles, email=email)
    client.post(make_link(person))
    assert phone.enrol(client, person).status_code == 302
    return Person.objects.get(id=person)


def recovery_codes(page: Any) -> list[str]:
    return re.findall(r"\b\d{8}\b", page.content.decode())
