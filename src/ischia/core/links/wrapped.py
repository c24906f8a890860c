"""Addresses inside addresses: caches, translators, redirects and warnings name the page that they lead to."""

from __future__ import annotations

import base64
import re
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from ischia.core.links.domains import TLDS, listed
from ischia.core.links.services import addressed, page
from ischia.core.signals import UrlError, canonical

_SCHEME: Final = re.compile(r"https?:/{1,2}(?=[^/])", re.IGNORECASE)
_WITHOUT_SCHEME: Final = (
    ("google.com", re.compile(r"/amp/(?:s/)?(.+)")),
    ("ampproject.org", re.compile(r"/[a-z]/(?:s/)?(.+)")),
    ("bing-amp.com", re.compile(r"/[a-z]/(?:s/)?(.+)")),
    ("archive.ph", re.compile(r"/(?:newest|oldest|[0-9]{4,14})/(.+)")),
    ("archive.org", re.compile(r"/web/(?:[0-9*]{1,14}(?:[a-z]{2}_)?/)?(.+)")),
    ("webcitation.org", re.compile(r"/query/(.+)")),
)
_CACHED: Final = re.compile(r"cache:(?:[A-Za-z0-9_-]{8,20}:)?(\S+)")
_DEFENDED: Final = re.compile(r"/v3/__(.+?)__;")
_YAHOO: Final = re.compile(r"/RU=([^/]+)/")

SHORTENERS: Final = listed("shorteners")
"""Hosts whose addresses say nothing until they are asked where they lead."""


def is_shortener(url: str) -> bool:
    """Tell whether a canonical address must be asked where it leads."""
    found = page(url)
    return found.host in SHORTENERS and bool(found.segments)


def unwrapped(url: str) -> str | None:
    """Return the canonical address that is written inside an address, None where there is none.

    That is an address in full in the path or in a parameter, wherever it stands, and those that a few services write
    without their scheme: caches, AMP, translators, warnings before leaving.
    """
    for inner in (_in_path(url), _in_parameters(url), _in_host(url)):
        if inner is None:
            continue
        try:
            found = canonical(addressed(inner))
        except UrlError:
            continue
        if found != url:
            return found
    return None


def _in_path(url: str) -> str | None:
    parts = urlsplit(url)
    rest = parts.path + (f"?{parts.query}" if parts.query else "")
    defended = _DEFENDED.match(rest)
    if defended:
        return _with_scheme(defended[1])
    for written in (parts.path, unquote(parts.path)):
        scheme = _SCHEME.search(written)
        if scheme:
            query = f"?{parts.query}" if parts.query else ""
            return _with_scheme(written[scheme.start() :] + query)
    yahoo = _YAHOO.search(parts.path)
    return unquote(yahoo[1]) if yahoo else _after_service(parts.hostname or "", rest)


def _after_service(host: str, rest: str) -> str | None:
    for service, pattern in _WITHOUT_SCHEME:
        if page(f"https://{host}/").host.endswith(service) and (match := pattern.match(rest)) and _is_host(match[1]):
            return f"https://{match[1]}"
    return None


def _is_host(text: str) -> bool:
    host = re.split(r"[/?#:]", text, maxsplit=1)[0]
    return "." in host and host.rpartition(".")[2].lower() in TLDS


def _in_parameters(url: str) -> str | None:
    found = page(url)
    for name, value in parse_qsl(urlsplit(url).query, max_num_fields=None):
        if _SCHEME.match(value):
            return _with_scheme(value)
        if _SCHEME.match(unquote(value)):
            return _with_scheme(unquote(value))
        cached = _CACHED.match(value)
        if name == "q" and cached:
            return _with_scheme(cached[1])
        if name == "u" and value.startswith("a1") and found.host == "bing.com":
            return _decoded(value[2:])
    query = unquote(urlsplit(url).query)
    return _with_scheme(query) if _SCHEME.match(query) else None


def _decoded(value: str) -> str | None:
    """Read the address that one search engine writes in base 64."""
    try:
        return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode("ascii")
    except ValueError:
        return None


def _in_host(url: str) -> str | None:
    """Read the page that a translator shows: its host with hyphens for dots, and two for a hyphen."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removesuffix(".translate.goog")
    if host == parts.hostname:
        return None
    name = host.replace("--", "\0").replace("-", ".").replace("\0", "-")
    kept = "&".join(part for part in parts.query.split("&") if part and not part.startswith("_x_tr_"))
    return f"https://{name}{parts.path}{'?' if kept else ''}{kept}"


def _with_scheme(written: str) -> str:
    scheme = _SCHEME.match(written)
    if scheme is None:
        return f"https://{written}"
    return f"{'https' if 's' in scheme[0].lower() else 'http'}://{written[scheme.end() :]}"
