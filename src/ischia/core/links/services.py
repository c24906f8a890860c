"""Services' own names for pieces of content: one for all the addresses that lead to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

_DECORATION: Final = re.compile(r"\A(?:www[0-9]?|m|mobile)\.(?=[^.]+\.)")
"""Labels in front of a host that change how its pages look and not what they are."""

_SAME: Final = {
    "telegram.me": "t.me",
    "telegram.dog": "t.me",
    "twitter.com": "x.com",
    "fxtwitter.com": "x.com",
    "vxtwitter.com": "x.com",
    "fixupx.com": "x.com",
    "nitter.net": "x.com",
    "xcancel.com": "x.com",
    "fb.com": "facebook.com",
    "mega.co.nz": "mega.nz",
    "archive.is": "archive.ph",
    "archive.today": "archive.ph",
    "archive.li": "archive.ph",
    "archive.vn": "archive.ph",
    "archive.md": "archive.ph",
    "archive.fo": "archive.ph",
}
"""Hosts that show the same content under the same paths."""


@dataclass(frozen=True, slots=True)
class Page:
    """An address taken apart: host without decoration and under its main name, path segments, parameters."""

    host: str
    segments: tuple[str, ...]
    parameters: Mapping[str, str]

    @property
    def path(self) -> str:
        """The segments with a slash before each."""
        return "".join(f"/{segment}" for segment in self.segments)


def page(url: str) -> Page:
    """Take a canonical address apart."""
    parts = urlsplit(url)
    host = _DECORATION.sub("", parts.hostname or "", count=1)
    segments = tuple(segment for segment in parts.path.split("/") if segment)
    if host.endswith((".t.me", ".telegram.me")):
        host, segments = "t.me", (host.partition(".")[0], *segments)
    return Page(_SAME.get(host, host), segments, dict(parse_qsl(parts.query, max_num_fields=None)))


def addressed(url: str) -> str:
    """Return the web address of what is only named in an app's own scheme or behind the `#` of an older address."""
    if url[:3].lower() == "tg:":
        return _of_app(url)
    head, mark, fragment = url.partition("#")
    if not mark:
        return url
    if re.match(r"https?://mega\.(?:co\.)?nz/?\Z", head, re.IGNORECASE) and fragment.startswith(("!", "F!")):
        kind, identity = ("folder", fragment[2:]) if fragment[0] == "F" else ("file", fragment[1:])
        return _at("mega.nz", kind, identity.partition("!")[0])
    named = re.search(r"(?:\A|p=)@([A-Za-z0-9_]{4,32})", unquote(fragment[:200]))
    if named and re.match(r"https?://web\.telegram\.org(?:/|\Z)", head, re.IGNORECASE):
        return _at("t.me", named[1])
    return url


def _of_app(url: str) -> str:
    verb, _, query = url[3:].lstrip("/").partition("?")
    given = dict(parse_qsl(query, max_num_fields=None))
    if verb.lower() == "join" and given.get("invite"):
        return _at("t.me", f"+{given['invite']}")
    if verb.lower() == "resolve" and given.get("domain"):
        return _at("t.me", given["domain"], given.get("post", ""))
    if verb.lower() == "privatepost" and given.get("channel"):
        return _at("t.me", "c", given["channel"], given.get("post", ""))
    return url


def _at(host: str, *segments: str) -> str:
    return "/".join(("https:/", host, *filter(None, segments)))


def content_id(url: str) -> str | None:
    """Return `service:name` of the content that a canonical address leads to, None where no service is known.

    A post's name is not its channel's: what lies under a channel is for `site` to say.
    """
    found = page(url)
    reader = _SERVICES.get(found.host) or _READERS_BY_ENDING.get(".".join(found.host.split(".")[-2:]))
    name = reader(found) if reader else None
    return name if name and len(name) <= 2048 and name == "".join(name.split()) else None


def _by_path(service: str, pattern: str) -> Callable[[Page], str | None]:
    """Read the name from the path: the groups of `pattern`, joined with slashes."""
    compiled = re.compile(pattern)

    def read(found: Page) -> str | None:
        match = compiled.match(found.path)
        return f"{service}:{'/'.join(part for part in match.groups() if part)}" if match else None

    return read


