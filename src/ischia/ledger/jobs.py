"""What the worker process runs in its loops."""

from __future__ import annotations

from datetime import datetime

from ischia.ledger import keys
from ischia.ledger.fences import StaleFenceError, claim, release
from ischia.ledger.verbs import SEQUENCER, sequence, sign

BATCH = 2000
"""Events placed in one transaction."""


def place(now: datetime, holder: str) -> bool:
    """Place waiting events: a loop of every worker (`base.jobs.registry.LOOPS`), true when there may be more.

    All workers but one are turned away. `holder` is unique to the process. Raises `LedgerError` when head and tiles
    contradict each other.
    """
    return _place(now, holder) >= BATCH


def checkpoint(now: datetime, holder: str) -> bool:
    """Sign a checkpoint when one is due: the other loop, so that a refusal to sign does not hold up the placing.

    Raises `LedgerError` when the tree does not extend what was signed before.
    """
    if fence := claim(name=SEQUENCER, holder=holder, now=now):
        try:
            sign(fence=fence, signer=keys.signer(), now=now)
        except StaleFenceError:
            return False
    return False


def tick(*, now: datetime, holder: str) -> int:
    """Do what both loops do, once; return how many events were placed."""
    placed = _place(now, holder)
    checkpoint(now, holder)
    return placed


def stop(*, holder: str) -> None:
    """Let another worker take over at once; called at a clean stop."""
    release(name=SEQUENCER, holder=holder)


def _place(now: datetime, holder: str) -> int:
    fence = claim(name=SEQUENCER, holder=holder, now=now)
    if fence is None:
        return 0
    try:
        return sequence(fence=fence, limit=BATCH)
    except StaleFenceError:
        return 0
