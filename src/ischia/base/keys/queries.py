"""Who is behind a key, and which keys there are."""

from __future__ import annotations

import hmac
from datetime import datetime

from ischia.base.keys import recent
from ischia.base.keys.models import ApiKey
from ischia.base.keys.secret import digest_of, prefix_of
from ischia.base.keys.views import KeyView


def authenticate(secret: str, now: datetime) -> KeyView | None:
    """The usable key that is `secret`, or None: mistyped, unknown, revoked or expired.

    A key that was read less than a second ago is not read again. Revoking in this process forgets all of them at
    once; other processes notice within the second.
    """
    prefix = prefix_of(secret)
    if prefix is None:
        return None
    digest = digest_of(secret)
    key = recent.keys.get(digest, now)
    if key is None:
        generation = recent.keys.generation
        key = _read(prefix, digest)
        if key is None:
            return None
        recent.keys.put(digest, key, now, generation)
    if not key.usable(now):
        return None
    if key.last_used_on != now.date():
        recent.note_use(key.id, now.date())
    return key


def list_keys() -> list[KeyView]:
    """Every key, newest first, revoked ones too."""
    return [view_of(row) for row in ApiKey.objects.order_by("-created_at", "-id")]


def view_of(row: ApiKey) -> KeyView:
    """The frozen view of one row."""
    return KeyView(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        scopes=frozenset(row.scopes),
        surfaces=frozenset(row.surfaces),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_on=row.last_used_on,
    )


def _read(prefix: str, digest: bytes) -> KeyView | None:
    row = ApiKey.objects.filter(prefix=prefix).first()
    return view_of(row) if row and hmac.compare_digest(bytes(row.digest), digest) else None
