"""The life of a job as a table: which step leads from which state to which."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal

State = Literal["open", "running", "done", "dead"]
Step = Literal["claim", "finish", "retry", "postpone", "give_back", "expire", "bury", "cancel", "revive"]

OPEN: Final = "open"
RUNNING: Final = "running"
DONE: Final = "done"
DEAD: Final = "dead"
UNFINISHED: Final = (OPEN, RUNNING)

TRANSITIONS: Final[dict[tuple[State, Step], State]] = {
    ("open", "claim"): "running",
    ("running", "finish"): "done",
    ("running", "retry"): "open",
    ("running", "postpone"): "open",
    ("running", "give_back"): "open",
    ("running", "expire"): "open",
    ("running", "bury"): "dead",
    ("open", "cancel"): "done",
    ("dead", "revive"): "open",
}

_LONGEST_WAIT = timedelta(minutes=5)
_LONGEST_WAIT_BEFORE_DEADLINE = timedelta(seconds=30)


def after(state: State, step: Step) -> State:
    """Find the state that `step` leads to; `ValueError` where the table has no such step."""
    try:
        return TRANSITIONS[state, step]
    except KeyError:
        raise ValueError(f"a job that is {state} cannot {step}") from None


def source(step: Step) -> State:
    """Find the one state from which `step` is possible."""
    return next(state for state, known in TRANSITIONS if known == step)


def backoff(attempts: int, *, jitter: float, urgent: bool) -> timedelta:
    """Compute the wait after `attempts` failures: 1 s, 2 s, 4 s … up to 5 min, or 30 s if the job has a deadline.

    `jitter` in [0, 1) takes up to half of it away, so that jobs which failed together do not return together.
    """
    longest = _LONGEST_WAIT_BEFORE_DEADLINE if urgent else _LONGEST_WAIT
    return min(timedelta(seconds=2.0 ** min(attempts - 1, 30)), longest) * (1 - jitter / 2)
