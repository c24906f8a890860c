"""Receives a request's body under limits of size, speed and number, on the event loop, holding no thread."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Protocol

from granian._granian import RSGIProtocolClosed

from ischia.front.limits import Limits
from ischia.front.problems import Problem, retry_later

_SMALL = 16 * 2**10
_TICK_SECONDS = 0.25


class Incoming(Protocol):
    """What RSGI gives for a body: all of it at once, or piece by piece."""

    async def __call__(self) -> bytes:
        """Return the whole body."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return its pieces as they arrive."""


class Body:
    """A complete body: its size, a file to read it from, and how to let go of it."""

    __slots__ = ("file", "size", "spooled")

    def __init__(self, file: IO[bytes], size: int, *, spooled: bool) -> None:
        self.file, self.size, self.spooled = file, size, spooled


class Intake:
    """All bodies that are being received."""

    def __init__(self, limits: Limits, folder: Path) -> None:
        self._limits, self._folder = limits, folder
        self._deadlines: dict[asyncio.Task[Any], float] = {}
        self._late: set[asyncio.Task[Any]] = set()
        self._spooled = 0
        self._lock = threading.Lock()
        self._watching = False

    async def receive(self, incoming: Incoming, declared: int | None) -> Body:
        """Return the body; `declared` is its Content-Length, None when it comes in chunks. Raises `Problem`."""
        limits = self._limits
        if declared is not None and declared > limits.body:
            raise _too_large(limits)
        if len(self._deadlines) >= limits.readers:
            raise retry_later(503, "too many bodies are being received; try again", 1)
        with self._deadline(declared):
            if declared is not None and declared <= _SMALL:
                body = await self._at_once(incoming)
            else:
                body = await self._piecewise(incoming)
        if declared is not None and body.size != declared:
            self.release(body)
            raise Problem(400, f"the body ended after {body.size} of {declared} bytes")
        return body

    def release(self, body: Body) -> None:
        """Let go of a body; called once for each, from the event loop's thread or any other."""
        with contextlib.suppress(OSError):  # Closing writes what is buffered, for which the disk may lack the space.
            body.file.close()
        if body.spooled:
            with self._lock:
                self._spooled -= body.size

    async def _at_once(self, incoming: Incoming) -> Body:
        try:
            content = await incoming()
        except RSGIProtocolClosed:
            content = b""
        return Body(BytesIO(content), len(content), spooled=False)

    async def _piecewise(self, incoming: Incoming) -> Body:
        limits, task = self._limits, asyncio.current_task()
        assert task is not None
        start = time.monotonic()
        body = Body(BytesIO(), 0, spooled=False)
        try:
            async for piece in incoming:
                if body.size + len(piece) > limits.body:
                    raise _too_large(limits)
                self._keep(body, piece)
                earned = limits.grace + body.size / limits.rate
                self._deadlines[task] = start + min(earned, limits.total)
            self._rewind(body.file)
        except BaseException:
            self.release(body)
            raise
        return body

    def _rewind(self, file: IO[bytes]) -> None:
        try:
            file.seek(0)
        except OSError as error:
            raise _unkept(error) from error

    def _keep(self, body: Body, piece: bytes) -> None:
        if not body.spooled and body.size + len(piece) > self._limits.memory:
            self._to_file(body)
        self._write(body.file, piece)
        body.size += len(piece)
        if body.spooled:
            self._occupy(len(piece))

    def _to_file(self, body: Body) -> None:
        assert isinstance(body.file, BytesIO)
        try:
            file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - closed by `release`
        except OSError as error:
            raise _unkept(error) from error
        kept, body.file, body.spooled = body.file, file, True
        self._occupy(body.size)
        self._write(file, kept.getbuffer())

    def _write(self, file: IO[bytes], content: bytes | memoryview) -> None:
        try:
            file.write(content)
        except OSError as error:
            raise _unkept(error) from error

    def _occupy(self, size: int) -> None:
        with self._lock:
            self._spooled += size
        if self._spooled > self._limits.spool:
            raise retry_later(503, "the bodies that are being received fill the space for them; try again", 5)

    @contextlib.contextmanager
    def _deadline(self, declared: int | None) -> Iterator[None]:
        """Turn a body that is too slow into a 408.

        One timer looks after all bodies, which costs each of them less than a timer of its own.
        """
        limits, task = self._limits, asyncio.current_task()
        assert task is not None
        seconds = limits.grace + (declared / limits.rate if declared is not None and declared <= _SMALL else 0)
        self._deadlines[task] = time.monotonic() + min(seconds, limits.total)
        if not self._watching:
            self._watching = True
            asyncio.get_running_loop().call_later(_TICK_SECONDS, self._watch)
        try:
            yield
        except asyncio.CancelledError:
            if task not in self._late:
                raise
            rate = f"{limits.rate} bytes a second after {limits.grace:g} s, and complete within {limits.total:g} s"
            raise Problem(408, f"the body came too slowly; it has to arrive at {rate}") from None
        finally:
            del self._deadlines[task]
            self._late.discard(task)

    def _watch(self) -> None:
        now = time.monotonic()
        for task, deadline in self._deadlines.items():
            if now > deadline and task not in self._late:
                self._late.add(task)
                task.cancel()
        if self._deadlines:
            asyncio.get_running_loop().call_later(_TICK_SECONDS, self._watch)
        else:
            self._watching = False


def _too_large(limits: Limits) -> Problem:
    return Problem(413, f"a body may have at most {limits.body} bytes")


def _unkept(error: OSError) -> Problem:
    return Problem(507, f"the body could not be kept on disk: {error.strerror}")
