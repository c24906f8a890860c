"""What can be done: the functions behind the names of jobs, the periodic ones, and the loops of a worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from ischia.base.jobs.context import JobContext

LOOPS: list[tuple[str, Callable[[datetime, str], bool]]] = []
"""Name and tick of each loop that every worker keeps going; `tick(now, holder)` is true if there may be more to do."""

WORK = "work"
NETWORK = "network"


class JobFunction(Protocol):
    """An idempotent function: a job may run again after its worker died."""

    def __call__(self, payload: Mapping[str, Any], /, *, now: datetime, context: JobContext) -> None:
        """Do the work, or raise."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A registered job. `lane` names the threads that run it: jobs that wait for other hosts have their own."""

    name: str
    function: JobFunction
    lane: str
    silence: timedelta


_jobs: dict[str, Entry] = {}
_periods: dict[str, timedelta] = {}


def job(
    name: str, *, lane: str = WORK, silence: timedelta = timedelta(minutes=10)
) -> Callable[[JobFunction], JobFunction]:
    """Register the decorated function under `name` ("app.verb").

    A run that reports no progress for `silence` counts as stuck: its lease is no longer renewed and another thread
    takes the job over. Raises `ValueError` if the name is taken by another function.
    """

    def register(function: JobFunction) -> JobFunction:
        known = _jobs.get(name)
        if known is not None and known.function is not function:
            raise ValueError(f"two jobs are named {name!r}; give one of them another name")
        _jobs[name] = Entry(name, function, lane, silence)
        return function

    return register


def periodic(name: str, *, every: timedelta, lane: str = WORK) -> Callable[[JobFunction], JobFunction]:
    """Register the decorated function as a job that is enqueued once per period, however many workers there are."""

    def register(function: JobFunction) -> JobFunction:
        _periods[name] = every
        return job(name, lane=lane)(function)

    return register


def find(name: str) -> Entry | None:
    """Find the job registered under `name`."""
    return _jobs.get(name)


def names() -> list[str]:
    """List the names of all registered jobs."""
    return sorted(_jobs)


def names_in_lane(lane: str) -> list[str]:
    """List the names of the jobs that run in `lane`."""
    return sorted(entry.name for entry in _jobs.values() if entry.lane == lane)


def periods() -> Mapping[str, timedelta]:
    """Give the period of each periodic job."""
    return dict(_periods)