_TELEGRAM_PAGES: Final = re.compile(
    r"(?:a|addemoji|addtheme|bg|boost|confirmphone|contact|giftcode|invoice|iv|k|login|msg|passport|proxy|setlanguage|share"
    r"|socks|z)\Z"
)
_TELEGRAM_NAME: Final = re.compile(r"[a-z][a-z0-9_]{3,31}\Z")


def _telegram(found: Page) -> str | None:
    segments = found.segments[1:] if found.segments[:1] == ("s",) else found.segments
    if not segments or _TELEGRAM_PAGES.match(segments[0]):
        return None
    first, rest = segments[0], segments[1:]
    if first.startswith(("+", "%2B")) or (first == "joinchat" and rest):
        return "telegram:+" + (rest[0] if first == "joinchat" else first.removeprefix("%2B").removeprefix("+"))
    if first in ("c", "addlist", "addstickers") and rest:
        return "telegram:" + "/".join((first, *rest[:2]))
    post = f"/{rest[-1]}" if rest and rest[-1].isdecimal() else ""
    return f"telegram:{first.lower()}{post}" if _TELEGRAM_NAME.match(first.lower()) else None


_VIDEO: Final = re.compile(r"[A-Za-z0-9_-]{11}\Z")


def _youtube(found: Page) -> str | None:
    if found.host == "youtu.be":
        name = found.segments[0] if found.segments else ""
    elif found.segments[:1] in (("watch",), ("watch_popup",)):
        name = found.parameters.get("v", "") or (found.segments[1] if len(found.segments) > 1 else "")
    elif len(found.segments) > 1 and found.segments[0] in ("shorts", "embed", "live", "v", "e"):
        name = found.segments[1]
    else:
        name = ""
    return f"youtube:{name}" if _VIDEO.match(name) else None


def _facebook(found: Page) -> str | None:
    given = found.parameters
    video = re.match(r"/(?:[^/]+/videos/(?:[^/]+/)?|reel/|video/embed/)([0-9]{5,25})", found.path)
    if video or (found.segments[:1] in (("watch",), ("video.php",)) and given.get("v", "").isdecimal()):
        return f"facebook:video/{video[1] if video else given['v']}"
    post = re.match(r"/[^/]+/posts/(?:[^/]+/)?([A-Za-z0-9]{5,80})", found.path)
    if post or (found.segments[:1] in (("permalink.php",), ("story.php",)) and given.get("story_fbid")):
        return f"facebook:post/{post[1] if post else given['story_fbid']}"
    return None


def _drive(found: Page) -> str | None:
    match = re.match(r"/(?:[a-z]+/)?(?:u/[0-9]+/)?(?:d|folders)/([A-Za-z0-9_-]{10,100})", found.path)
    name = match[1] if match else found.parameters.get("id", "")
    return f"google:{name}" if re.match(r"[A-Za-z0-9_-]{10,100}\Z", name) else None


def _vk(found: Page) -> str | None:
    whole = found.path + " " + found.parameters.get("z", "") + " " + found.parameters.get("w", "")
    match = re.search(r"[/ ](video|wall|clip|doc|photo)(-?[0-9]+_[0-9]+)", whole)
    return f"vk:{match[1]}{match[2]}" if match else None


def _pastebin(found: Page) -> str | None:
    match = re.match(r"/(?:(?:raw|embed|dl|print)/)?([A-Za-z0-9]{8})\Z", found.path)
    return f"pastebin:{match[1]}" if match else None


