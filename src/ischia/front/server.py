"""Runs the web process: granian's server with the front in it, until a signal ends it."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
from collections.abc import Callable

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from ischia.front.app import Front
from ischia.front.limits import Limits


async def serve(front: Front, *, host: str, port: int, limits: Limits) -> None:
    """Serve until SIGTERM or SIGINT; returns once the requests that had begun are answered."""
    _allow_descriptors(limits.connections + 512)
    server = Server(
        front,
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        websockets=False,
        backlog=1024,
        backpressure=limits.connections,
        http1_settings=HTTP1Settings(
            header_read_timeout=int(limits.head_seconds * 1000), max_buffer_size=2 * limits.header_bytes
        ),
        log_enabled=False,
    )
    stop: Callable[[], None] = server.stop
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await server.serve()


def _allow_descriptors(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
