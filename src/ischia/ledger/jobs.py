"""What the worker process runs in its loop."""

from __future__ import annotations

from datetime import datetime

from ischia.ledger import keys
from ischia.ledger.fences import StaleFenceError, claim, release
from ischia.ledger.verbs import SEQUENCER, sequence, sign

BATCH = 2000
"""Events placed in one transaction."""


def tick(*, now: datetime, holder: str) -> int:
    """Place waiting events and sign when a checkpoint is due; return how many were placed.

    To be called at once when an event was committed in this process, and every 200 ms otherwise, by every worker:
    all but one are turned away. `holder` is unique to the process, such as host, process id and a random part.
    Raises `LedgerError` when the stored tree contradicts itself or what was signed; positions are given regardless
    of whether signing succeeds.
    """
    fence = claim(name=SEQUENCER, holder=holder, now=now)
    if fence is None:
        return 0
    try:
        placed = sequence(fence=fence, limit=BATCH)
        sign(fence=fence, signer=keys.signer(), now=now)
    except StaleFenceError:
        return 0
    return placed


def stop(*, holder: str) -> None:
    """Let another worker take over at once; called at a clean stop."""
    release(name=SEQUENCER, holder=holder)


def loop(now: datetime, holder: str) -> bool:
    """Be one of the worker's loops (`base.jobs.registry.LOOPS`): true when there may be more to place at once."""
    return tick(now=now, holder=holder) >= BATCH
