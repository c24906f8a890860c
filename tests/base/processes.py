"""Starts worker processes and waits, with a deadline, for what they say."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time

from django.db import connection


class WorkerProcess:
    """A worker in a process of its own; its lines arrive in a queue, each with the time of its arrival."""

    def __init__(self, **environment: str) -> None:
        known = {"DJANGO_SETTINGS_MODULE": "ischia.settings", "TEST_DATABASE": str(connection.settings_dict["NAME"])}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.base.worker_process"],
            env={**os.environ, **known, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.lines: queue.Queue[tuple[float, str]] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.put((time.monotonic(), line.strip()))

    def wait_for(self, start: str, *, within: float = 20.0) -> tuple[float, str]:
        until = time.monotonic() + within
        seen = []
        while True:
            try:
                at, line = self.lines.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no line {start!r} within {within} s, but {seen}") from None
            if line.startswith(start):
                return at, line
            seen.append(line)

    def proceed(self) -> None:
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=10)
        self._reader.join(timeout=10)
        self.process.stdin.close()
        self.process.stdout.close()


def until(condition, *, within: float = 10.0, what: str = "the condition") -> None:
    """Ask `condition` every 20 ms until it is true; the deadline makes a failure, not a hang."""
    end = time.monotonic() + within
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < end, f"{what} was not met within {within} s"
        pause.wait(0.02)
