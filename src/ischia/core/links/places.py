"""What an address can be known by: itself, the content it leads to, and every place that it lies under."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from ischia.core.links.services import Page, addressed, content_id, page
from ischia.core.links.wrapped import unwrapped
from ischia.core.signals import Signal, canonical, make

DEEPEST: Final = 8
"""Path segments that a `site` value may have."""
MOST_LEVELS: Final = 8
"""Host levels that are asked for, the longest names left out."""
MOST_WRAPPINGS: Final = 3
LONGEST: Final = 2048

# Where the first segment names an account whatever its case.
_CASELESS: Final = frozenset(
    {"t.me", "x.com", "instagram.com", "facebook.com", "tiktok.com", "youtube.com", "threads.net"}
)


def signals(url: str) -> list[Signal]:
    """Return everything that an address may be known by; raise `UrlError` when it is no address.

    `url` is its canonical form, and once more with the other scheme (variant `other_scheme`), since texts name none.
    `content_id` is the service's own name for the content, `site` what it lies under. Those of an address inside it
    (a cache, a redirect) follow with the variant `wrapped`.
    """
    inner: str | None = canonical(addressed(url))
    found: dict[tuple[str, str], Signal] = {}
    for depth in range(MOST_WRAPPINGS + 1):
        if inner is None:
            break
        for signal in _own(inner):
            variant = "wrapped" if depth else signal.variant
            found.setdefault((signal.algorithm, signal.value), replace(signal, variant=variant))
        inner = unwrapped(inner)
    return list(found.values())


def _own(url: str) -> Iterator[Signal]:
    yield make("url", url)
    yield replace(make("url", _other_scheme(url)), variant="other_scheme")
    name = content_id(url)
    if name:
        yield make("content_id", name)
    for value in sites(url):
        yield make("site", value)


def _other_scheme(url: str) -> str:
    return f"http{url[5:]}" if url.startswith("https:") else f"https{url[4:]}"


def sites(url: str) -> list[str]:
    """Return the places that a canonical address lies under: hosts, the longest first, then its path's beginnings.

    Hosts are without `www.`, `m.` and `mobile.` and without ports; services with several hosts go by one of them.
    """
    found = page(url)
    path = segments_of(found)
    beginnings = [f"{found.host}/{'/'.join(path[:depth])}" for depth in _depths(path)]
    return [*levels(urlsplit(url).hostname or "", found.host), *beginnings]


def _depths(path: tuple[str, ...]) -> Iterator[int]:
    """Yield how many segments to take, as long as the value stays within what a signal holds."""
    length = 256
    for depth in range(1, min(DEEPEST, len(path)) + 1):
        length += len(path[depth - 1]) + 1
        if length > LONGEST:
            return
        yield depth


def segments_of(found: Page) -> tuple[str, ...]:
    """Return the segments that name what lies where: without a preview's prefix, accounts in lower case."""
    segments = found.segments
    if found.host == "t.me" and segments[:1] == ("s",) and len(segments) > 1:
        segments = segments[1:]
    if found.host == "t.me" and segments[:1] == ("joinchat",) and len(segments) > 1:
        segments = (f"+{segments[1]}", *segments[2:])
    if found.host in _CASELESS and segments and not segments[0].startswith("+"):
        segments = (segments[0].lower(), *segments[1:])
    return segments


def levels(written: str, host: str) -> list[str]:
    """Return the host and those above it, but for the top-level domain."""
    if _is_address(written):
        return [written]
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(max(0, len(labels) - MOST_LEVELS), max(1, len(labels) - 1))]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
