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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ischia.base.cage.confine import Budget
from ischia.core.media.errors import Reason, Undecodable

_START_SECONDS = 60.0
_GRACE_SECONDS = 2.0
_LONGEST_ENDING = 4096


@dataclass(frozen=True, slots=True)
class Job:
    """What a child is to do: which work, with which options, at which cost."""

    work: str
    options: dict[str, Any]
    budget: Budget


class ZygoteDied(Exception):
    """The zygote did not start, or ended without being told to."""


class Slot:
    """A zygote that is started when it is needed, and again when it has died. Used by one thread at a time."""

    def __init__(self, works: str, cache: Path) -> None:
        self._works, self._cache = works, cache
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._closed = False
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
        """Start the zygote without waiting for it; raises `ZygoteDied` after `close`."""
        self.stop()
        if self._closed:
            raise ZygoteDied("this process is stopping")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-s", "-m", "ischia.base.cage.zygote", str(theirs.fileno()), self._works],
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

    def run(self, path: Path, job: Job) -> bytearray:
        """Let a child work on `path`; returns its raw answer.

        A job whose zygote died is tried once more, for no child can end its zygote. Raises `Undecodable` when the child
        gave no answer, `OSError` when the file cannot be opened, `ZygoteDied` when the zygote died twice.
        """
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            try:
                answer, ending = self._work_on(descriptor, job)
            except ZygoteDied:
                answer, ending = self._work_on(descriptor, job)
        finally:
            os.close(descriptor)
        return _judge(answer, ending, job.budget)

    def _work_on(self, descriptor: int, job: Job) -> tuple[bytearray, dict[str, Any]]:
        if not self.alive:
            self.launch()
        self.wait_until_ready()
        reading = self._submit(descriptor, job)
        try:
            return self._follow(reading, job.budget)
        finally:
            os.close(reading)

    def _submit(self, descriptor: int, job: Job) -> int:
        """Send the job; returns the end of the pipe on which the child will answer."""
        assert self._control is not None
        message = json.dumps(asdict(job)).encode()
        reading, writing = os.pipe()
        try:
            socket.send_fds(self._control, [message], [descriptor, writing])
        except OSError as error:
            os.close(reading)
            self.stop()
            raise ZygoteDied(f"the decoder process has ended: {error}") from error
        finally:
            os.close(writing)
        return reading

    def _follow(self, reading: int, budget: Budget) -> tuple[bytearray, dict[str, Any]]:
        """Collect the answer until the child has ended; a child or zygote that outstays its time is killed."""
        assert self._control is not None
        deadline = time.monotonic() + budget.wall + _GRACE_SECONDS
        answer = bytearray()
        ending: dict[str, Any] | None = None
        poll = select.poll()
        poll.register(reading, select.POLLIN)
        poll.register(self._control, select.POLLIN)
        answering = True
        while answering or ending is None:
            events = poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
            if not events:
                self.stop()
                return bytearray(), {"timeout": True}
            for descriptor, _ in events:
                if descriptor != reading:
                    ending = self._ending()
                    poll.unregister(descriptor)
                elif not self._collect(reading, answer, budget.answer):
                    answering = False
                    poll.unregister(reading)
        return answer, ending

    def _collect(self, reading: int, answer: bytearray, most: int) -> bool:
        """Take what the child has written; False at the end, or when it writes too much and is killed for it."""
        chunk = os.read(reading, 65536)
        answer += chunk
        if len(answer) > most:
            self._kill_child()
            return False
        return bool(chunk)

    def _kill_child(self) -> None:
        assert self._control is not None
        with contextlib.suppress(OSError):
            self._control.send(b"kill")

    def _ending(self) -> dict[str, Any]:
        """Return what the zygote says about its child; raises `ZygoteDied` when it is gone itself."""
        assert self._control is not None
        try:
            message = self._control.recv(_LONGEST_ENDING)
        except OSError:
            message = b""
        if not message:
            self.stop()
            raise ZygoteDied("the decoder process ended while it worked")
        ending: dict[str, Any] = json.loads(message)
        return ending

    def close(self) -> None:
        """End the zygote, its child, and with them the wait of the thread that uses this slot; it stays ended."""
        self._closed = True
        if self._process is not None:
            self._process.kill()

    def stop(self) -> None:
        """End the zygote and its child at once; called by the thread that uses this slot."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self.layers = None


def _judge(answer: bytearray, ending: dict[str, Any], budget: Budget) -> bytearray:
    status = ending.get("status", -1)
    if ending.get("timeout"):
        raise Undecodable(Reason.TIMEOUT, f"decoding took longer than {budget.wall:g} s")
    if len(answer) > budget.answer:
        raise Undecodable(Reason.GARBLED, f"the decoder answered more than {budget.answer} bytes")
    if status == 0:
        return answer
    if os.WIFSIGNALED(status) and (os.WTERMSIG(status) == signal.SIGXCPU or _spent(ending, budget)):
        raise Undecodable(Reason.TIMEOUT, f"decoding took more than {budget.cpu} s of processor time")
    raise Undecodable(Reason.DECODER_DIED, _epitaph(status))


def _spent(ending: dict[str, Any], budget: Budget) -> bool:
    return float(ending.get("cpu", 0)) >= budget.cpu


def _epitaph(status: int) -> str:
    if status != -1 and os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        why = " for a system call that decoding does not need" if number == signal.SIGSYS else ""
        return f"the decoder was ended by {signal.Signals(number).name}{why}"
    return "the decoder ended without an answer"
