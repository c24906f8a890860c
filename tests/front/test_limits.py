from __future__ import annotations

import contextlib
import os
import select
import socket
from pathlib import Path

import pytest

from tests.front.client import Answer, Server, answer, is_closed, running

pytestmark = pytest.mark.slow

POST = b"POST /echo HTTP/1.1\r\nHost: localhost\r\n"


def still_serves(server: Server) -> bool:
    return bool(server.ask("/items/posts/1").status == 200)


def test_two_gigabytes_are_refused_before_any_is_read() -> None:
    with running(threads=1, body=2**20) as server, server.connect(POST, b"Content-Length: 2000000000\r\n\r\n") as one:
        refused = answer(one)
        assert refused.status == 413
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json == {
            "type": "about:blank",
            "title": "Request Entity Too Large",
            "status": 413,
            "detail": "a body may have at most 1048576 bytes",
        }
        assert still_serves(server)


def test_chunks_without_end_are_cut_at_the_limit() -> None:
    with running(threads=1, body=2**20) as server:
        with server.connect(POST, b"Transfer-Encoding: chunked\r\n\r\n") as connection:
            chunk = b"10000\r\n" + bytes(65536) + b"\r\n"
            with contextlib.suppress(OSError):
                for _ in range(64):
                    connection.sendall(chunk)
            with contextlib.suppress(ConnectionError):
                assert answer(connection).status == 413
        assert still_serves(server)


@pytest.mark.parametrize("opening", [b"", b"GET /items/po", POST + b"X-Half: "])
def test_a_connection_without_a_whole_head_is_closed_in_time(opening: bytes) -> None:
    with running(threads=1, head_seconds=0.3) as server, server.connect(opening) as slow:
        assert still_serves(server)
        assert is_closed(slow)


