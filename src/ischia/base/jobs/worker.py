"""A worker: one process whose threads run jobs, renew their leases and keep the loops of `registry.LOOPS` going."""

from __future__ import annotations

import os
import queue
import random
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from django.db import Error, connection, connections, transaction

from ischia.base import clock
from ischia.base.jobs import registry, upkeep, verbs, wake
from ischia.base.jobs.context import JobContext
from ischia.base.jobs.models import WorkerBeat
from ischia.base.jobs.run import Runner, count_buried
from ischia.base.jobs.verbs import Claim

__all__ = ["Worker", "upkeep"]  # Every worker knows the job table's own upkeep.

_log = structlog.get_logger("ischia.jobs")

HEARTBEAT: Final = 1.0
POLL: Final = 0.2
FORGOTTEN: Final = timedelta(days=1)
_LONGEST_PAUSE: Final = 30.0


def new_holder() -> str:
    """Make a name for this process that no other one ever has."""
    return f"{socket.gethostname()[:80]}:{os.getpid()}:{secrets.token_hex(4)}"


@dataclass(slots=True)
class Lane:
    """Threads that run one kind of jobs, so that jobs which wait for other hosts never fill the threads of the rest."""

    name: str
    threads: int
    claims: queue.SimpleQueue[tuple[Claim, JobContext] | None] = field(default_factory=queue.SimpleQueue)
    busy: int = 0

    def claim(self, *, holder: str, now: datetime) -> list[Claim]:
        """Take a job per idle thread; the work lane also takes those that nobody registered, to bury them."""
        idle = self.threads - self.busy
        network = registry.names_in_lane(registry.NETWORK)
        if not idle or (self.name == registry.NETWORK and not network):
            return []
        if self.name == registry.NETWORK:
            return verbs.claim(holder=holder, now=now, limit=idle, only=network)
        return verbs.claim(holder=holder, now=now, limit=idle, other_than=network)


