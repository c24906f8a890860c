"""The one client for calls to other hosts. It connects to public addresses only, and to the address that it checked.

A target that an operator listed in `ISCHIA_OUTBOUND_ALLOW` as `host:port` may also be private or loopback. There are no
redirects but those that `follow` is asked to trace, no proxies from the environment, no cookies and no credentials in
addresses; time and size are bounded.
"""

from __future__ import annotations

import http.client
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import ada_url

from ischia.base.config import config

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_PORTS: Final = {"http": 80, "https": 443}
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

# IANA's special-purpose registries (RFC 6890 and updates), as of 2025: what is left of each unicast space is public.
_IPV4_UNICAST: Final = (
    ipaddress.ip_network("0.0.0.0/1"),
    ipaddress.ip_network("128.0.0.0/2"),
    ipaddress.ip_network("192.0.0.0/3"),
)
_IPV4_SPECIAL: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # Not IANA's: the metadata service that one large cloud keeps at a public address.
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
    )
)
_IPV6_UNICAST: Final = ipaddress.ip_network("2000::/3")
_IPV6_SPECIAL: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "2001::/23",  # IETF protocol assignments: Teredo, ORCHID, benchmarking.
        "2001:db8::/32",
        "2002::/16",  # 6to4 carries any IPv4 address.
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class OutboundError(Exception):
    """A call that did not end in an answer; the text says why and is fit for a log."""


class RefusedError(OutboundError):
    """The address must not be called."""


class UnreachableError(OutboundError):
    """The host cannot be resolved or reached, or it broke off, or it took too long."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one call: seconds to connect, seconds in all, bytes of the answer's body that are read."""

    connect: float = 5.0
    total: float = 20.0
    body: int = 64 * 2**10


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed address. `host` is as the WHATWG parser writes it: lower case, ASCII, IP addresses in normal form."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://{self.authority}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other host said; header names are in lower case; `body` ends at the limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def parse(url: str, *, allow: Collection[str] | None = None) -> Target:
    """Parse and check what can be checked without asking the network; raises `RefusedError` with the reason.

    `allow` is for tests; by default it is the operator's `ISCHIA_OUTBOUND_ALLOW`.
    """
    try:
        parts = ada_url.URL(url)
    except ValueError:
        raise RefusedError(f"{url!r} is not a valid address; expected https://host/path") from None
    scheme = parts.protocol.removesuffix(":")
    if scheme not in _PORTS:
        raise RefusedError(f"{url!r} has the scheme {scheme!r}; expected https or http")
    if parts.username or parts.password:
        raise RefusedError("the address holds a user name or password; leave them out, deliveries are signed")
    host = parts.hostname.strip("[]")
    target = Target(scheme, host, int(parts.port or _PORTS[scheme]), parts.pathname + parts.search)
    literal = _literal(host)
    if literal is not None:
        _check(target, literal, _allowed(allow))
    elif host == "localhost" or host.endswith(".localhost"):
        _check(target, ipaddress.IPv4Address("127.0.0.1"), _allowed(allow))
    return target


def post(
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    limits: Limits = Limits(),
    allow: Collection[str] | None = None,
) -> Answer:
    """Send one POST request; any status is an answer. Raises `RefusedError` or `UnreachableError`."""
    return request("POST", url, body=body, headers=headers, limits=limits, allow=allow)


def request(
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    limits: Limits = Limits(),
    allow: Collection[str] | None = None,
) -> Answer:
    """Send one request to an address that is checked first; see `post`."""
    until = time.monotonic() + limits.total
    target = parse(url, allow=allow)
    addresses = resolve(target, within=limits.connect, allow=allow)
    try:
        with _deadline(_connect(target, addresses, within=limits.connect), until) as stream:
            answer = _exchange(stream, target, method, body=body, headers=headers or {}, limits=limits)
            if time.monotonic() >= until:  # What was cut off here may look like an answer that ended.
                raise TimeoutError("the answer did not end")
            return answer
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = f" within {limits.total:g} s" if time.monotonic() >= until else ""
        raise UnreachableError(f"{target.origin} gave no answer{late}: {error or type(error).__name__}") from error


def follow(
    url: str,
    *,
    asks: Callable[[str], bool],
    most: int = 5,
    limits: Limits = Limits(body=0),
    allow: Collection[str] | None = None,
) -> tuple[str, ...]:
    """Return where a shortened address leads: each next address, none when it leads nowhere.

    Only addresses for which `asks` is true are called, at most `most` of them; the page at the end is not. Each call is
    checked as every call is; no body is read, and nothing but the address is sent. Raises `RefusedError`, and
    `UnreachableError` when a host gives no answer.
    """
    hops: list[str] = []
    while len(hops) < most and asks(hops[-1] if hops else url):
        next_one = _led_to(hops[-1] if hops else url, limits, allow)
        if next_one is None or next_one in (url, *hops):
            break
        hops.append(next_one)
    return tuple(hops)


def _led_to(url: str, limits: Limits, allow: Collection[str] | None) -> str | None:
    """Ask with HEAD, and with GET where HEAD is no redirect: some hosts answer that with an error."""
    for method in ("HEAD", "GET"):
        answer = request(method, url, limits=limits, allow=allow)
        if answer.status in _REDIRECTS and answer.headers.get("location"):
            return _absolute(answer.headers["location"], url)
    return None


