"""What happened to people: who came, what they may do, how they proved who they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from ischia.base.events import Event


@dataclass(frozen=True, kw_only=True)
class PersonCreated(Event):
    """Somebody may sign in from now on."""

    kind: ClassVar[str] = "people.created"
    personal: ClassVar[tuple[str, ...]] = ("person", "email", "name")
    person: UUID
    email: str
    name: str


@dataclass(frozen=True, kw_only=True)
class RoleGranted(Event):
    """A person was given a role."""

    kind: ClassVar[str] = "people.role_granted"
    personal: ClassVar[tuple[str, ...]] = ("person",)
    person: UUID
    role: str


@dataclass(frozen=True, kw_only=True)
class RoleRevoked(Event):
    """A role was taken from a person."""

    kind: ClassVar[str] = "people.role_revoked"
    personal: ClassVar[tuple[str, ...]] = ("person",)
    person: UUID
    role: str


@dataclass(frozen=True, kw_only=True)
class PersonDeactivated(Event):
    """A person may no longer sign in, and all of their sessions ended."""

    kind: ClassVar[str] = "people.deactivated"
    personal: ClassVar[tuple[str, ...]] = ("person",)
    person: UUID


@dataclass(frozen=True, kw_only=True)
class SignInLinkMade(Event):
    """A one-time link was made for a person."""

    kind: ClassVar[str] = "people.link_made"
    personal: ClassVar[tuple[str, ...]] = ("person",)
    person: UUID
    expires_at: datetime
    without_second_factor: bool


@dataclass(frozen=True, kw_only=True)
class SignInLinkUsed(Event):
    """A one-time link was used up."""

    kind: ClassVar[str] = "people.link_used"
    personal: ClassVar[tuple[str, ...]] = ("person",)
    person: UUID
    without_second_factor: bool


@dataclass(frozen=True, kw_only=True)
class SignedIn(Event):
    """A session began; `methods` says how the person proved who they are."""

    kind: ClassVar[str] = "people.signed_in"
    personal: ClassVar[tuple[str, ...]] = ("person",)
    person: UUID
    methods: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SecondFactorAdded(Event):
    """A person enrolled a second factor: `totp` or `webauthn`."""

    kind: ClassVar[str] = "people.second_factor_added"
    personal: ClassVar[tuple[str, ...]] = ("person",)
    person: UUID
    factor: str


@dataclass(frozen=True, kw_only=True)
class SecondFactorsRemoved(Event):
    """All second factors of a person were removed, with the password, and all sessions ended."""

    kind: ClassVar[str] = "people.second_factors_removed"
    personal: ClassVar[tuple[str, ...]] = ("person",)
    person: UUID


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(Event):
    """A person set or changed their password."""

    kind: ClassVar[str] = "people.password_changed"
    personal: ClassVar[tuple[str, ...]] = ("person",)
    person: UUID
