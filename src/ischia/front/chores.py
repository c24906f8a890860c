"""What a web process does beside answering, about once a minute."""

from __future__ import annotations

import threading

import structlog
from django.db import Error, connections

from ischia.base.keys.verbs import record_uses

EVERY_SECONDS = 60.0
_log = structlog.get_logger()


class Chores(threading.Thread):
    """Writes down which keys this process has seen used, until it is stopped, and once more then."""

    def __init__(self) -> None:
        super().__init__(name="chores", daemon=True)
        self._stopped = threading.Event()

    def run(self) -> None:
        """Work until `stop` is called."""
        try:
            while not self._stopped.wait(EVERY_SECONDS):
                _do()
            _do()
        finally:
            connections.close_all()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stopped.set()
        self.join()


def _do() -> None:
    try:
        record_uses()
    except Error as error:
        _log.warning("front.chores_failed", why=str(error))
        connections.close_all()
