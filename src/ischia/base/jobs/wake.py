"""Wakes the workers when a transaction with a new job commits: an event in this process, NOTIFY on PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.db import connection, transaction

CHANNEL = "ischia_jobs"

_log = structlog.get_logger("ischia.jobs")
_waiting: set[threading.Event] = set()


def on_commit() -> None:
    """Wake all workers once the present transaction has committed."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {CHANNEL}")
    transaction.on_commit(wake_here)


def wake_here() -> None:
    """Wake the workers of this process."""
    for event in tuple(_waiting):
        event.set()


def subscribe(event: threading.Event) -> Callable[[], None]:
    """Set `event` at each wake; returns a function that ends it."""
    _waiting.add(event)
    return lambda: _waiting.discard(event)


def listen(event: threading.Event, stop: threading.Event) -> None:
    """On PostgreSQL: set `event` at each NOTIFY until `stop`, reconnecting after a failure. Runs in its own thread."""
    while not stop.is_set():
        try:
            _listen_once(event, stop)
        except _errors() as error:
            _log.warning("jobs.listen_failed", error=str(error))
            stop.wait(1)


def _listen_once(event: threading.Event, stop: threading.Event) -> None:
    import psycopg

    with psycopg.connect(**_parameters(), autocommit=True) as own:
        own.execute(f"LISTEN {CHANNEL}")
        event.set()
        while not stop.is_set():
            for _ in own.notifies(timeout=1, stop_after=1):
                event.set()
                time.sleep(0.005)  # One wake serves a whole burst.


def _parameters() -> dict[str, Any]:
    wanted = connection.get_connection_params()
    return {key: wanted[key] for key in ("dbname", "user", "password", "host", "port") if wanted.get(key)}


def _errors() -> tuple[type[Exception], ...]:
    import psycopg

    return (psycopg.Error, OSError)