def _absolute(location: str, base: str) -> str | None:
    """Read a redirect's target, without its fragment and credentials; None when it is no web address."""
    try:
        parts = ada_url.URL(location.encode("latin-1").decode("utf-8", "replace"), base)
    except ValueError:
        return None
    if parts.protocol not in ("http:", "https:"):
        return None
    parts.username = parts.password = parts.hash = ""
    return parts.href


def resolve(target: Target, *, within: float, allow: Collection[str] | None = None) -> list[Address]:
    """Find the target's addresses; raises `RefusedError` if even one of them must not be called."""
    literal = _literal(target.host)
    found = [literal] if literal is not None else _look_up(target, within)
    for address in found:
        _check(target, address, _allowed(allow))
    return found


def is_public(address: Address) -> bool:
    """Tell whether an address is global unicast; an IPv4 address inside a mapped or NAT64 one is judged itself."""
    address = _carried(address)
    if isinstance(address, ipaddress.IPv4Address):
        return any(address in net for net in _IPV4_UNICAST) and not any(address in net for net in _IPV4_SPECIAL)
    return address in _IPV6_UNICAST and not any(address in net for net in _IPV6_SPECIAL)


def _carried(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _check(target: Target, address: Address, allow: Collection[tuple[str, int]]) -> None:
    carried = _carried(address)
    if (target.host, target.port) in allow or (str(carried), target.port) in allow:
        return
    if not is_public(address) or _is_own(carried, target.port):
        raise RefusedError(
            f"{target.authority} is at {address}, which is not a public address; "
            f"to allow it, add {target.host}:{target.port} to ISCHIA_OUTBOUND_ALLOW"
        )


def _is_own(address: Address, port: int) -> bool:
    """Tell whether the address is this machine's; a UDP socket learns its route without sending anything."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(address), port))
        except OSError:
            return False
        return ipaddress.ip_address(probe.getsockname()[0]) == address


def _allowed(allow: Collection[str] | None) -> frozenset[tuple[str, int]]:
    return _pairs(tuple(config().outbound_allow if allow is None else allow))


@lru_cache(maxsize=8)
def _pairs(listed: tuple[str, ...]) -> frozenset[tuple[str, int]]:
    return frozenset(_pair(text) for text in listed)


def _pair(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError(f"ISCHIA_OUTBOUND_ALLOW holds {text!r}; expected host:port, such as 127.0.0.1:9000")
    return host.strip("[]").lower(), int(port)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _look_up(target: Target, within: float) -> list[Address]:
    """Ask the system's resolver in a thread, because it has no time limit of its own."""
    answers: queue.SimpleQueue[list[Address] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(ipaddress.ip_address(row[4][0]) for row in rows)))
        except (OSError, UnicodeError) as error:
            answers.put(OSError(str(error)))

    threading.Thread(target=ask, name="ischia resolver", daemon=True).start()
    try:
        answer = answers.get(timeout=within)
    except queue.Empty:
        answer = OSError(f"no answer within {within:g} s")
    if isinstance(answer, OSError):
        raise UnreachableError(f"{target.host} could not be resolved: {answer}")
    return answer


def _connect(target: Target, addresses: list[Address], *, within: float) -> socket.socket:
    until = time.monotonic() + within
    failure: OSError = OSError("it has no address")
    for address in addresses:
        try:
            return _connect_to(target, address, max(0.1, until - time.monotonic()))
        except OSError as error:
            failure = error
    raise UnreachableError(f"{target.origin} could not be reached: {failure}") from failure


def _connect_to(target: Target, address: Address, within: float) -> socket.socket:
    stream = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6)
    try:
        stream.settimeout(within)
        stream.connect((str(address), target.port))
        return stream if target.scheme == "http" else _tls().wrap_socket(stream, server_hostname=target.host)
    except (OSError, ValueError):
        stream.close()
        raise


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Build the context once; it reads the system's certificates (or those that SSL_CERT_FILE names)."""
    return ssl.create_default_context()


@contextmanager
def _deadline(stream: socket.socket, until: float) -> Iterator[socket.socket]:
    """Shut the connection down at `until`: a socket's own timeout would start anew with each byte."""
    left = max(0.1, until - time.monotonic())
    stream.settimeout(left)
    watch = threading.Timer(left, _shut, (stream,))
    watch.daemon = True
    watch.start()
    try:
        yield stream
    finally:
        watch.cancel()
        stream.close()


def _shut(stream: socket.socket) -> None:
    try:
        socket.socket.shutdown(stream, socket.SHUT_RDWR)
    except OSError:  # It was closed at the same moment.
        return


def _exchange(
    stream: socket.socket, target: Target, method: str, *, body: bytes, headers: Mapping[str, str], limits: Limits
) -> Answer:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = stream
    wanted = {"host": target.authority, "user-agent": "Ischia", "accept-encoding": "identity", "connection": "close"}
    connection.request(method, target.path, body=body, headers={**wanted, **headers})
    with connection.getresponse() as response:
        answered = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, answered, response.read(limits.body))