_DROPBOX: Final = _by_path("dropbox", r"/(?:s|sh|scl/fi|scl/fo)/([A-Za-z0-9]{8,40})")
_TIKTOK: Final = _by_path("tiktok", r"/(?:@[^/]+/(?:video|photo)/|v/|embed/(?:v2/)?|player/v1/)([0-9]{8,25})")
_TIKTOK_SHORT: Final = _by_path("tiktok", r"/(?:t/)?([A-Za-z0-9]{6,15})/?\Z")
_X: Final = _by_path("x", r"/(?:i/(?:web/)?|[^/]+/)status(?:es)?/([0-9]{5,25})")
_MEGA: Final = _by_path("mega", r"/(?:(?:file|embed)|(folder))/([A-Za-z0-9_-]{6,16})")
_ARCHIVE: Final = _by_path(
    "archive", r"/(?:details|download|embed|stream|metadata|services/img)/([A-Za-z0-9_.-]{1,120})"
)
_ARCHIVE_NODE: Final = _by_path("archive", r"/(?:[0-9]+/)?items/([A-Za-z0-9_.-]{1,120})")
_SOUNDCLOUD: Final = _by_path("soundcloud", r"/([a-z0-9_-]{1,80})/(?:(sets)/)?([a-z0-9_-]{1,150})\Z")
_INSTAGRAM: Final = _by_path("instagram", r"/(?:[A-Za-z0-9_.]+/)?(?:p|reel|reels|tv)/([A-Za-z0-9_-]{5,40})")

_SERVICES: Final[Mapping[str, Callable[[Page], str | None]]] = {
    "t.me": _telegram,
    "telegra.ph": _by_path("telegraph", r"/((?!file\Z)[^/]+)\Z"),
    "youtube.com": _youtube,
    "music.youtube.com": _youtube,
    "youtube-nocookie.com": _youtube,
    "youtu.be": _youtube,
    "yewtu.be": _youtube,
    "archive.org": _ARCHIVE,
    "archive.ph": _by_path("archive.ph", r"/([A-Za-z0-9]{4,6})\Z"),
    "x.com": _X,
    "facebook.com": _facebook,
    "web.facebook.com": _facebook,
    "fb.watch": _by_path("facebook", r"/([A-Za-z0-9_-]{6,20})"),
    "instagram.com": _INSTAGRAM,
    "ddinstagram.com": _INSTAGRAM,
    "tiktok.com": lambda found: _TIKTOK(found) or (_TIKTOK_SHORT(found) if found.segments[:1] == ("t",) else None),
    "vm.tiktok.com": _TIKTOK_SHORT,
    "vt.tiktok.com": _TIKTOK_SHORT,
    "dailymotion.com": _by_path("dailymotion", r"/(?:embed/)?(?:video|hub)/([a-zA-Z0-9]{5,12})"),
    "geo.dailymotion.com": lambda found: (
        f"dailymotion:{found.parameters['video']}" if "video" in found.parameters else None
    ),
    "dai.ly": _by_path("dailymotion", r"/([a-zA-Z0-9]{5,12})\Z"),
    "vimeo.com": _by_path("vimeo", r"/(?:channels/[^/]+/|groups/[^/]+/videos/|album/[0-9]+/video/)?([0-9]{5,12})"),
    "player.vimeo.com": _by_path("vimeo", r"/video/([0-9]{5,12})"),
    "soundcloud.com": _SOUNDCLOUD,
    "drive.google.com": _drive,
    "docs.google.com": _drive,
    "drive.usercontent.google.com": _drive,
    "mega.nz": _MEGA,
    "mega.io": _MEGA,
    "dropbox.com": _DROPBOX,
    "dl.dropboxusercontent.com": _DROPBOX,
    "mediafire.com": _by_path("mediafire", r"/(?:file|file_premium|download|view|folder)/([a-z0-9]{8,20})"),
    "justpaste.it": _by_path("justpaste", r"/((?:u/)?[A-Za-z0-9_-]{3,80})\Z"),
    "pastebin.com": _pastebin,
    "rumble.com": _by_path("rumble", r"/(?:embed/)?(v[a-z0-9]{5,9})(?:[/-]|\Z)"),
    "bitchute.com": _by_path("bitchute", r"/(?:video|embed)/([A-Za-z0-9]{8,16})"),
    "streamable.com": _by_path("streamable", r"/(?:[eos]/)?([a-z0-9]{4,10})\Z"),
    "ok.ru": _by_path("ok", r"/(?:video|videoembed|live)/([0-9]{6,20})"),
    "vk.com": _vk,
    "vkvideo.ru": _vk,
}
_READERS_BY_ENDING: Final[Mapping[str, Callable[[Page], str | None]]] = {"archive.org": _ARCHIVE_NODE}
