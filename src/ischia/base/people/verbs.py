"""Everything that changes people: who may sign in, what they may do, and how they prove who they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from ischia.base.events import SYSTEM, Actor, publish
from ischia.base.people import events
from ischia.base.people.models import LastCode, Person, RoleGrant, SignInLink
from ischia.base.people.queries import UnknownPersonError
from ischia.base.people.tokens import digest_of, make_token
from ischia.base.permissions import Role

LINK_LIFE = timedelta(minutes=15)


class UnknownRoleError(ValueError):
    """A role that does not exist was named."""


class PersonExistsError(ValueError):
    """There is somebody with this e-mail address already."""


@dataclass(frozen=True, slots=True)
class UsedLink:
    """Whom a link signed in, and whether its maker waived the second factor."""

    person: Person
    without_second_factor: bool


@transaction.atomic
def create_person(*, email: str, roles: Iterable[str], name: str = "", actor: Actor, now: datetime) -> UUID:
    """Let somebody sign in, by one-time link until they set a password; returns their id.

    Raises `ValueError` for what is no e-mail address, `UnknownRoleError`, and `PersonExistsError`.
    """
    address = _checked_address(email)
    granted = sorted({_checked_role(role) for role in roles})
    if Person.objects.filter(email__iexact=address).exists():
        raise PersonExistsError(f"{address} exists already; `ischia user list` shows everybody's roles")
    person = Person(email=address, name=name.strip(), created_at=now)
    person.set_unusable_password()
    person.save(force_insert=True)
    publish(events.PersonCreated(person=person.id, email=address, name=person.name), actor=actor, now=now)
    for role in granted:
        grant_role(person=person.id, role=role, actor=actor, now=now)
    return person.id


@transaction.atomic
def grant_role(*, person: UUID, role: str, actor: Actor, now: datetime) -> bool:
    """Give a role, effective from the next request; True where the person did not hold it before."""
    _existing(person)
    _, made = RoleGrant.objects.get_or_create(
        person_id=person, role=_checked_role(role).value, defaults={"granted_at": now}
    )
    if made:
        publish(events.RoleGranted(person=person, role=role), actor=actor, now=now)
    return made


@transaction.atomic
def revoke_role(*, person: UUID, role: str, actor: Actor, now: datetime) -> bool:
    """Take a role, effective from the next request; True where the person held it."""
    _existing(person)
    gone, _ = RoleGrant.objects.filter(person_id=person, role=role).delete()
    if gone:
        publish(events.RoleRevoked(person=person, role=role), actor=actor, now=now)
    return bool(gone)


@transaction.atomic
def deactivate(*, person: UUID, actor: Actor, now: datetime) -> bool:
    """Shut somebody out: password, links and all sessions are dead at their next request; True if they were active."""
    _existing(person)
    if not Person.objects.filter(id=person, is_active=True).update(is_active=False):
        return False
    _end_sessions(person)
    publish(events.PersonDeactivated(person=person), actor=actor, now=now)
    return True


@transaction.atomic
def remove_second_factors(*, person: UUID, actor: Actor, now: datetime) -> None:
    """Start over for somebody who lost their phone: no factor, no password, no session; a new link lets them enrol."""
    _existing(person)
    Authenticator.objects.filter(user_id=person).delete()
    _end_sessions(person)
    publish(events.SecondFactorsRemoved(person=person), actor=actor, now=now)


@transaction.atomic
def make_sign_in_link(
    *, person: UUID, now: datetime, without_second_factor: bool = False, actor: Actor = SYSTEM
) -> str:
    """Make a link's token, good for 15 minutes and one use; it is returned this once and kept only as a digest.

    `without_second_factor` counts only in a demo and over loopback, which whoever accepts the link checks.
    Raises `UnknownPersonError` where there is nobody active with this id.
    """
    if not _existing(person).is_active:
        raise UnknownPersonError(f"person {person} was deactivated and gets no link")
    token = make_token()
    link = SignInLink.objects.create(
        person_id=person,
        digest=digest_of(token),
        expires_at=now + LINK_LIFE,
        without_second_factor=without_second_factor,
    )
    made = events.SignInLinkMade(person=person, expires_at=link.expires_at, without_second_factor=without_second_factor)
    publish(made, actor=actor, now=now)
    return token


@transaction.atomic
def use_sign_in_link(*, token: str, now: datetime) -> UsedLink | None:
    """Use up the link behind `token`; None where it is unknown, used, too old, or its person inactive.

    Of any number of simultaneous calls one gets the person.
    """
    link = SignInLink.objects.select_related("person").filter(digest=digest_of(token)).first()
    if link is None or not link.person.is_active:
        return None
    # No join in this filter: PostgreSQL would put it into a subquery, which it does not ask again after waiting.
    if not SignInLink.objects.filter(id=link.id, used_at=None, expires_at__gt=now).update(used_at=now):
        return None
    used = events.SignInLinkUsed(person=link.person_id, without_second_factor=link.without_second_factor)
    publish(used, actor=Actor("person", str(link.person_id)), now=now)
    return UsedLink(link.person, link.without_second_factor)


def spend_code(*, person: UUID, step: int) -> bool:
    """Accept the code of the 30-second `step` if no code of this or a later step was accepted before (RFC 6238, 5.2).

    A conditional update, so that of simultaneous calls in any number of processes one succeeds. It is part of
    proving who one is, which `record_sign_in` records, and no event of its own.
    """
    LastCode.objects.get_or_create(person_id=person, defaults={"step": 0})
    return bool(LastCode.objects.filter(person_id=person, step__lt=step).update(step=step))


@transaction.atomic
def record_sign_in(*, person: UUID, methods: Iterable[str], now: datetime) -> None:
    """Record that a session began and how its person proved who they are."""
    event = events.SignedIn(person=person, methods=tuple(methods))
    publish(event, actor=Actor("person", str(person)), now=now)


@transaction.atomic
def record_second_factor(*, person: UUID, factor: str, now: datetime) -> None:
    """Record that the person enrolled a second factor, in the transaction that saves it."""
    event = events.SecondFactorAdded(person=person, factor=factor)
    publish(event, actor=Actor("person", str(person)), now=now)


@transaction.atomic
def record_password(*, person: UUID, now: datetime) -> None:
    """Record that the person set or changed their password, in the transaction that saves it."""
    publish(events.PasswordChanged(person=person), actor=Actor("person", str(person)), now=now)


def forget_expired(*, now: datetime) -> int:
    """Delete sessions that are over, links of yesterday, and failed attempts of yesterday, which hold addresses.

    Returns how many rows went. What mattered about them is in their events, so this is none.
    """
    yesterday = now - timedelta(days=1)
    sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
    links, _ = SignInLink.objects.filter(expires_at__lt=yesterday).delete()
    attempts, _ = AccessAttempt.objects.filter(attempt_time__lt=yesterday).delete()
    return sessions + links + int(attempts)


def _end_sessions(person: UUID) -> None:
    """Every session carries a keyed hash of the password's hash; a new unusable one is random and ends them all."""
    row = Person.objects.get(id=person)
    row.set_unusable_password()
    row.save(update_fields=["password"])
    SignInLink.objects.filter(person_id=person).delete()


def _existing(person: UUID) -> Person:
    row = Person.objects.filter(id=person).first()
    if row is None:
        raise UnknownPersonError(f"there is no person {person}; `ischia user list` shows who there is")
    return row


def _checked_address(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise ValueError(f"{email!r} is not an e-mail address") from error
    return address


def _checked_role(role: str) -> Role:
    try:
        return Role(role)
    except ValueError as error:
        raise UnknownRoleError(f"there is no role {role!r}; valid roles are {', '.join(Role)}") from error