def test_an_idle_connection_is_closed_after_its_answer() -> None:
    with running(threads=1, head_seconds=0.3) as server, server.connect() as idle:
        idle.sendall(b"GET /items/posts/1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert answer(idle).status == 200
        assert is_closed(idle)


@pytest.mark.parametrize(
    "head",
    [b"Content-Length: 1000\r\n\r\n", b"Content-Length: 100000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n5\r\n"],
)
def test_half_a_body_is_answered_408_and_holds_no_thread(head: bytes) -> None:
    with running(threads=1, grace=0.3, rate=100_000) as server, server.connect(POST, head, b"half ") as slow:
        assert still_serves(server)
        assert answer(slow).status == 408


def test_a_body_that_trickles_is_answered_408() -> None:
    with (
        running(threads=1, grace=0.3, rate=10_000) as server,
        server.connect(POST, b"Content-Length: 100000\r\n\r\n") as slow,
    ):
        slow.settimeout(0.05)
        received = b""
        with contextlib.suppress(ConnectionError):
            for _ in range(400):
                slow.sendall(b"x")
                with contextlib.suppress(TimeoutError):
                    received = slow.recv(4096)
                    break
        assert received.startswith(b"HTTP/1.1 408")
        assert still_serves(server)


def test_a_body_within_the_rate_may_take_its_time() -> None:
    with (
        running(threads=1, grace=0.2, rate=10, total=30) as server,
        server.connect(POST, b"Content-Length: 20\r\n\r\n") as slow,
    ):
        slow.settimeout(0.1)
        for piece in (b"0123456789", b"01234"):
            slow.sendall(piece)
            with pytest.raises(TimeoutError):
                slow.recv(1)
        slow.sendall(b"56789")
        slow.settimeout(10)
        assert answer(slow).json["size"] == 20


def test_no_body_may_take_longer_than_the_total() -> None:
    with (
        running(threads=1, grace=0.2, rate=1, total=0.4) as server,
        server.connect(POST, b"Content-Length: 100000\r\n\r\n", bytes(50_000)) as slow,
    ):
        assert answer(slow).status == 408


def test_more_bodies_than_may_be_received_at_once_are_told_to_come_back() -> None:
    with running(threads=1, readers=2, grace=20) as server:
        with (
            server.connect(POST, b"Content-Length: 50\r\n\r\n") as one,
            server.connect(POST, b"Content-Length: 50\r\n\r\n") as two,
        ):
            refused = None
            while refused is None or refused.status == 200:
                refused = server.ask("/echo", method="POST", body=b"x")
            assert refused.status == 503
            assert int(refused.headers["retry-after"]) >= 1
            for connection in (one, two):
                connection.sendall(bytes(50))
                assert answer(connection).status == 200
        assert server.ask("/echo", method="POST", body=b"x").status == 200


def test_bodies_that_fill_the_spool_are_told_to_come_back() -> None:
    with running(threads=1, memory=1000, spool=50_000) as server:
        assert server.ask("/echo", method="POST", body=bytes(60_000)).status == 503
        for _ in range(5):
            assert server.ask("/echo", method="POST", body=bytes(40_000)).status == 200


def test_requests_that_find_no_thread_wait_and_further_ones_are_told_to_come_back(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    request = f"GET /wait?pipe={pipe} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    with running(threads=1, waiting=2) as server, server.connect(request) as first, pipe.open("wb", buffering=0) as go:
        others = [server.connect(request) for _ in range(7)]
        refused = answers_of(others, 5)
        assert [one.status for one in refused] == [503] * 5
        assert all(int(one.headers["retry-after"]) >= 1 for one in refused)
        go.write(b"123")
        assert answer(first).body == b"1"
        assert sorted(one.body for one in answers_of(others, 2)) == [b"2", b"3"]


def answers_of(connections: list[socket.socket], count: int) -> list[Answer]:
    """Read the first `count` answers and close the connections that they came on."""
    found: list[Answer] = []
    while len(found) < count:
        readable, _, _ = select.select(connections, [], [], 10)
        assert readable, "no answer came"
        for connection in readable[: count - len(found)]:
            found.append(answer(connection))
            connection.close()
            connections.remove(connection)
    return found


def test_a_client_above_its_rate_is_slowed_down() -> None:
    with running(threads=1, per_second=3) as server:
        answers = [server.ask("/items/posts/1") for _ in range(12)]
        refused = [one for one in answers if one.status == 429]
        assert answers[0].status == 200
        assert refused
        assert all(int(one.headers["retry-after"]) >= 1 for one in refused)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"TRACE /items/posts/1 HTTP/1.1", 405),
        (b"BREW /items/posts/1 HTTP/1.1", 405),
        (b"OPTIONS * HTTP/1.1", 400),
        (b"GET /items/posts/a%00b HTTP/1.1", 400),
        (b"GET /items/posts/a%0Ab HTTP/1.1", 400),
        (b"GET /items/posts/%ff HTTP/1.1", 400),
        (b"GET /items/posts/%ed%a0%80 HTTP/1.1", 400),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1", 414),
        (b"GET /?" + b"a" * 9000 + b" HTTP/1.1", 414),
    ],
)
def test_a_head_that_makes_no_sense_is_refused_with_a_reason(line: bytes, status: int, plain: Server) -> None:
    with plain.connect(line + b"\r\nHost: localhost\r\n\r\n") as connection:
        refused = answer(connection)
    assert refused.status == status
    assert refused.json["status"] == status
    assert refused.json["detail"]


@pytest.mark.parametrize("headers", [b"X-%d: y\r\n", b"X-%d: " + b"y" * 2000 + b"\r\n"])
def test_too_many_or_too_long_headers_are_refused(headers: bytes, plain: Server) -> None:
    count = 90 if len(headers) < 100 else 20
    with plain.connect(
        b"GET /items/posts/1 HTTP/1.1\r\nHost: localhost\r\n", *(headers % n for n in range(count)), b"\r\n"
    ) as one:
        assert answer(one).status == 431


def test_hundreds_of_half_sent_bodies_do_not_keep_a_healthy_client_out(plain: Server) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(400):
            stack.enter_context(plain.connect(POST + b"Content-Length: 10\r\n\r\nhalf"))
        for _ in range(20):
            assert still_serves(plain)


def test_a_server_that_is_told_to_stop_stops() -> None:
    with running(threads=1) as server:
        assert still_serves(server)
        server.process.terminate()
        assert server.process.wait(10) == 0
