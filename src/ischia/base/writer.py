"""Durable writes: `write(fn)` returns once what `fn` wrote has reached the disk.

SQLite syncs the disk at every commit and lets one transaction write at a time. Where many threads of one process write
at once (`start`, in the web process), one thread runs all calls that wait in a single transaction, with their inserts
held back and written table by table: one sync serves them all (group commit). When a call of a group fails, the group
is rolled back and each of its calls runs again by itself. Elsewhere `write` is `transaction.atomic`.
"""

from __future__ import annotations

import contextvars
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar, cast

import structlog
from django.db import IntegrityError, connection, transaction

from ischia.base import metrics, rows

__all__ = ["WriterBusy", "WriterDied", "alive", "start", "stop", "write"]

log = structlog.get_logger()
T = TypeVar("T")

_LARGEST_GROUP: Final = 64
_LONGEST_QUEUE: Final = 1024
_PATIENCE_SECONDS: Final = 5.0
_STUCK_SECONDS: Final = 60.0


class WriterBusy(Exception):
    """Too many writes are waiting; the caller should answer 503."""


class WriterDied(Exception):
    """The thread that was to write has ended; whether the write was made is not known."""


_Hook = tuple[Any, ...]
"""As Django keeps it: the savepoints that it depends on, the function, and whether its errors are only logged."""


class _CallFailedError(Exception):
    """One call of a group raised, so the group is rolled back."""


@dataclass(slots=True)
class _Call(Generic[T]):
    """A write that waits, with the outcome that its caller waits for."""

    run: Callable[[], T]
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    done: threading.Event = field(default_factory=threading.Event)
    result: T | None = None
    error: BaseException | None = None
    hooks: list[_Hook] = field(default_factory=list)

    def execute(self) -> None:
        """Run, and take the hooks that it left, so that they wait for the commit with it."""
        self.result, self.error = None, None
        try:
            self.result = self.context.run(self.run)
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            self.error = error
        self.hooks, connection.run_on_commit = connection.run_on_commit, []

    def finish(self, error: BaseException | None) -> None:
        """Hand the outcome to the caller: its own error, else that of the commit."""
        self.error = self.error or error
        self.done.set()

    def outcome(self) -> T:
        """Return what the caller of `write` gets, after the functions that it gave to `on_commit` have run."""
        if self.error is not None:
            raise self.error
        failures = [error for _, hook, robust in self.hooks if (error := _failure(hook, robust=robust))]
        if failures:
            raise failures[0]
        return cast("T", self.result)


def _failure(hook: Callable[[], object], *, robust: bool) -> Exception | None:
    try:
        hook()
    except Exception as error:
        if not robust:
            return error
        log.exception("on_commit failed", hook=getattr(hook, "__qualname__", repr(hook)))
    return None


class Writer:
    """One thread with a connection of its own that commits waiting calls together."""

    def __init__(self, *, largest_group: int = _LARGEST_GROUP, longest_queue: int = _LONGEST_QUEUE) -> None:
        self._largest_group = largest_group
        self._waiting: queue.Queue[_Call[Any] | None] = queue.Queue(longest_queue)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._busy_since: float | None = None
        self.groups = 0
        self.calls = 0

    def start(self) -> None:
        """Start the thread, or start it again when it has died."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._serve, name="writer", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Let what waits be written, then end the thread."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None and thread.is_alive():
            self._waiting.put(None)
            thread.join()

    @property
    def alive(self) -> bool:
        """True when the thread runs and has not been at one group for a minute."""
        since = self._busy_since
        stuck = since is not None and time.monotonic() - since > _STUCK_SECONDS
        return self._thread is not None and self._thread.is_alive() and not stuck

    def is_current(self) -> bool:
        """Tell whether this is the writer's own thread."""
        return threading.current_thread() is self._thread

    def submit(self, run: Callable[[], T]) -> T:
        """Have `run` written with the next group; returns its result, or raises what it or the commit raised."""
        call = _Call(run)
        try:
            self._waiting.put(call, timeout=_PATIENCE_SECONDS)
        except queue.Full:
            raise WriterBusy(f"{self._waiting.maxsize} writes are waiting already") from None
        while not call.done.wait(1.0):
            self.start()
        return call.outcome()

    def _serve(self) -> None:
        try:
            while (call := self._waiting.get()) is not None:
                self._busy_since = time.monotonic()
                self._commit(call)
                self._busy_since = None
        finally:
            self._busy_since = None
            connection.close()

    def _commit(self, first: _Call[Any]) -> None:
        group: list[_Call[Any]] = []
        error: BaseException | None = WriterDied("the writing thread ended before the commit")
        try:
            with transaction.atomic(), rows.deferring():
                self._collect(first, group)
            error = None
        except (_CallFailedError, IntegrityError) as failure:
            error = failure
            if len(group) > 1:
                group = self._commit_each(group)
        except Exception as failure:  # noqa: BLE001 - handed to every caller of the group
            error = failure
            connection.close()
        finally:
            self.groups += 1
            self.calls += len(group)
            metrics.written_groups.inc()
            metrics.written_calls.inc(len(group))
            for call in group:
                call.finish(error)

    def _commit_each(self, group: list[_Call[Any]]) -> list[_Call[Any]]:
        """Run each call again by itself, because one of them failed or broke a constraint, and the rest must not."""
        for call in group:
            try:
                with transaction.atomic(), rows.deferring():
                    self._run(call)
            except Exception as failure:  # noqa: BLE001 - handed to the call's caller
                call.finish(failure)
            else:
                call.finish(None)
        return []

    def _collect(self, first: _Call[Any], group: list[_Call[Any]]) -> None:
        """Run `first` and whatever else waits, until nothing waits or the group is full."""
        call: _Call[Any] | None = first
        while call is not None:
            group.append(call)
            self._run(call)
            call = self._next() if len(group) < self._largest_group else None

    @staticmethod
    def _run(call: _Call[Any]) -> None:
        call.execute()
        if call.error is None and connection.needs_rollback:
            call.error = WriterDied("the write broke its transaction and did not say so")
        if call.error is not None:
            raise _CallFailedError from call.error

    def _next(self) -> _Call[Any] | None:
        try:
            call = self._waiting.get_nowait()
        except queue.Empty:
            return None
        if call is None:
            self._waiting.put(None)
        return call


_writer: Writer | None = None


def start() -> None:
    """Let this process commit in groups, where its database gains from it (SQLite)."""
    global _writer  # noqa: PLW0603 - one writer per process, like the database connection
    if _writer is None and connection.vendor == "sqlite":
        _writer = Writer()
        _writer.start()


def stop() -> None:
    """Write what waits, then go back to one transaction per write."""
    global _writer
    writer, _writer = _writer, None
    if writer is not None:
        writer.stop()


def alive() -> bool:
    """Tell whether writes can be made: the writing thread runs, or none is needed."""
    return _writer is None or _writer.alive


def write(run: Callable[[], T]) -> T:
    """Run `run` in a transaction that is durable when this returns; returns its result, raises what it raised.

    Inside a transaction it is a savepoint of that one. `run` may be called a second time when its group could not be
    committed, and runs in another thread, with the caller's context variables: it must hold no state of its own.
    Functions given to `on_commit` run after the commit in the caller's thread. Raises `WriterBusy`, `WriterDied`.
    """
    writer = _writer
    if writer is None or connection.in_atomic_block or writer.is_current():
        with transaction.atomic():
            return run()
    return writer.submit(run)
