"""The active policy, the versions, and what a text would say before it is saved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ischia.base.events import Actor
from ischia.core.policy import Evaluation, Facts, compile_policy
from ischia.policies.current import Compiled, current
from ischia.policies.errors import UnknownVersionError
from ischia.policies.models import PolicyVersion

__all__ = ["Compiled", "VersionView", "active", "dry_run", "version", "versions"]


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version of the policy. `activated_at` is when it last began to rule, if it ever did."""

    number: int
    name: str
    source: str
    sha256: str
    note: str
    created_at: datetime
    created_by: Actor
    active: bool
    activated_at: datetime | None


def active() -> Compiled:
    """Give the number and the compiled policy of the active version, at most a second old.

    An activation in this process counts at once. Raises `NoActivePolicyError`, and `PolicyError` where this release
    cannot compile the text any more.
    """
    return current.get()


def versions() -> list[VersionView]:
    """Every version, newest first."""
    return [view_of(row) for row in PolicyVersion.objects.order_by("-number")]


def version(number: int) -> VersionView:
    """One version. Raises `UnknownVersionError`."""
    row = PolicyVersion.objects.filter(number=number).first()
    if row is None:
        raise UnknownVersionError(f"the policy has no version {number}")
    return view_of(row)


def dry_run(source: str, facts: Iterable[Facts]) -> tuple[Evaluation, ...]:
    """Tell what the text would say of each of these facts; nothing is saved. Raises `PolicyError`."""
    policy = compile_policy(source)
    return tuple(policy.evaluate(each) for each in facts)


def view_of(row: PolicyVersion) -> VersionView:
    """Make the frozen view of one row."""
    return VersionView(
        number=row.number,
        name=row.name,
        source=row.source,
        sha256=row.sha256,
        note=row.note,
        created_at=row.created_at,
        created_by=Actor(row.created_by_kind, row.created_by_ref),
        active=row.active,
        activated_at=row.activated_at,
    )
