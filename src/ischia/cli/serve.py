"""`ischia serve`: migrates, starts the web process and the workers, and starts again what dies."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import IO, Annotated

import structlog
import typer

from ischia.base import clock, logs
from ischia.base.config import Config, config

app = typer.Typer()
log = structlog.get_logger()

STOP_SECONDS = 8.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_GOOD_SECONDS = 60.0
_TICK_SECONDS = 0.2
_PR_SET_PDEATHSIG = 1


@app.command()
def serve(
    migrate: Annotated[bool, typer.Option(help="Bring the database up to date first.")] = True,
) -> None:
    """Serve the API and the console and run the jobs, until Ctrl-C or SIGTERM."""
    serve_until_stopped(migrate=migrate)


def serve_until_stopped(
    *,
    before: Callable[[], None] | None = None,
    on_ready: Callable[[], None] | None = None,
    migrate: bool = True,
) -> None:
    """Prepare the database, call `before`, supervise, call `on_ready` once `/readyz` is 200, return when stopped.

    Without `on_ready`, `ready` and the address are printed. Exits with code 1 and a line on standard error when the
    data folder or the port is in use, when Django's checks fail, or when `on_ready` raises.
    """
    settings = config()
    logs.configure(settings)
    with _only_one(settings):
        _port_is_free(settings)
        _forget_uploads(settings)
        prepare(migrate=migrate)
        if before:
            before()
        if not (settings.folder("cache") / "kernels.lock").exists():
            typer.echo("The first start compiles what it needs, which takes about a minute.", err=True)
        announce = on_ready or partial(print, f"ready http://localhost:{settings.port}", flush=True)
        code = Supervisor(settings, announce).run()
    if code:
        raise typer.Exit(code)


def prepare(*, migrate: bool) -> None:
    """Run Django's checks, migrate or see that nothing is to be migrated, and put a policy in force."""
    from django.core.checks import ERROR, run_checks
    from django.core.management import call_command
    from django.db import connection, connections
    from django.db.migrations.executor import MigrationExecutor

    from ischia.policies.verbs import ensure_default

    for message in run_checks():
        if message.level >= ERROR:
            _fail(f"{message.id}: {message.msg}")
    if migrate:
        call_command("migrate", interactive=False, verbosity=0)
    else:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            _fail("the database is not migrated: run `ischia serve` without --no-migrate")
    ensure_default(clock.now())
    connections.close_all()


@contextmanager
def _only_one(settings: Config) -> Iterator[IO[bytes]]:
    with (settings.folder("run") / "serve.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _fail(f"another `ischia serve` runs on {settings.data}; stop it, or set ISCHIA_DATA")
        yield lock


def _port_is_free(settings: Config) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            _fail(f"cannot listen on {settings.host} port {settings.port}: {error.strerror}; set ISCHIA_PORT")


def _forget_uploads(settings: Config) -> None:
    """Delete what a killed process was receiving or looking at; nobody was told that it had arrived."""
    for left in settings.folder("tmp").iterdir():
        shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()


def _fail(message: str) -> None:
    typer.echo(f"ischia serve: {message}", err=True)
    raise typer.Exit(1)


@dataclass(slots=True)
class Child:
    """One process that should always run, and when it may be started again."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = _FIRST_PAUSE
    not_before: float = field(default=0.0)

    def start(self) -> None:
        """Start the process; it dies with this one, and Ctrl-C in the terminal reaches only this one."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=partial(_die_with, os.getpid()),  # noqa: PLW1509 - forked by the only thread that forks
        )
        log.info("started", process=self.name, pid=self.process.pid)

    def mourn(self, now: float) -> None:
        """Note that the process has died, and wait longer each time before the next start."""
        assert self.process is not None
        self.pause = _FIRST_PAUSE if now - self.started >= _GOOD_SECONDS else min(self.pause * 2, _LONGEST_PAUSE)
        self.not_before = now + self.pause
        log.error("died", process=self.name, code=self.process.returncode, again_in_seconds=self.pause)
        self.process = None


class Supervisor:
    """Keeps one web process and the workers running until told to stop."""

    def __init__(self, settings: Config, on_ready: Callable[[], None]) -> None:
        self._settings, self._on_ready = settings, on_ready
        self._stop = threading.Event()
        self._code = 0
        python = [sys.executable, "-m"]
        self._children = [Child("web", [*python, "ischia.front"])]
        self._children += [Child(f"worker-{n + 1}", [*python, "ischia", "worker"]) for n in range(settings.workers)]
        self._announcer: threading.Thread | None = None

    def run(self) -> int:
        """Supervise until SIGTERM or SIGINT; returns the exit code."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        previous = {number: signal.signal(number, lambda *_: self._stop.set()) for number in _SIGNALS}
        signal.set_wakeup_fd(writing)
        try:
            while not self._stop.is_set():
                self._start_what_is_due()
                self._announce_when_ready()
                self._wait(reading)
        finally:
            self._end_all()
            signal.set_wakeup_fd(-1)
            for number, handler in previous.items():
                signal.signal(number, handler)
            os.close(reading)
            os.close(writing)
        return self._code

    def _start_what_is_due(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                child.mourn(now)
            if child.process is None and now >= child.not_before:
                child.start()

    def _wait(self, wakeup: int) -> None:
        """Sleep until a child dies, a signal comes, or a moment has passed."""
        poll = select.poll()
        poll.register(wakeup, select.POLLIN)
        descriptors = [_pidfd(child.process.pid) for child in self._children if child.process is not None]
        try:
            for descriptor in descriptors:
                if descriptor is not None:
                    poll.register(descriptor, select.POLLIN)
            poll.poll(_TICK_SECONDS * 1000)
        finally:
            for descriptor in descriptors:
                if descriptor is not None:
                    os.close(descriptor)

    def _announce_when_ready(self) -> None:
        if self._announcer is None and _is_ready(self._settings):
            self._announcer = threading.Thread(target=self._announce, name="ready", daemon=True)
            self._announcer.start()

    def _announce(self) -> None:
        """Call `on_ready` beside the supervision, because it may take its time."""
        try:
            self._on_ready()
        except BaseException as error:
            log.exception("failed after start")
            self._code = error.code if isinstance(error, SystemExit) and isinstance(error.code, int) else 1
            self._stop.set()

    def _end_all(self) -> None:
        running = [child for child in self._children if child.process is not None]
        for child in running:
            assert child.process is not None
            child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in running:
            assert child.process is not None
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.error("killed, because it did not stop in time", process=child.name)
                child.process.kill()
                child.process.wait()
        log.info("stopped")


_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def _die_with(parent: int) -> None:
    """In the child, before it becomes another program: be killed when the parent ends, however it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except (ProcessLookupError, OSError):
        return None


def _is_ready(settings: Config) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - asked, not bound
    address = f"[{host}]" if ":" in host else host
    request = urllib.request.Request(f"http://{address}:{settings.port}/readyz", headers={"Host": "localhost"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.suppress(OSError, ValueError), opener.open(request, timeout=2) as answer:
        return bool(answer.status == HTTPStatus.OK and json.load(answer)["ready"])
    return False
