"""What workers do for the index, and the thread that keeps a process's own index level with the database."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import Error, connections

from ischia.base import clock
from ischia.base.jobs import JobContext, periodic
from ischia.core.matching import SegmentError
from ischia.core.signals import TYPES
from ischia.segments import warming
from ischia.segments.kinds import served
from ischia.segments.queries import index_of, kinds, loaded
from ischia.segments.reading import Kind
from ischia.segments.verbs import SupersededError, delete_superseded, let_go, publish_segment, report_damage

POLL = 0.2

_log = structlog.get_logger("ischia.segments")


@periodic("segments.publish", every=timedelta(seconds=30))
def publish(payload: Mapping[str, Any], /, *, now: datetime, context: JobContext) -> None:
    """Publish segments of each kind that has grown enough or of which a file is bad, and tidy up."""
    for kind in kinds():
        try:
            _publish(kind, now, context)
        except SupersededError as error:
            _log.info("segments.superseded", why=str(error))
        except SegmentError as error:
            report_damage(file=error.path.name, now=now)
    delete_superseded(now=now)


def _publish(kind: Kind, now: datetime, context: JobContext) -> None:
    name, version = kind.algorithm, kind.version
    while publish_segment(algorithm=name, version=version, now=now, fenced=context.fenced):
        let_go(algorithm=name, version=version)


class Follower(threading.Thread):
    """Follows the change log every 200 ms, and checks the content of newly opened segments, until it is stopped.

    Every process that searches starts one. A database that is away is an incident of its own: the index answers from
    what it has, and catches up.
    """

    def __init__(self) -> None:
        super().__init__(name="segments-follower", daemon=True)
        self._stopped = threading.Event()

    def run(self) -> None:
        """Load the indexes, with the kernels beside them, then follow until `stop` is called."""
        warming.start()
        try:
            self._step()
            while not self._stopped.wait(POLL):
                self._step()
        finally:
            connections.close_all()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stopped.set()
        self.join()

    def _step(self) -> None:
        try:
            follow(now=clock.now())
        except Error as error:
            _log.warning("segments.follow_failed", why=str(error))
            connections.close_all()


def follow(*, now: datetime) -> None:
    """Bring every index level with the database once, loading those that are not yet, and check what is new in them."""
    for kind in kinds():
        index = index_of(kind)
        index.reload()
        index.refresh()
        for file in index.verify():
            report_damage(file=file, now=now)


def loop(now: datetime, holder: str) -> bool:
    """Be one of the worker's loops (`base.jobs.registry.LOOPS`): what it screens is matched with the newest index."""
    follow(now=now)
    warming.start()
    return False


def missing() -> str | None:
    """Say what keeps this process from searching: a part of `/readyz`."""
    absent = [name for name in TYPES if served(name) and name not in loaded()]
    if absent:
        return f"the index of {', '.join(absent)} is not loaded yet"
    return "compiling, which takes a minute at the first start" if warming.under_way() else None
