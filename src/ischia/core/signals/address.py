"""The canonical form of a web address: one spelling for everything that leads to the same content."""

from __future__ import annotations

import re
from typing import Final

from ada_url import URL

LONGEST: Final = 8192

# Parameters that tell how somebody came to a page, never which page it is.
_TRACKING = re.compile(
    r"(utm_\w+|(fb|g|d|y|tw|tt)clid|gbraid|wbraid|gclsrc|msclkid|li_fat_id|igsh|igshid|mc_[ce]id|mkt_tok"
    r"|_ga|_gl|_hsenc|_hsmi|oly_anon_id|oly_enc_id|vero_id|wickedid|rb_clickid|s_kwcid|ref_src|ref_url)\Z",
    re.ASCII | re.IGNORECASE,
)
# The same, but only on hosts where that short name is known to mean nothing else.
_TRACKING_ON_HOST = {
    "youtube.com": {"si", "feature", "pp"},
    "youtu.be": {"si", "feature", "pp"},
    "spotify.com": {"si"},
}
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class UrlError(ValueError):
    """An address that has no canonical form; the message says what was wrong and what would be valid."""


def canonical(url: str) -> str:
    """Return the one spelling of an http or https address, of at most 8192 characters.

    Parsed as browsers do (WHATWG URL Standard: host in lower case and punycode, numeric hosts as dotted IPv4, dot
    segments resolved), then without fragment, credentials, default port, trailing dots of the host and tracking
    parameters; escapes as RFC 3986 section 6.2.2 says; `name=value` parameters in the order of their names.
    `www.`, the scheme and every parameter that may identify content stay. Raises `UrlError`.
    """
    parsed = _parse(url)
    host = parsed.hostname.rstrip(".")
    if not host:
        raise UrlError(f"{_shown(url)} has no host; a full address looks like https://example.com/page")
    port = f":{parsed.port}" if parsed.port else ""
    query = _query(parsed.search.removeprefix("?"), host)
    result = f"{parsed.protocol}//{host}{port}{_escapes(parsed.pathname)}{'?' if query else ''}{query}"
    if len(result) > LONGEST:
        raise UrlError(f"the address has {len(result)} characters in canonical form, at most {LONGEST} are accepted")
    return result


def _parse(url: str) -> URL:
    if len(url) > LONGEST:
        raise UrlError(f"the address has {len(url)} characters, at most {LONGEST} are accepted")
    try:
        parsed = URL(url)
    except UnicodeEncodeError:
        raise UrlError(f"{_shown(url)} holds half of a surrogate pair, which is no character") from None
    except ValueError:
        raise UrlError(f"{_shown(url)} is no address; a full one looks like https://example.com/page") from None
    if parsed.protocol not in ("http:", "https:"):
        raise UrlError(f"{_shown(url)} has the scheme {parsed.protocol!r}; only http: and https: are accepted")
    return parsed


def _shown(url: str) -> str:
    return ascii(url if len(url) <= 100 else f"{url[:97]}...")


def _escapes(text: str) -> str:
    return _ESCAPE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()


def _query(query: str, host: str) -> str:
    parts = [_escapes(part).replace("+", "%20") for part in query.split("&") if part]
    kept = [part for part in parts if not _is_tracking(part.split("=", 1)[0], host)]
    if all("=" in part for part in kept):
        kept.sort(key=lambda part: part.split("=", 1)[0])
    return "&".join(kept)


def _is_tracking(name: str, host: str) -> bool:
    if _TRACKING.match(name):
        return True
    site = ".".join(host.split(".")[-2:])
    return name in _TRACKING_ON_HOST.get(site, ())
