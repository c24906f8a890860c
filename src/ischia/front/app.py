"""The RSGI application (https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md)."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import queue
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from django.http import FileResponse
from django.http.response import HttpResponseBase

from ischia.base import metrics
from ischia.front import bridge
from ischia.front.bridge import Bridge
from ischia.front.intake import Body, Intake
from ischia.front.limits import Limits
from ischia.front.problems import MEDIA_TYPE, Problem, retry_later
from ischia.front.rates import Rates

log = structlog.get_logger()

_CHUNK_SECONDS = 30.0
_COLLECT_AFTER = 10_000
_KEY_PREFIX = 24


class Front:
    """One per web process; `start` and `stop` are called in the event loop's thread."""

    def __init__(self, limits: Limits, spool: Path) -> None:
        self._limits = limits
        self._intake = Intake(limits, spool)
        self._rates = Rates(per_second=limits.per_second, remembered=limits.clients)
        self._waiting: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._answered: deque[asyncio.Future[None]] = deque()
        self._waking = False
        self._threads: list[threading.Thread] = []

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Load Django's middleware and start the threads."""
        self._loop = loop
        self._bridge = Bridge()
        # What is loaded by now lives as long as the process: the collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_COLLECT_AFTER)
        for number in range(self._limits.threads):
            thread = threading.Thread(target=self._work, name=f"request-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the threads finish what waits, then end them."""
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join(5)

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Receive one request and wait until it is answered."""
        if scope.proto != "http":
            protocol.close(403)
            return
        try:
            found, body = await self._admit(scope, protocol)
        except Problem as problem:
            self._refuse(protocol, problem)
            return
        except Exception:
            log.exception("request failed before it reached a thread")
            self._fail(protocol)
            return
        answered = self._loop.create_future()
        self._waiting.put(partial(self._answer, found, body, protocol, answered))
        await answered

    async def _admit(self, scope: Any, protocol: Any) -> tuple[dict[str, Any], Body | None]:
        """Check everything that can be known before a thread is taken; raises `Problem`."""
        bridge.check_target(scope.method, scope.path, scope.query_string, self._limits)
        headers = scope.headers.items()
        self._check_rate(scope.client, scope.headers.get("authorization"))
        if self._waiting.qsize() >= self._limits.waiting:
            raise retry_later(503, "all threads are busy and too many requests wait already; try again", 1)
        body = None
        length = scope.headers.get("content-length")
        if length is not None or scope.headers.get("transfer-encoding") is not None:
            body = await self._intake.receive(protocol, _length(length))
        try:
            return bridge.environ(scope, headers, body, self._limits), body
        except Problem:
            if body:
                self._intake.release(body)
            raise

    def _check_rate(self, client: str, authorization: str | None) -> None:
        now = time.monotonic()
        wait = self._rates.take(bridge.client_address(client), now)
        if not wait and authorization:
            wait = self._rates.take(authorization[:_KEY_PREFIX], now)
        if wait:
            raise retry_later(429, f"more than {self._limits.per_second} requests a second; slow down", wait)

    def _refuse(self, protocol: Any, problem: Problem) -> None:
        metrics.requests.labels("refused", str(problem.status)).inc()
        headers = [("content-type", MEDIA_TYPE), ("cache-control", "no-store"), *problem.headers]
        protocol.response_bytes(problem.status, headers, problem.body())

    def _work(self) -> None:
        while (task := self._waiting.get()) is not None:
            # Each request starts from an empty context, so that nothing of one is seen by the next.
            contextvars.Context().run(task)

    def _answer(self, found: dict[str, Any], body: Body | None, protocol: Any, answered: asyncio.Future[None]) -> None:
        """Answer one request in a thread; whatever goes wrong, the client gets a status and the loop its future."""
        start = time.perf_counter()
        request_id = found["ISCHIA_REQUEST_ID"] = secrets.token_hex(8)
        structlog.contextvars.bind_contextvars(request=request_id)
        status, name = 500, ""
        try:
            try:
                request, response = self._bridge.respond(found)
            finally:
                if body:  # Before the answer is sent: who has it may send the next body at once.
                    self._intake.release(body)
            try:
                status, name = response.status_code, bridge.route(request)
                self._send(protocol, found["REQUEST_METHOD"], response, request_id)
            finally:
                response.close()
        except Exception:
            log.exception("request failed")
            self._fail(protocol)
        finally:
            self._wake(answered)
        seconds = time.perf_counter() - start
        metrics.requests.labels(found["REQUEST_METHOD"], str(status)).inc()
        metrics.request_seconds.observe(seconds)
        # Not ready is an answer that a supervisor asks for again and again, and no failure.
        level = log.warning if status >= 500 and name != "readyz" else log.debug
        level("request", method=found["REQUEST_METHOD"], route=name, status=status, ms=round(seconds * 1000, 1))

    def _send(self, protocol: Any, method: str, response: HttpResponseBase, request_id: str) -> None:
        headers = [*bridge.header_list(response), ("x-request-id", request_id)]
        if method == "HEAD":
            protocol.response_empty(response.status_code, headers)
        elif not response.streaming:
            protocol.response_bytes(response.status_code, headers, response.content)  # type: ignore[attr-defined]
        elif (path := _whole_file(response)) is not None:
            protocol.response_file(response.status_code, headers, path)
        else:
            self._stream(protocol, response, headers)

    def _stream(self, protocol: Any, response: HttpResponseBase, headers: list[tuple[str, str]]) -> None:
        transport = protocol.response_stream(response.status_code, headers)
        for piece in bridge.pieces(response):
            sent = asyncio.run_coroutine_threadsafe(_send_bytes(transport, piece), self._loop)
            sent.result(_CHUNK_SECONDS)

    def _fail(self, protocol: Any) -> None:
        problem = Problem(500, "something went wrong here; the log has it under this answer's request")
        try:
            self._refuse(protocol, problem)
        except Exception:  # noqa: BLE001 - the answer had begun, or its client is gone
            log.debug("the failure could not be told")

    def _wake(self, answered: asyncio.Future[None]) -> None:
        """Let the loop finish a request; one wake-up serves all that are answered before it happens."""
        self._answered.append(answered)
        if not self._waking:
            self._waking = True
            self._loop.call_soon_threadsafe(self._finish)

    def _finish(self) -> None:
        self._waking = False
        while self._answered:
            answered = self._answered.popleft()
            if not answered.done():
                answered.set_result(None)


async def _send_bytes(transport: Any, piece: bytes) -> None:
    await transport.send_bytes(bytes(piece))


def _whole_file(response: HttpResponseBase) -> str | None:
    """Return the path of a response that is one unopened part of a file on disk and nothing else."""
    if not isinstance(response, FileResponse) or response.status_code != 200:
        return None
    name = getattr(response.file_to_stream, "name", None)
    return name if isinstance(name, str) and name.startswith("/") and Path(name).is_file() else None


def _length(declared: str | None) -> int | None:
    if declared is None:
        return None
    if not declared.isdecimal():
        raise Problem(400, "Content-Length must be a number of bytes")
    return int(declared)
