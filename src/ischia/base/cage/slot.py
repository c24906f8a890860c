"""One place in the pool: a zygote, and the job that it works on."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ischia.base.cage.answers import LARGEST_ANSWER, Undecodable
from ischia.base.cage.confine import Budget

_START_SECONDS = 60.0
_GRACE_SECONDS = 2.0
_LONGEST_ENDING = 4096


class ZygoteDied(Exception):
    """The zygote did not start, or ended without being told to."""


class Slot:
    """A zygote that is started when it is needed, and again when it has died. Used by one thread at a time."""

    def __init__(self, work: str, cache: Path, budget: Budget) -> None:
        self._work, self._cache, self._budget = work, cache, budget
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self.layers: dict[str, str] | None = None

    @property
    def alive(self) -> bool:
        """True when the zygote runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Process id of the zygote, None before its first start."""
        return self._process.pid if self._process else None

    def launch(self) -> None:
        """Start the zygote without waiting for it."""
        self.stop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-s", "-m", "ischia.base.cage.zygote", str(theirs.fileno()), self._work],
                pass_fds=(theirs.fileno(),),
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._control, self.layers = ours, None

    def _environment(self) -> dict[str, str]:
        """No secret of this process enters the zygote, and no library in it starts a thread."""
        passed = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ}
        threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
        return passed | {"LANG": "C.UTF-8", "NUMBA_CACHE_DIR": str(self._cache)} | dict.fromkeys(threads, "1")

    def wait_until_ready(self) -> None:
        """Wait for a launched zygote; raises `ZygoteDied`."""
        if self.layers is not None:
            return
        assert self._control is not None
        self._control.settimeout(_START_SECONDS)
        try:
            message = self._control.recv(_LONGEST_ENDING)
        except OSError as error:
            message = str(error).encode() if isinstance(error, TimeoutError) else b""
        try:
            self.layers = {str(name): str(state) for name, state in json.loads(message)["ready"].items()}
        except (ValueError, KeyError, TypeError):
            self.stop()
            raise ZygoteDied(f"the decoder process did not start within {_START_SECONDS:.0f} s") from None
        self._control.settimeout(None)

    def run(self, path: Path, options: dict[str, Any]) -> bytes:
        """Let a child work on `path`; returns its raw answer. Raises `Undecodable` when it gave none, `OSError` when
        the file cannot be opened, `ZygoteDied` when no zygote can be started."""
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            reading = self._submit(descriptor, options)
        finally:
            os.close(descriptor)
        try:
            answer, ending = self._follow(reading)
        finally:
            os.close(reading)
        return _judge(answer, ending, self._budget)

    def _submit(self, descriptor: int, options: dict[str, Any]) -> int:
        job = json.dumps({"budget": asdict(self._budget), "options": options}).encode()
        for attempt in (1, 2):
            if not self.alive:
                self.launch()
            self.wait_until_ready()
            assert self._control is not None
            reading, writing = os.pipe()
            try:
                socket.send_fds(self._control, [job], [descriptor, writing])
            except OSError as error:
                os.close(reading)
                self.stop()
                if attempt == 2:
                    raise ZygoteDied(f"the decoder process ended twice: {error}") from error
            else:
                return reading
            finally:
                os.close(writing)
        raise AssertionError("unreachable")

    def _follow(self, reading: int) -> tuple[bytes, dict[str, Any]]:
        """Collect the answer until the child has ended; a child or zygote that outstays its time is killed."""
        assert self._control is not None
        answer, ending = bytearray(), None
        deadline = time.monotonic() + self._budget.wall + _GRACE_SECONDS
        poll = select.poll()
        poll.register(reading, select.POLLIN)
        poll.register(self._control, select.POLLIN)
        open_ends = 2
        while open_ends:
            events = poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
            if not events:
                self.stop()
                return b"", {"timeout": True}
            for descriptor, _ in events:
                if descriptor == reading:
                    chunk = os.read(reading, 65536)
                    answer += chunk
                    if chunk and len(answer) <= LARGEST_ANSWER:
                        continue
                    if chunk:
                        self._kill_child()
                else:
                    ending = self._ending()
                poll.unregister(descriptor)
                open_ends -= 1
                if ending == {}:
                    return b"", ending
        return bytes(answer), ending or {}

    def _kill_child(self) -> None:
        assert self._control is not None
        with contextlib.suppress(OSError):
            self._control.send(b"kill")

    def _ending(self) -> dict[str, Any]:
        """What the zygote says about its child; empty when it has died itself."""
        assert self._control is not None
        try:
            message = self._control.recv(_LONGEST_ENDING)
        except OSError:
            message = b""
        if not message:
            self.stop()
            return {}
        ending: dict[str, Any] = json.loads(message)
        return ending

    def stop(self) -> None:
        """End the zygote and its child at once."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self.layers = None


def _judge(answer: bytes, ending: dict[str, Any], budget: Budget) -> bytes:
    status = ending.get("status", -1)
    if ending.get("timeout"):
        raise Undecodable("timeout", f"decoding took longer than {budget.wall:g} s")
    if len(answer) > LARGEST_ANSWER:
        raise Undecodable("garbled", f"the decoder answered more than {LARGEST_ANSWER} bytes")
    if status == 0:
        return answer
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL) and _spent(ending, budget):
        raise Undecodable("timeout", f"decoding took more than {budget.cpu} s of processor time")
    raise Undecodable("decoder_died", _epitaph(status))


def _spent(ending: dict[str, Any], budget: Budget) -> bool:
    return float(ending.get("cpu", 0)) >= budget.cpu * 0.95


def _epitaph(status: int) -> str:
    if status != -1 and os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        why = " for a system call that decoding does not need" if number == signal.SIGSYS else ""
        return f"the decoder was ended by {signal.Signals(number).name}{why}"
    return "the decoder ended without an answer"
