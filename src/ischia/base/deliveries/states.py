"""The life of a delivery as a table, and when its next attempt is due."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal

State = Literal["pending", "received", "acknowledged", "failed", "disabled", "superseded"]
Step = Literal["receive", "acknowledge", "give_up", "disable", "supersede"]

PENDING: Final = "pending"
RECEIVED: Final = "received"
ACKNOWLEDGED: Final = "acknowledged"
FAILED: Final = "failed"
DISABLED: Final = "disabled"
SUPERSEDED: Final = "superseded"

# An acknowledgement counts whenever it comes: the receiver may have acted although its answer to us was lost.
TRANSITIONS: Final[dict[tuple[str, Step], State]] = {
    ("pending", "receive"): "received",
    ("received", "receive"): "received",
    ("pending", "acknowledge"): "acknowledged",
    ("received", "acknowledge"): "acknowledged",
    ("failed", "acknowledge"): "acknowledged",
    ("disabled", "acknowledge"): "acknowledged",
    ("superseded", "acknowledge"): "acknowledged",
    ("pending", "give_up"): "failed",
    ("pending", "disable"): "disabled",
    ("received", "disable"): "disabled",
    ("pending", "supersede"): "superseded",
    ("received", "supersede"): "superseded",
}

_S, _M, _H = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)

# The schedule of Standard Webhooks 1.0.0: ten attempts over 75 h 35 min.
RETRIES: Final = (5 * _S, 5 * _M, 30 * _M, 2 * _H, 5 * _H, 10 * _H, 14 * _H, 20 * _H, 24 * _H)
# What must be acknowledged is tried sooner and never given up.
URGENT_RETRIES: Final = (5 * _S, 30 * _S, 2 * _M, 10 * _M, _H)
RESENDS: Final = (30 * _S, 2 * _M, 10 * _M, _H)
LONGEST_RETRY_AFTER: Final = 24 * _H


def after(state: str, step: Step) -> State:
    """Find the state that `step` leads to; `ValueError` where the table has no such step."""
    try:
        return TRANSITIONS[state, step]
    except KeyError:
        raise ValueError(f"a delivery that is {state} cannot {step}") from None


def sources(step: Step) -> tuple[str, ...]:
    """List the states from which `step` is possible."""
    return tuple(state for state, known in TRANSITIONS if known == step)


def is_final(state: str, *, until_acknowledged: bool) -> bool:
    """Tell whether nothing more is sent: receipt is enough unless an acknowledgement is wanted."""
    return state not in {PENDING, RECEIVED} or (state == RECEIVED and not until_acknowledged)


def wait_after_failure(
    attempts: int, *, until_acknowledged: bool, jitter: float, retry_after: timedelta | None = None
) -> timedelta | None:
    """Compute the wait after the `attempts`-th attempt failed; None gives the delivery up.

    `retry_after` is what the receiver asked for; up to a tenth is added by `jitter` in [0, 1).
    """
    schedule = URGENT_RETRIES if until_acknowledged else RETRIES
    if attempts > len(schedule) and not until_acknowledged:
        return None
    wait = schedule[min(attempts, len(schedule)) - 1]
    longest = _H if until_acknowledged else LONGEST_RETRY_AFTER
    return max(wait, min(retry_after or wait, longest)) * (1 + jitter / 10)


def wait_for_acknowledgement(receipts: int) -> timedelta:
    """Compute how long after the `receipts`-th receipt an unacknowledged delivery is sent again."""
    return RESENDS[min(receipts, len(RESENDS)) - 1]
