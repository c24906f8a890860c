"""Saving and activating versions of the policy."""

from __future__ import annotations

import hashlib
from datetime import datetime
from importlib.resources import files

from django.db import IntegrityError, transaction
from django.db.models import Max

from ischia.base.events import SYSTEM, Actor, publish
from ischia.core.policy import compile_policy
from ischia.policies.current import current
from ischia.policies.errors import UnknownVersionError
from ischia.policies.events import PolicyActivated, PolicyVersionSaved
from ischia.policies.models import PolicyVersion
from ischia.policies.queries import VersionView, view_of

_LONGEST_NOTE = 500


@transaction.atomic
def save_version(*, source: str, note: str = "", actor: Actor, now: datetime) -> VersionView:
    """Keep a text as a new version, which rules nothing until it is activated.

    A text that is already a version gives that version. Raises `PolicyError` for a text that is not a policy, and
    `ValueError` for a note of more than 500 characters.
    """
    if len(note) > _LONGEST_NOTE:
        raise ValueError(f"a note has at most {_LONGEST_NOTE} characters, this one has {len(note)}")
    policy = compile_policy(source)
    sha256 = hashlib.sha256(source.encode()).hexdigest()
    _lock()
    known = PolicyVersion.objects.filter(sha256=sha256).first()
    if known:
        return view_of(known)
    row = PolicyVersion.objects.create(
        number=(PolicyVersion.objects.aggregate(last=Max("number"))["last"] or 0) + 1,
        name=policy.name,
        source=source,
        sha256=sha256,
        note=note,
        created_at=now,
        created_by_kind=actor.kind,
        created_by_ref=actor.ref,
    )
    event = PolicyVersionSaved(number=row.number, name=row.name, sha256=sha256, note=note)
    publish(event, actor=actor, now=now)
    return view_of(row)


@transaction.atomic
def activate(*, number: int, actor: Actor, now: datetime) -> VersionView:
    """Make this version the one that rules, in this process at once and in the others within a second.

    Raises `UnknownVersionError`, and `PolicyError` where this release cannot compile an old text any more.
    """
    _lock()
    row = PolicyVersion.objects.filter(number=number).first()
    if row is None:
        raise UnknownVersionError(f"the policy has no version {number}, so it cannot be activated")
    if row.active:
        return view_of(row)
    compile_policy(row.source, name=f"policy {number}")
    previous = PolicyVersion.objects.filter(active=True).values_list("number", flat=True).first()
    PolicyVersion.objects.filter(active=True).update(active=False)
    row.active, row.activated_at = True, now
    row.save(update_fields=["active", "activated_at"])
    current.forget()
    transaction.on_commit(current.forget)
    event = PolicyActivated(number=number, name=row.name, sha256=row.sha256, previous=previous)
    publish(event, actor=actor, now=now)
    return view_of(row)


def ensure_default(now: datetime) -> bool:
    """Install and activate the policy that Ischia ships, if there is no version yet; True where it did."""
    if PolicyVersion.objects.exists():
        return False
    source = files("ischia.policies").joinpath("default.yaml").read_text(encoding="utf-8")
    try:
        with transaction.atomic():
            saved = save_version(source=source, note="Shipped with Ischia.", actor=SYSTEM, now=now)
            activate(number=saved.number, actor=SYSTEM, now=now)
    except IntegrityError:
        # Another process started at the same moment and installed it.
        if not PolicyVersion.objects.exists():
            raise
        return False
    return True


def _lock() -> None:
    """Wait for other changes of the policy, so that numbers have no gaps and one version follows another.

    SQLite holds its write lock from the start of the transaction, and ignores this.
    """
    list(PolicyVersion.objects.select_for_update().order_by("number").values_list("number"))
