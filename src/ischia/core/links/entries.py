"""What a bank keeps of an address: the page, its content, or everything under a place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ischia.core.links.domains import TLDS, is_shared, is_suffix
from ischia.core.links.places import DEEPEST, segments_of
from ischia.core.links.services import Page, addressed, content_id, page
from ischia.core.links.wrapped import SHORTENERS
from ischia.core.signals import Signal, UrlError, canonical, make

_SCHEME: Final = re.compile(r"https?://|tg:", re.IGNORECASE)

# First segments that belong to the service: under them lies what everybody has there.
_ROUTES: Final[Mapping[str, frozenset[str]]] = {
    host: frozenset(routes.split())
    for host, routes in {
        "t.me": "s c joinchat share iv addlist addstickers",
        "x.com": "i search hashtag home explore web",
        "facebook.com": "watch groups pages profile.php story.php permalink.php photo photo.php reel video.php share",
        "instagram.com": "p reel reels tv stories explore",
        "youtube.com": "watch shorts embed live v e c channel user playlist results feed hashtag",
        "youtube-nocookie.com": "embed",
        "tiktok.com": "t v embed tag music",
        "archive.org": "details download embed stream metadata services web items",
        "web.archive.org": "web",
        "drive.google.com": "file d open uc drive folders u",
        "docs.google.com": "document spreadsheets presentation forms file d u",
        "google.com": "url search amp s",
        "dropbox.com": "s sh scl fi fo",
        "mega.nz": "file folder embed",
        "mediafire.com": "file file_premium download view folder",
        "pastebin.com": "raw embed u dl",
        "justpaste.it": "u",
        "reddit.com": "r u user comments",
        "telegra.ph": "file",
        "dailymotion.com": "video embed",
        "vimeo.com": "channels groups album video",
        "github.com": "orgs topics",
        "discord.com": "invite channels",
        "medium.com": "p",
        "linkedin.com": "in company posts pulse feed",
    }.items()
}


def entry_signals(value: str) -> tuple[Signal, ...]:
    """Return the signals of an entry that names an address; raise `UrlError` that says what would be valid.

    A full address is `url`, with `content_id` where a service has a name for the content. A bare host, `*.host`, and
    anything that ends in `/*` are `site`: everything under it. A place that belongs to everybody is refused.
    """
    written = value.strip()
    bare = written.removeprefix("*.")
    if bare != written or bare.endswith("/*") or not re.search(r"[/?#:]", bare):
        return (make("site", _site(bare)),)
    url = canonical(addressed(written if _SCHEME.match(written) else f"https://{written}"))
    found = page(url)
    _check_host(found.host)
    if not found.segments and not found.parameters:
        _check_whole(found.host)
    name = content_id(url)
    return (make("url", url), make("content_id", name)) if name else (make("url", url),)


def _site(written: str) -> str:
    place = written.removesuffix("/*").removesuffix("/")
    url = canonical(place if _SCHEME.match(place) else f"https://{place}")
    if "?" in url or "#" in place:
        raise UrlError(f"{place!a} has parameters; a site is a host and a path, such as example.com/channel/*")
    found = page(url)
    segments = segments_of(found)
    _check(found, segments)
    return "/".join((found.host, *segments))


def _check_host(host: str) -> None:
    if "." not in host and ":" not in host and host not in TLDS:
        raise UrlError(
            f"{host!a} is no address on the web: its host has no dot; give a page as example.com/page, "
            f"a site as example.com, or what is under a place as example.com/channel/*"
        )


def _check_whole(host: str) -> None:
    if host in SHORTENERS:
        raise UrlError(_OF_A_SHORTENER.format(host=host))
    if is_shared(host):
        raise UrlError(f"{host} is where everybody has content; name a page, or a channel as {host}/channel/*")


_OF_A_SHORTENER: Final = (
    "{host} shortens addresses, and what is under it leads everywhere; name the page that a shortened address leads to"
)


def _check(found: Page, segments: tuple[str, ...]) -> None:
    _check_host(found.host)
    if found.host in SHORTENERS:
        raise UrlError(_OF_A_SHORTENER.format(host=found.host))
    if len(segments) > DEEPEST:
        raise UrlError(f"the path has {len(segments)} segments, a site has at most {DEEPEST}; name the page itself")
    routes = _ROUTES.get(found.host, frozenset())
    if is_suffix(found.host):
        raise UrlError(f"{found.host} is not one site but the end of many names; name a site, such as example.com")
    if is_shared(found.host) and all(segment in routes for segment in segments):
        place = "/".join((found.host, *segments))
        raise UrlError(
            f"{place} is where everybody has content, so it would match everybody; name one place there, "
            f"such as {place}/channel/*, or one page"
        )
