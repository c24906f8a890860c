"""Calls to other hosts reach public addresses and what the operator allowed, and nothing else."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ischia.base import outbound
from ischia.base.outbound import (
    Limits,
    OutboundError,
    RefusedError,
    UnreachableError,
    follow,
    is_public,
    parse,
    post,
    request,
)
from tests.base.sink import Sink

QUICK = Limits(connect=1.0, total=1.0)


@pytest.fixture
def sink():
    sink = Sink()
    yield sink
    sink.close()


@pytest.fixture
def canary():
    """Listen on IPv4 and IPv6 loopback; counts every connection."""
    seen: list[object] = []
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        listener.settimeout(0.05)
        stop = threading.Event()

        def count():
            while not stop.is_set():
                try:
                    connection, peer = listener.accept()
                except TimeoutError:
                    continue
                seen.append(peer)
                connection.close()

        thread = threading.Thread(target=count)
        thread.start()
        yield listener.getsockname()[1], seen
        stop.set()
        thread.join(timeout=10)


SPELLINGS = [
    "http://127.0.0.1:PORT/",
    "http://127.1:PORT/",
    "http://127.0.1:PORT/",
    "http://2130706433:PORT/",
    "http://0x7f000001:PORT/",
    "http://0x7f.1:PORT/",
    "http://0X7F.0x0.0x0.0x1:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://017700000001:PORT/",
    "http://0177.0x0.1:PORT/",
    "http://127.0.0.1.:PORT/",
    "http://127.255.255.254:PORT/",
    "http://0.0.0.0:PORT/",
    "http://0:PORT/",
    "http://localhost:PORT/",
    "http://LOCALHOST:PORT/",
    "http://localhost.:PORT/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/",
    "http://api.localhost:PORT/",
    "http://１２７.0.0.1:PORT/",
    "http://①②⑦.⓪.⓪.①:PORT/",
    "http://127。0。0。1:PORT/",
    "http://127．0．0．1:PORT/",
    "http://%31%32%37.0.0.1:PORT/",
    "http://127%2e0%2e0%2e1:PORT/",
    "http://[::1]:PORT/",
    "http://[0:0:0:0:0:0:0:1]:PORT/",
    "http://[::]:PORT/",
    "http://[::127.0.0.1]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::ffff:7f00:1]:PORT/",
    "http://[::ffff:0:127.0.0.1]:PORT/",
    "http://[64:ff9b::127.0.0.1]:PORT/",
    "http://[64:ff9b::7f00:1]:PORT/",
    "http://[64:ff9b:1::7f00:1]:PORT/",
    "http://[2002:7f00:1::]:PORT/",
    "http://[2001:0:7f00:1::]:PORT/",
    "http://[fe80::1%25lo]:PORT/",
    "http://user@127.0.0.1:PORT/",
    "http://example.com:80@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT#@example.com/",
    "http://127.0.0.1:PORT\\@example.com/",
    "http:\\\\127.0.0.1:PORT/",
    "http:127.0.0.1:PORT/",
    "  http://127.0.0.1:PORT/  ",
    "http://127.0.0\t.1:PORT/",
    "//127.0.0.1:PORT/",
    "ftp://127.0.0.1:PORT/",
    "gopher://127.0.0.1:PORT/_x",
    "file:///etc/passwd",
    "https://127.0.0.1:PORT/",
    "HTTPS://[::1]:PORT/",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_of_this_machine_is_connected_to(spelling, canary):
    port, seen = canary
    with pytest.raises(OutboundError):
        post(spelling.replace("PORT", str(port)), body=b"x", headers={}, limits=QUICK, allow=())
    assert seen == []
    socket.create_connection(("127.0.0.1", port)).close()  # The canary would have noticed.
    end = time.monotonic() + 5
    while not seen and time.monotonic() < end:
        threading.Event().wait(0.01)
    assert len(seen) == 1


NOT_PUBLIC = [
    "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "168.63.129.16", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
    "100::1", "2001::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1",
    "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "4000::1",
]  # fmt: skip


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_addresses_with_a_special_purpose_are_not_public(text):
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "text",
    ["1.1.1.1", "8.8.8.8", "172.32.0.1", "223.255.255.255", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_ordinary_addresses_are_public(text):
    assert is_public(ipaddress.ip_address(text))


def resolve_to(monkeypatch, *rounds):
    """Let the resolver give these answers, one list per question."""
    asked: list[str] = []

    def answer(host, port, **_):
        asked.append(host)
        found = rounds[min(len(asked), len(rounds)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return asked


@pytest.mark.parametrize("found", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["169.254.169.254"], ["::ffff:127.0.0.1"]])
def test_a_name_with_one_private_address_is_refused(found, canary, monkeypatch):
    port, seen = canary
    resolve_to(monkeypatch, found)
    with pytest.raises(RefusedError, match="not a public address"):
        post(f"http://rebind.example:{port}/", body=b"", headers={}, limits=QUICK, allow=())
    assert seen == []


def test_a_name_is_resolved_once_and_the_checked_address_is_the_one_that_is_called(sink, monkeypatch):
    called: list[object] = []

    class Redirected(socket.socket):
        def connect(self, address):
            called.append(address)
            super().connect(("127.0.0.1", sink.port))

    asked = resolve_to(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    monkeypatch.setattr(outbound, "_is_own", lambda *_: False)
    monkeypatch.setattr(socket, "socket", Redirected)
    answer = post(f"http://hooks.example:{sink.port}/a?b=c", body=b"hello", headers={}, allow=())
    assert answer.status == 204
    assert called == [("8.8.8.8", sink.port)]
    assert asked == ["hooks.example"]
    assert (sink.got[0].path, sink.got[0].body) == ("/a?b=c", b"hello")
    assert sink.got[0].headers["host"] == f"hooks.example:{sink.port}"


def test_this_machines_own_address_is_refused(monkeypatch):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        assert outbound._is_own(ipaddress.IPv4Address("127.0.0.1"), 9)
    monkeypatch.setattr(outbound, "_is_own", lambda *_: True)
    with pytest.raises(RefusedError):
        parse("http://8.8.8.8/", allow=())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"])
def test_a_listed_target_is_reached_however_it_is_spelled(host, sink):
    assert post(f"http://{host}:{sink.port}/", body=b"x", headers={}, allow=sink.allow).status == 204


def test_only_the_listed_port_is_reached(sink):
    with pytest.raises(RefusedError, match=f"add 127.0.0.1:{sink.port} to ISCHIA_OUTBOUND_ALLOW"):
        post(sink.url, body=b"", headers={}, allow=["127.0.0.1:1", "10.0.0.1:80"])
    assert sink.connections == 0


def test_a_listed_name_may_be_private(sink, monkeypatch):
    resolve_to(monkeypatch, ["127.0.0.1"])
    url = f"http://hooks.internal:{sink.port}/"
    assert post(url, body=b"", headers={}, allow=[f"hooks.internal:{sink.port}"]).status == 204


def test_a_malformed_exception_says_what_is_expected():
    with pytest.raises(ValueError, match=r"expected host:port, such as 127\.0\.0\.1:9000"):
        parse("http://127.0.0.1/", allow=["127.0.0.1"])


def test_a_redirect_is_an_answer_and_is_not_followed(sink):
    sink.answers = [(302, {"location": sink.url + "/elsewhere"})]
    answer = post(sink.url, body=b"", headers={}, allow=sink.allow)
    assert (answer.status, answer.headers["location"]) == (302, sink.url + "/elsewhere")
    assert len(sink.got) == 1


def here(sink):
    return lambda address: address.startswith(f"http://127.0.0.1:{sink.port}/")


def test_a_shortened_address_is_followed_to_a_host_that_is_not_asked(sink):
    sink.answers = [
        (301, {"location": "/second#x"}),
        (302, {"location": "https://user:secret@example.com/page?x=1#top"}),
    ]
    hops = follow(sink.url, asks=here(sink), allow=sink.allow)
    assert hops == (f"http://127.0.0.1:{sink.port}/second", "https://example.com/page?x=1")
    assert [got.path for got in sink.got] == ["/hook", "/second"]
    assert all(not got.body and not {"cookie", "referer", "authorization"} & set(got.headers) for got in sink.got)


def test_cookies_of_a_redirect_are_not_sent_back(sink):
    sink.answers = [(302, {"location": "/second", "set-cookie": "a=b"}), (302, {"location": "https://example.com/"})]
    assert len(follow(sink.url, asks=here(sink), allow=sink.allow)) == 2
    assert "cookie" not in sink.got[1].headers


def test_a_host_that_does_not_know_head_is_asked_with_get_and_its_page_is_not_read(sink):
    def talk(handler):
        handler.wfile.write(b"HTTP/1.1 302 Found\r\nlocation: https://example.com/\r\ncontent-length: 9999999\r\n\r\n")

    sink.answers = [405, talk]
    assert follow(sink.url, asks=here(sink), allow=sink.allow) == ("https://example.com/",)


def test_what_is_not_listed_is_not_asked_at_all(sink):
    assert follow(sink.url, asks=lambda _: False, allow=sink.allow) == ()
    assert sink.connections == 0


def test_an_endless_row_of_redirects_ends_and_a_circle_too(sink):
    def onward(handler):
        handler.wfile.write(f"HTTP/1.1 302 Found\r\nlocation: /{len(sink.got)}\r\n\r\n".encode())

    sink.answers = [onward]
    assert len(follow(sink.url, asks=here(sink), allow=sink.allow)) == 5
    assert len(sink.got) == 5
    sink.answers = [(302, {"location": "/hook"})]
    assert follow(sink.url, asks=here(sink), allow=sink.allow) == ()


def test_a_page_that_is_no_redirect_leads_nowhere(sink):
    sink.answers = [200]
    assert follow(sink.url, asks=here(sink), allow=sink.allow) == ()
    sink.answers = [(302, {"location": "javascript:alert(1)"})]
    assert follow(sink.url, asks=here(sink), allow=sink.allow) == ()


def test_every_hop_that_is_asked_is_checked(sink, canary):
    port, seen = canary
    sink.answers = [(302, {"location": f"http://127.0.0.1:{port}/inside"})]
    with pytest.raises(RefusedError, match="not a public address"):
        follow(sink.url, asks=lambda _: True, limits=QUICK, allow=sink.allow)
    assert seen == []


def test_proxies_in_the_environment_are_ignored(sink, canary, monkeypatch):
    port, seen = canary
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
    assert post(sink.url, body=b"", headers={}, allow=sink.allow).status == 204
    assert seen == []


def test_silence_ends_at_the_total_limit(sink):
    sink.answers = [sink.hang]
    began = time.monotonic()
    with pytest.raises(UnreachableError, match=r"no answer within 0\.5 s"):
        post(sink.url, body=b"", headers={}, limits=Limits(total=0.5), allow=sink.allow)
    assert time.monotonic() - began < 5


def test_a_byte_now_and_then_does_not_prolong_the_call(sink):
    sink.answers = [sink.drip]
    began = time.monotonic()
    with pytest.raises(UnreachableError):
        post(sink.url, body=b"", headers={}, limits=Limits(total=0.5), allow=sink.allow)
    assert time.monotonic() - began < 5


def test_a_resolver_that_does_not_answer_is_given_up(monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: release.wait(20) and [])
    with pytest.raises(UnreachableError, match=r"no answer within 0\.2 s"):
        post("http://slow.example/", body=b"", headers={}, limits=Limits(connect=0.2), allow=())
    release.set()


def test_a_host_that_breaks_off_is_unreachable(sink):
    sink.answers = [sink.close_after_reading]
    with pytest.raises(UnreachableError):
        post(sink.url, body=b"x", headers={}, allow=sink.allow)


def test_a_closed_port_is_unreachable(sink):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(UnreachableError, match="could not be reached"):
        post(f"http://127.0.0.1:{port}/", body=b"", headers={}, limits=QUICK, allow=[f"127.0.0.1:{port}"])


def test_a_long_answer_is_cut_at_the_limit(sink):
    def talk(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 100_000)

    sink.answers = [talk]
    answer = request("GET", sink.url, limits=Limits(body=1000), allow=sink.allow)
    assert (answer.status, answer.body) == (200, b"a" * 1000)


def test_headers_cannot_be_smuggled(sink):
    with pytest.raises(UnreachableError, match="Invalid header value"):
        post(sink.url, body=b"", headers={"x": "a\r\nhost: evil"}, allow=sink.allow)
    assert sink.got == []


def certificate(name):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.public_bytes(pem), private


@pytest.mark.parametrize(("asked", "answered"), [("hooks.example", True), ("other.example", False)])
def test_tls_asks_for_the_name_and_checks_it_although_the_address_is_pinned(
    asked, answered, sink, monkeypatch, tmp_path
):
    public, private = certificate("hooks.example")
    (tmp_path / "pem").write_bytes(private + public)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "pem")
    names: list[str] = []
    server.sni_callback = lambda _socket, name, _context: names.append(name)
    sink.server.socket = server.wrap_socket(sink.server.socket, server_side=True)
    monkeypatch.setattr(outbound, "_tls", lambda: ssl.create_default_context(cadata=public.decode()))
    resolve_to(monkeypatch, ["127.0.0.1"])
    url = f"https://{asked}:{sink.port}/"
    if answered:
        assert post(url, body=b"", headers={}, limits=QUICK, allow=sink.allow).status == 204
    else:
        with pytest.raises(UnreachableError, match="certificate"):
            post(url, body=b"", headers={}, limits=QUICK, allow=sink.allow)
    assert names == [asked]
