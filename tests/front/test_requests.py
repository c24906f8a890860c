from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.front.client import Server, answer, running

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(threads=2, body=8 * 2**20, memory=2**16) as server:
        yield server


@pytest.mark.parametrize("size", [0, 1, 16 * 2**10, 2**16, 2**16 + 1, 3 * 2**20])
def test_a_body_arrives_whole_whether_in_memory_or_in_a_file(server: Server, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + bytes(size % 256)
    shown = server.ask("/echo", method="POST", body=body).json
    assert shown == {"size": size, "sha256": hashlib.sha256(body).hexdigest()}


def test_a_body_in_chunks_arrives_whole(server: Server) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"".join(b"10000\r\n" + bytes(65536) + b"\r\n" for _ in range(5)) + b"0\r\n\r\n"
    with server.connect(head, chunks) as connection:
        assert answer(connection).json["size"] == 5 * 65536


def test_an_upload_reaches_the_view_as_a_file(server: Server) -> None:
    boundary = b"--x\r\nContent-Disposition: form-data; name=f; filename=a\r\n\r\n" + bytes(200_000) + b"\r\n--x--\r\n"
    headers = "Content-Type: multipart/form-data; boundary=x\r\n"
    assert server.ask("/uploaded", method="POST", body=boundary, headers=headers).json == {"f": 200_000}


def test_many_requests_share_one_connection(server: Server) -> None:
    with server.connect() as connection:
        for number in range(3):
            connection.sendall(b"GET /items/posts/%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % number)
            assert answer(connection).json["id"] == str(number)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/items/posts/a/b", "a/b"),
        ("/items/posts/a%2Fb%2f", "a/b/"),
        ("/items/posts/a%20b%3Fc%23d%25e", "a b?c#d%e"),
        ("/items/posts/%D8%AE%D8%A8%D8%B1", "خبر"),
        ("/items/posts/a;b=c+d", "a;b=c+d"),
        ("/items/posts/..%2F..%2Fetc", "../../etc"),
    ],
)
def test_an_id_may_hold_whatever_a_path_can(server: Server, target: str, expected: str) -> None:
    assert server.ask(target).json["id"] == expected


def test_the_query_is_decoded_by_the_framework(server: Server) -> None:
    shown = server.ask("/items/posts/1?a=%D8%A8&b=1%2B1&c=%2F").json
    assert shown["query"] == {"a": "ب", "b": "1+1", "c": "/"}


def test_headers_reach_the_view_as_wsgi_names_them(server: Server) -> None:
    headers = "X-Thing: one\r\nX-Thing: two\r\nX_Thing: forged\r\nContent-Type: text/plain\r\n"
    shown = server.ask("/meta", method="POST", body=b"abc", headers=headers).json
    assert shown["HTTP_X_THING"] == "one,two"
    assert (shown["CONTENT_TYPE"], shown["CONTENT_LENGTH"]) == ("text/plain", "3")
    assert (shown["REMOTE_ADDR"], shown["REQUEST_METHOD"]) == ("127.0.0.1", "POST")


def test_each_request_has_an_id_and_nothing_of_another(server: Server) -> None:
    shown = [server.ask("/meta") for _ in range(6)]
    ids = [one.headers["x-request-id"] for one in shown]
    assert len(set(ids)) == 6
    assert [one.json["context"] for one in shown] == [{"request": request_id} for request_id in ids]


def test_cookies_go_both_ways(server: Server) -> None:
    answered = server.ask("/cookies", headers="Cookie: a=1\r\nCookie: b=2\r\n")
    assert answered.body == b"12"
    assert [cookie.split(";")[0] for cookie in answered.cookies] == ["c=3", "d=4"]


def test_streams_and_files_are_answered(server: Server) -> None:
    assert server.ask("/stream").body.splitlines()[-1] == b"piece 4"
    assert server.ask("/file").body == Path(__file__).with_name("site.py").read_bytes()


def test_head_has_headers_and_no_body(server: Server) -> None:
    answered = server.ask("/file", method="HEAD")
    assert answered.status == 200
    assert answered.body == b""


def test_an_error_in_a_view_says_nothing_of_its_cause(server: Server) -> None:
    answered = server.ask("/boom")
    assert answered.status == 500
    assert b"secret" not in answered.body


def test_an_answer_that_cannot_be_sent_is_a_500_and_the_thread_lives(server: Server) -> None:
    for _ in range(4):
        assert server.ask("/broken-header").status == 500
    assert server.ask("/items/posts/1").status == 200


def test_a_body_that_ends_early_is_no_request(server: Server) -> None:
    with server.connect(b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\nshort") as connection:
        connection.shutdown(1)
        assert answer(connection).status == 400


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json; charset=UTF-8", 200),
        ('application/json; charset="utf-8"', 200),
        ("multipart/form-data; boundary=a*b", 200),
        ("application/json; charset=hex", 415),
        ("application/x-www-form-urlencoded; Charset = rot13", 415),
        ("application/json; charset=utf-8; charset=idna", 415),
        ("application/json; charset=<hex>", 415),
        ("application/json; a*=undefined''%41", 400),
        ("multipart/form-data; boundary*=foo''%41", 400),
        ("application/json; a*0*=foo''%41; a*1=b", 400),
    ],
)
def test_a_content_type_cannot_choose_a_decoder(server: Server, content_type: str, status: int) -> None:
    headers = f"Content-Type: {content_type}\r\n"
    assert server.ask("/echo", method="POST", body=b"{}", headers=headers).status == status
