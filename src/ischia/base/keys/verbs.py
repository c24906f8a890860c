"""Making and revoking API keys."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ischia.base.events import Actor, publish
from ischia.base.keys import recent
from ischia.base.keys.events import KeyCreated, KeyRevoked
from ischia.base.keys.models import ApiKey
from ischia.base.keys.queries import view_of
from ischia.base.keys.scopes import checked_scopes
from ischia.base.keys.secret import make_secret, split_secret
from ischia.base.keys.views import KeyView


class UnknownKeyError(LookupError):
    """There is no key with this id."""


@transaction.atomic
def create_key(
    *,
    name: str,
    scopes: Iterable[str],
    surfaces: Iterable[str] = (),
    expires_at: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[KeyView, str]:
    """Make a key; returns it and its secret, which is shown this once and kept nowhere.

    Raises `UnknownScopeError` for a scope that does not exist, and `ValueError` for an empty name, an expiry that has
    passed, or a scope that concerns every surface where `surfaces` names some.
    """
    if not name.strip() or len(name) > 120:
        raise ValueError("a key needs a name of 1 to 120 characters that says which program holds it")
    if expires_at is not None and expires_at <= now:
        raise ValueError(f"the key would have expired already, at {expires_at.isoformat()}; name a later instant")
    bound = sorted(set(surfaces))
    granted = checked_scopes(scopes, bound=bool(bound))
    secret = make_secret()
    prefix, digest = split_secret(secret)
    row = ApiKey.objects.create(
        name=name.strip(),
        prefix=prefix,
        digest=digest,
        scopes=[str(scope) for scope in granted],
        surfaces=bound,
        created_at=now,
        expires_at=expires_at,
    )
    event = KeyCreated(
        key=row.id,
        name=row.name,
        prefix=row.prefix,
        scopes=tuple(row.scopes),
        surfaces=tuple(row.surfaces),
        expires_at=expires_at,
    )
    publish(event, actor=actor, now=now)
    return view_of(row), secret


@transaction.atomic
def revoke_key(*, key: UUID, actor: Actor, now: datetime) -> bool:
    """Make `key` useless from the next request on; True where it was not revoked before.

    Raises `UnknownKeyError` where there is no such key.
    """
    row = ApiKey.objects.filter(id=key).first()
    if row is None:
        raise UnknownKeyError(f"there is no key {key}; `ischia key list` shows the ids")
    if not ApiKey.objects.filter(id=key, revoked_at=None).update(revoked_at=now):
        return False
    publish(KeyRevoked(key=row.id, name=row.name, prefix=row.prefix), actor=actor, now=now)
    recent.keys.forget()
    transaction.on_commit(recent.keys.forget)
    return True


def record_uses() -> int:
    """Write down the day of last use of the keys that this process has seen; returns how many rows changed.

    The web process calls it about once a minute. It is bookkeeping of at most one write a day and key, not an event.
    """
    return sum(
        ApiKey.objects.filter(id=key).exclude(last_used_on__gte=day).update(last_used_on=day)
        for key, day in recent.take_uses().items()
    )
