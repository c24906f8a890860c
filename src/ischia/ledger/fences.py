"""Fencing: of many processes one does the work, and one that lost its place without noticing is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from ischia.ledger.models import Fence

LEASE = timedelta(seconds=5)
_RENEW_BELOW = timedelta(seconds=2)


class StaleFenceError(RuntimeError):
    """Somebody else has taken over the work; what this process was about to write must not be written."""


@dataclass(frozen=True, slots=True)
class Held:
    """The right to do the work `name`, as long as `token` is the newest."""

    name: str
    token: int


def claim(*, name: str, holder: str, now: datetime) -> Held | None:
    """Take or keep the work `name` for `holder`, a name unique to the process; `None` while another one has it.

    A lease lasts five seconds and is renewed by claiming again. Clocks may differ between machines: they decide only
    when another process may take over, the token decides whose writes count.
    """
    fence = Fence.objects.filter(name=name).first()
    if fence is None:
        fence, _ = Fence.objects.get_or_create(name=name, defaults={"lease_until": now})
    if fence.holder == holder:
        if fence.lease_until - now > _RENEW_BELOW:
            return Held(name, fence.token)
        renewed = Fence.objects.filter(name=name, token=fence.token, holder=holder).update(lease_until=now + LEASE)
        return Held(name, fence.token) if renewed else None
    free = Q(lease_until__lte=now) | Q(holder="")
    taken = Fence.objects.filter(free, name=name, token=fence.token).update(
        holder=holder, token=F("token") + 1, lease_until=now + LEASE
    )
    return Held(name, fence.token + 1) if taken else None


def release(*, name: str, holder: str) -> None:
    """Give the work back at once, at a clean stop."""
    Fence.objects.filter(name=name, holder=holder).update(holder="")


def require(held: Held) -> None:
    """Lock the fence for the rest of the transaction. Raises `StaleFenceError` if `held` has been taken over."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a fence guards a transaction; require it inside the atomic block of the write")
    newest = Fence.objects.select_for_update().filter(name=held.name).values_list("token", flat=True).first()
    if newest != held.token:
        raise StaleFenceError(f"{held.name}: token {held.token} was taken over, the newest is {newest}")