class Worker:
    """Runs jobs until it is told to stop. Every argument but the numbers of threads is for tests."""

    def __init__(
        self,
        *,
        threads: int = 4,
        network_threads: int = 8,
        now: Callable[[], datetime] = clock.now,
        jitter: Callable[[], float] = random.random,
        grace: float = 10.0,
    ) -> None:
        self.holder = new_holder()
        self._now = now
        self._runner = Runner(now=now, jitter=jitter)
        self._grace = grace
        self._lanes = [Lane(registry.WORK, threads), Lane(registry.NETWORK, network_threads)]
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._running: dict[tuple[UUID, int], tuple[Claim, JobContext]] = {}
        self._loops: dict[str, int] = {}
        self._died: list[str] = []

    def run(self, stop: threading.Event) -> None:
        """Work until `stop`; then finish what runs within the grace period and give back the rest.

        Raises `RuntimeError` if one of its threads died, after having given back what was running.
        """
        unsubscribe = wake.subscribe(self._wake)
        helpers = list(self._start_threads())
        try:
            self._dispatch_until(stop)
        finally:
            self._stop.set()
            unsubscribe()
            self._let_finish()
            self._over.set()
            self._give_back()
            for helper in helpers:
                helper.join(timeout=2)
            connections.close_all()
        if self._died:
            raise RuntimeError(f"these threads of the worker died, see the log: {', '.join(self._died)}")

    def _start_threads(self) -> Iterator[threading.Thread]:
        yield self._thread("heartbeat", self._keep_leases)
        if connection.vendor == "postgresql":
            yield self._thread("listen", partial(wake.listen, self._wake, self._stop))
        for name, tick in registry.LOOPS:
            self._loops[name] = 0
            yield self._thread(f"loop {name}", partial(self._keep_ticking, name, tick))
        for lane in self._lanes:
            for number in range(lane.threads):
                yield self._thread(f"{lane.name} {number}", partial(self._run_claims, lane))

    def _thread(self, name: str, target: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=self._guard, args=(name, target), name=f"ischia {name}", daemon=True)
        thread.start()
        return thread

    def _guard(self, name: str, target: Callable[[], None]) -> None:
        """End the worker if a thread ends by an error: its supervisor notices and starts a whole one."""
        try:
            target()
        except BaseException:  # noqa: BLE001  It is logged, and `run` raises for it.
            self._died.append(name)
            _log.exception("jobs.thread_died", thread=name)
            self._stop.set()
        finally:
            connections.close_all()

    # The dispatcher

    def _dispatch_until(self, stop: threading.Event) -> None:
        failures, housekeeping = 0, 0.0
        self._plan()
        while not stop.is_set() and not self._stop.is_set():
            self._wake.clear()
            with _database_errors("dispatch") as failed:
                if time.monotonic() >= housekeeping:
                    housekeeping = time.monotonic() + HEARTBEAT / 2
                    if not self._keep_house():
                        housekeeping = time.monotonic() + HEARTBEAT * 2
                self._fill_lanes()
            failures = failures + 1 if failed else 0
            self._wake.wait(_pause(POLL, failures))

    def _plan(self) -> None:
        with _database_errors("plan"):
            verbs.plan_periodic(registry.periods(), now=self._now())

    def _keep_house(self) -> bool:
        """Enqueue what is due and open what other workers dropped; false if the latter is left to the next round.

        After the database was locked for long, the heartbeats of live workers go first: whoever is dead stays dead.
        """
        now = self._now()
        verbs.enqueue_periodic(registry.periods(), now=now)
        if not verbs.any_expired(now=now):
            return True
        before = time.monotonic()
        with transaction.atomic():
            if time.monotonic() - before > HEARTBEAT:
                return False
            buried = verbs.expire(now=now)
        count_buried(buried)
        return True

    def _fill_lanes(self) -> None:
        for lane in self._lanes:
            for claim in lane.claim(holder=self.holder, now=self._now()):
                context = JobContext(claim.job, claim.token, self.holder, claim.attempt, self._stop)
                with self._lock:
                    lane.busy += 1
                    self._running[claim.job, claim.token] = claim, context
                lane.claims.put((claim, context))

    # The threads that run jobs

    def _run_claims(self, lane: Lane) -> None:
        while (taken := lane.claims.get()) is not None:
            claim, context = taken
            with _database_errors("run"):
                self._runner.run(claim, context)
            with self._lock:
                lane.busy -= 1
                self._running.pop((claim.job, claim.token), None)
            self._wake.set()

    # Leases

    def _keep_leases(self) -> None:
        started = self._now()
        with _database_errors("beat"):
            WorkerBeat.objects.filter(seen_at__lt=started - FORGOTTEN).delete()
        while not self._over.is_set():
            with _database_errors("heartbeat"), transaction.atomic():
                verbs.renew(holder=self.holder, jobs=self._alive(), now=self._now())
                self._beat(started)
            self._over.wait(HEARTBEAT)

    def _alive(self) -> list[UUID]:
        """List the running jobs that got on lately; a stuck one is left to whoever takes it over."""
        with self._lock:
            running = list(self._running.values())
        return [claim.job for claim, context in running if not _stuck(claim, context)]

    def _beat(self, started: datetime) -> None:
        WorkerBeat.objects.update_or_create(
            holder=self.holder,
            defaults={
                "started_at": started,
                "seen_at": self._now(),
                "threads": sum(lane.threads for lane in self._lanes),
                "loops": dict(self._loops),
            },
        )

    # Loops

    def _keep_ticking(self, name: str, tick: Callable[[datetime, str], bool]) -> None:
        while not self._stop.is_set():
            more = False
            try:
                more = tick(self._now(), self.holder)
                self._loops[name] = 0
            except Exception:  # noqa: BLE001  It is logged, counted in the beat, and the loop tries again.
                self._loops[name] += 1
                _log.exception("jobs.loop_failed", loop=name, failures=self._loops[name])
                connection.close_if_unusable_or_obsolete()
            if not more:
                self._stop.wait(_pause(POLL, self._loops[name]))

    # The end

    def _let_finish(self) -> None:
        until = time.monotonic() + self._grace
        while self._running and time.monotonic() < until:
            self._wake.clear()
            self._wake.wait(0.1)

    def _give_back(self) -> None:
        for lane in self._lanes:
            for _ in range(lane.threads):
                lane.claims.put(None)
        with self._lock:
            left = [job for job, _ in self._running]
        with _database_errors("give back"):
            if left:
                _log.warning("jobs.given_back", count=verbs.give_back(holder=self.holder, jobs=left))
            WorkerBeat.objects.filter(holder=self.holder).delete()


def _stuck(claim: Claim, context: JobContext) -> bool:
    entry = registry.find(claim.name)
    return entry is not None and time.monotonic() - context.last_sign > entry.silence.total_seconds()


def _pause(shortest: float, failures: int) -> float:
    return min(_LONGEST_PAUSE, shortest * 2.0 ** min(failures, 10))


@contextmanager
def _database_errors(what: str) -> Iterator[list[Exception]]:
    """Log a failure of the database and drop the connection, so that a thread outlives it; yields the failure."""
    failed: list[Exception] = []
    try:
        yield failed
    except Error as error:
        failed.append(error)
        _log.exception("jobs.database_failed", what=what)
        connection.close()
