"""A whole installation in a process tree of its own, whose processes can be killed, and a client that remembers."""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.base.numba_cache import numba_cache

SECONDS = 60.0


@contextmanager
def database() -> Iterator[str]:
    """An empty database where `ISCHIA_DATABASE` says that PostgreSQL is, else none: the site then uses SQLite."""
    url = os.environ.get("ISCHIA_DATABASE", "")
    if not url:
        yield ""
        return
    import psycopg

    name = f"faults_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield url.rpartition("/")[0] + f"/{name}"
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


class Site:
    """`ischia serve` on a folder, and one key with every scope."""

    def __init__(self, folder: Path, **more: str) -> None:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ISCHIA_", "DJANGO_"))}
        own = {"ISCHIA_DATA": str(folder), "ISCHIA_PORT": str(self.port), "ISCHIA_CAGES": "1"}
        self.environment = {**inherited, **own, "NUMBA_CACHE_DIR": str(numba_cache()), **more}
        self.log = folder / "serve.log"
        self.key = ""
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ischia", "serve"], env=self.environment, stdout=log, stderr=log
            )
        # Kernels that no other process compiled come first.
        until(lambda: self.ask("GET", "/readyz", patient=False)[0] == 200, what="readiness", within=2 * SECONDS)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ischia", *words]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=False)

    def make_key(self) -> None:
        scopes = "screen,items,matches:read,decisions,ack,banks,surfaces,webhooks,ledger"
        self.key = json.loads(self.run("key", "create", "--name", "load", "--scope", scopes, "--json").stdout)["key"]

    def ask(self, method: str, path: str, body: Any = None, *, patient: bool = True, **headers: str) -> tuple[int, Any]:
        """Ask until there is an answer that is none of a broken or busy server; status 0 if that took too long.

        Waits as long as a busy server says that one should.
        """
        end = time.monotonic() + SECONDS
        pause = threading.Event()
        while True:
            status, answer, wait = self._once(method, path, body, headers)
            if not patient or (status and status < 500) or time.monotonic() > end:
                return status, answer
            pause.wait(wait)

    def _once(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any, float]:
        sent = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", **headers}
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, content, sent)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            return 0, None, 0.1
        finally:
            connection.close()
        found = json.loads(text) if text.startswith((b"{", b"[")) else text
        return answer.status, found, float(answer.getheader("Retry-After", "0.1"))

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        return self.ask(method, f"/api/v1{path}", body, patient=True, **headers)

    def processes(self) -> dict[str, list[int]]:
        """Ids of the running web process, workers and zygotes."""
        assert self.process is not None
        found: dict[str, list[int]] = {"web": [], "worker": [], "zygote": []}
        for pid, command in _below(self.process.pid):
            for name, mark in (("web", "ischia.front"), ("zygote", "cage.zygote"), ("worker", "ischia worker")):
                if mark in command:
                    found[name].append(pid)
                    break
        return found

    def kill(self, name: str) -> bool:
        """SIGKILL one process of a kind, if one runs."""
        running = self.processes()[name]
        if running:
            _kill(running[0])
        return bool(running)

    def kill_all(self) -> None:
        """SIGKILL the supervisor; everything below it goes with it."""
        assert self.process is not None
        below = [pid for pid, _ in _below(self.process.pid)]
        self.process.kill()
        self.process.wait(10)
        for pid in below:
            until(lambda pid=pid: not _runs(pid), what=f"the end of process {pid}")  # type: ignore[misc]

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)


def until(condition: Callable[[], bool], *, what: str, within: float = SECONDS) -> None:
    end = time.monotonic() + within
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < end, f"waited {within:g} s for {what}"
        pause.wait(0.1)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _runs(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def _below(root: int) -> list[tuple[int, str]]:
    """Process ids and commands of all descendants of a process."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                found = re.search(r"\) \w (\d+)", (folder / "stat").read_text())
            except OSError:
                continue
            if found:
                parents[int(folder.name)] = int(found[1])
    return [(pid, _command(pid)) for pid in parents if _descends(pid, root, parents)]


def _descends(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid in parents:
        pid = parents[pid]
        if pid == root:
            return True
    return False


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
