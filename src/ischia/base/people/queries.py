"""Who there is, what they may do, and whether they have a second factor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator

from ischia.base.people.models import Person, RoleGrant, SignInLink
from ischia.base.people.tokens import digest_of

SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class UnknownPersonError(LookupError):
    """There is nobody with this e-mail address."""


@dataclass(frozen=True, slots=True)
class PersonView:
    """Somebody who may sign in, or once could."""

    id: UUID
    email: str
    name: str
    active: bool
    roles: tuple[str, ...]
    created_at: datetime
    last_sign_in: datetime | None
    second_factor: bool


@dataclass(frozen=True, slots=True)
class LinkView:
    """A one-time link that still works."""

    email: str
    name: str
    without_second_factor: bool


def roles_of(person: UUID) -> frozenset[str]:
    """The roles that a person holds now."""
    return frozenset(RoleGrant.objects.filter(person_id=person).values_list("role", flat=True))


def has_second_factor(person: UUID) -> bool:
    """True where the person has enrolled an authenticator app or a security key; recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user_id=person, type__in=SECOND_FACTORS).exists())


def list_people() -> list[PersonView]:
    """Everybody, by e-mail address, those who were deactivated too."""
    enrolled = set(Authenticator.objects.filter(type__in=SECOND_FACTORS).values_list("user_id", flat=True))
    return [_view(row, enrolled) for row in Person.objects.prefetch_related("grants").order_by("email")]


def find_person(email: str) -> PersonView:
    """The person with this address, whatever its case; raises `UnknownPersonError`."""
    row = Person.objects.prefetch_related("grants").filter(email__iexact=email.strip()).first()
    if row is None:
        raise UnknownPersonError(f"there is nobody with the address {email!r}; `ischia user list` shows who there is")
    return _view(row, {row.id} if has_second_factor(row.id) else set())


def find_link(token: str, now: datetime) -> LinkView | None:
    """The link behind `token` while it is unused, in time, and its person active. Looking does not use it up."""
    link = (
        SignInLink.objects.select_related("person")
        .filter(digest=digest_of(token), used_at=None, expires_at__gt=now, person__is_active=True)
        .first()
    )
    return LinkView(link.person.email, link.person.name, link.without_second_factor) if link else None


def _view(row: Person, enrolled: set[UUID]) -> PersonView:
    return PersonView(
        id=row.id,
        email=row.email,
        name=row.name,
        active=row.is_active,
        roles=tuple(sorted(grant.role for grant in row.grants.all())),
        created_at=row.created_at,
        last_sign_in=row.last_login,
        second_factor=row.id in enrolled,
    )
