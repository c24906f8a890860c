"""The active policy as this process holds it: compiled once, and looked up again at most once a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from ischia.core.policy import Policy, compile_policy
from ischia.policies.errors import NoActivePolicyError
from ischia.policies.models import PolicyVersion

FRESH_FOR = 1.0
"""Seconds after which another process may have activated a version that this one must notice."""


class Compiled(NamedTuple):
    """The active version's number, which every verdict is recorded with, and the policy."""

    number: int
    policy: Policy


class _Held(NamedTuple):
    compiled: Compiled
    sha256: str
    read_at: float
    generation: int


class CurrentPolicy:
    """The active policy. A read counts for a second, and only in the generation in which it began.

    `forget` starts a new generation, so that a read that overlaps an activation is not believed afterwards.
    """

    def __init__(self, elapsed: Callable[[], float] = time.monotonic) -> None:
        """`elapsed` gives seconds that only ever grow."""
        self._elapsed = elapsed
        self._generation = 0
        self._held: _Held | None = None

    def get(self) -> Compiled:
        """Give the active policy. Raises `NoActivePolicyError`, and `PolicyError` if this release cannot compile it."""
        held, now = self._held, self._elapsed()
        if held and held.generation == self._generation and now - held.read_at < FRESH_FOR:
            return held.compiled
        held = _read(held, now, self._generation)
        self._held = held
        return held.compiled

    def forget(self) -> None:
        """Look the active version up again at the next question."""
        self._generation += 1


def _read(held: _Held | None, now: float, generation: int) -> _Held:
    active = PolicyVersion.objects.filter(active=True)
    found = active.values_list("number", "sha256").first()
    if found is None:
        raise NoActivePolicyError("no version of the policy is active; activate one, or start with `ischia serve`")
    if held and found == (held.compiled.number, held.sha256):
        return held._replace(read_at=now, generation=generation)
    row = PolicyVersion.objects.get(number=found[0])
    compiled = Compiled(row.number, compile_policy(row.source, name=f"policy {row.number}"))
    return _Held(compiled, row.sha256, now, generation)


current = CurrentPolicy()
