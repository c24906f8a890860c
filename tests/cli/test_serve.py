from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.base.numba_cache import numba_cache

pytestmark = pytest.mark.slow

SECONDS = 90


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path, **more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ISCHIA_", "DJANGO_"))}
    return (
        inherited
        | {
            "ISCHIA_DATA": str(folder),
            "NUMBA_CACHE_DIR": str(numba_cache()),
            "ISCHIA_CAGES": "1",
            "ISCHIA_PORT": str(free_port()),
        }
        | more
    )


class Serving:
    """`ischia serve` in a process, with what it has written so far."""

    def __init__(self, folder: Path) -> None:
        self.environment = environment(folder)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ischia", "serve"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line.decode().rstrip())
                self._changed.notify_all()

    def end(self) -> None:
        assert self.process.stdout is not None
        self.process.kill()
        self.process.wait(10)
        self._reader.join(20)
        self.process.stdout.close()

    def wait_for(self, *words: str, count: int = 1) -> list[str]:
        """Wait for `count` lines that hold all words."""
        deadline = time.monotonic() + SECONDS
        with self._changed:
            while len(found := [line for line in self.lines if all(word in line for word in words)]) < count:
                assert self._changed.wait(deadline - time.monotonic()), self.lines
        return found

    def started(self, name: str, count: int = 1) -> int:
        """Return the process id of the latest start of a child."""
        return int(json.loads(self.wait_for('"started"', f'"{name}"', count=count)[-1])["pid"])

    def get(self, path: str) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.environment['ISCHIA_PORT']}{path}", timeout=10) as answer:
            return int(answer.status)


@contextmanager
def serving(folder: Path) -> Iterator[Serving]:
    running = Serving(folder)
    try:
        yield running
    finally:
        running.end()


def ends(pid: int) -> bool:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with os.fdopen(descriptor) as process:
        return bool(select.select([process], [], [], 15)[0])


def test_serve_becomes_ready_starts_again_what_dies_and_stops_in_time(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        assert running.wait_for("ready ") == [f"ready http://localhost:{running.environment['ISCHIA_PORT']}"]
        assert running.get("/readyz") == 200
        web, worker = running.started("web"), running.started("worker-1")
        os.kill(worker, signal.SIGKILL)
        os.kill(web, signal.SIGKILL)
        web, worker = running.started("web", 2), running.started("worker-1", 2)
        second = subprocess.run(
            [sys.executable, "-m", "ischia", "serve"],
            env=running.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 1
        assert "another `ischia serve` runs on" in second.stderr
        start = time.monotonic()
        running.process.terminate()
        assert running.process.wait(15) == 0
        assert time.monotonic() - start < 10
        assert ends(web)
        assert ends(worker)


def test_nothing_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        web, worker = running.started("web"), running.started("worker-1")
        running.process.kill()
        assert ends(web)
        assert ends(worker)


def test_uploads_that_a_killed_process_left_are_gone_after_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "tmp" / "folder").mkdir(parents=True)
    (tmp_path / "tmp" / "folder" / "0-0").write_bytes(b"left")
    (tmp_path / "tmp" / "left.upload").write_bytes(b"left")
    with serving(tmp_path) as running:
        running.wait_for("ready ")
        assert not list((tmp_path / "tmp").iterdir())


def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        result = subprocess.run(
            [sys.executable, "-m", "ischia", "serve"],
            env=environment(tmp_path, ISCHIA_PORT=port),
            capture_output=True,
            text=True,
            check=False,
        )
    assert result.returncode == 1
    assert (
        result.stderr
        == f"ischia serve: cannot listen on 127.0.0.1 port {port}: Address already in use; set ISCHIA_PORT\n"
    )


def test_no_migrate_refuses_an_empty_database(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "ischia", "serve", "--no-migrate"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "not migrated" in result.stderr


def test_a_bad_setting_is_named_without_its_value(tmp_path: Path) -> None:
    bad = environment(tmp_path, ISCHIA_DATABASE="mysql://me:hunter2@host/db")
    result = subprocess.run(
        [sys.executable, "-m", "ischia", "check"], env=bad, capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert "ISCHIA_DATABASE" in result.stderr
    assert "hunter2" not in result.stderr
