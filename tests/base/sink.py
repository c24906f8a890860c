"""A receiver on loopback that answers as it is told and remembers what it got."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Got:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Sink:
    """`answers` are used up in turn, the last one again and again: a status, (status, headers), or a function."""

    answers: list[object] = field(default_factory=lambda: [204])
    got: list[Got] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self.released = threading.Event()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def setup(self) -> None:
                sink.connections += 1
                super().setup()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                sink.got.append(Got(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                answer = sink.answers[min(len(sink.got), len(sink.answers)) - 1]
                if callable(answer):
                    answer(self)
                    return
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            do_GET = do_HEAD = do_POST  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass  # A client that gave up is what the tests are about.

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.allow = [f"127.0.0.1:{self.port}"]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(timeout=10)

    def hang(self, _handler: BaseHTTPRequestHandler) -> None:
        """Say nothing until the test ends."""
        self.released.wait(30)

    def drip(self, handler: BaseHTTPRequestHandler) -> None:
        """Send one byte of a header that never ends now and then."""
        with contextlib.suppress(OSError):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nx-long: ")
            while not self.released.wait(0.05):
                handler.wfile.write(b"a")
                handler.wfile.flush()

    @staticmethod
    def close_after_reading(handler: BaseHTTPRequestHandler) -> None:
        """Take the request and break off."""
        handler.connection.shutdown(socket.SHUT_RDWR)
