"""Raw HTTP over sockets, because polite clients do not send what has to be refused."""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    cookies: list[str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    port: int
    process: subprocess.Popen[bytes]

    def connect(self, *pieces: bytes) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=15)
        for piece in pieces:
            connection.sendall(piece)
        return connection

    def ask(self, target: str, *, method: str = "GET", body: bytes | None = None, headers: str = "") -> Answer:
        length = "" if body is None else f"Content-Length: {len(body)}\r\n"
        head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{length}{headers}\r\n".encode()
        with self.connect(head, body or b"") as connection:
            return answer(connection, method)


def answer(connection: socket.socket, method: str = "GET") -> Answer:
    """Read one answer; raises when none comes within the connection's timeout."""
    response = HTTPResponse(connection, method=method)
    response.begin()
    return Answer(
        response.status,
        {name.lower(): value for name, value in response.getheaders()},
        response.read(),
        response.headers.get_all("set-cookie") or [],
    )


def is_closed(connection: socket.socket, seconds: float = 10) -> bool:
    """Wait for the server to close the connection without an answer."""
    readable, _, _ = select.select([connection], [], [], seconds)
    return bool(readable) and connection.recv(1) == b""


@contextmanager
def running(**limits: float) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "tests.front.server", str(port), json.dumps(limits)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        server = Server(port, process)
        try:
            _wait_for(server)
            yield server
        finally:
            process.terminate()
            process.wait(10)
            process.stderr.close()


def _wait_for(server: Server) -> None:
    while server.process.poll() is None:
        try:
            server.connect().close()
        except ConnectionRefusedError:
            select.select([], [], [], 0.05)
        else:
            return
    assert server.process.stderr is not None
    raise RuntimeError(server.process.stderr.read().decode())
