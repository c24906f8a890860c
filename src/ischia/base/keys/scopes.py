"""The scopes of API keys, declared once."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Scope(StrEnum):
    """What a key may be used for."""

    SCREEN = "screen"
    ITEMS = "items"
    MATCHES_READ = "matches:read"
    DECISIONS = "decisions"
    ACK = "ack"
    BANKS = "banks"
    SURFACES = "surfaces"
    WEBHOOKS = "webhooks"
    LEDGER = "ledger"


SCOPES: dict[Scope, str] = {
    Scope.SCREEN: "submit content for screening and get its verdict",
    Scope.ITEMS: "read and delete items",
    Scope.MATCHES_READ: "see matches in verdicts, and look signals up without writing",
    Scope.DECISIONS: "read decisions",
    Scope.ACK: "acknowledge actions",
    Scope.BANKS: "create banks, add and retire entries",
    Scope.SURFACES: "register surfaces",
    Scope.WEBHOOKS: "register webhooks",
    Scope.LEDGER: "read checkpoints and proofs",
}


EVERYWHERE = frozenset({Scope.BANKS, Scope.SURFACES, Scope.WEBHOOKS})
"""What such a key changes or is told of concerns every surface, so no key that is bound to some may have it."""


class UnknownScopeError(ValueError):
    """A scope that does not exist was asked for."""


def checked_scopes(names: Iterable[str], *, bound: bool = False) -> list[Scope]:
    """`names` as scopes, in the order of declaration; `bound`: for a key that is bound to surfaces.

    Raises `UnknownScopeError`, which names what is valid, and `ValueError` for a bound key's scope in `EVERYWHERE`.
    """
    asked = set(names)
    unknown = sorted(asked - set(Scope))
    if unknown or not asked:
        problem = f"unknown scope {', '.join(map(repr, unknown))}" if unknown else "no scope was given"
        raise UnknownScopeError(f"{problem}; valid scopes are {', '.join(Scope)}")
    scopes = [scope for scope in Scope if scope in asked]
    if bound and (wide := [scope for scope in scopes if scope in EVERYWHERE]):
        raise ValueError(
            f"{', '.join(wide)} concerns every surface, so a key with it is bound to none; make two keys instead"
        )
    return scopes
