"""The addresses in a text, however they are written: bare, obfuscated, spaced, escaped, or in the middle of Arabic.

One regular expression finds where an address may begin. Its labels, and the signs between them, are then judged: a host
is believed by its top-level domain and by how it is written, since `report.py` and `end.Then` look like hosts too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from ischia.core.links.hosts import FIRST_LABEL, LABEL, SEPARATOR, Host, hosts
from ischia.core.links.plain import Plain, plain
from ischia.core.links.services import addressed
from ischia.core.signals import UrlError, canonical

MOST: Final = 200
"""Links that are returned of one text unless the caller says otherwise."""

LONGEST_REST: Final = 2048

_MARKED_COLON = r"[ \[({]{0,2}[:;][ \])}]{0,2}"
_SCHEME: Final = rf"(?<![a-z0-9])h[tx*_#+~?. -]{{1,4}}p(?: ?s)?{_MARKED_COLON}(?:[/\\] ?){{1,3}}[\])}}]? ?"
_ESCAPED: Final = r"(?<![a-z0-9])https?%(?:25)?3a%(?:25)?2f%(?:25)?2f[a-z0-9%.~_-]{1,2048}"
_TELEGRAM: Final = r"(?<![a-z0-9])tg:/{1,2}[a-z]{1,20}\?[a-z0-9_=&%+-]{1,300}"
_CHAIN: Final = rf"{LABEL}(?:{SEPARATOR}{LABEL})*+"

_BEGINNING: Final = re.compile(
    rf"(?P<escaped>{_ESCAPED})|(?P<telegram>{_TELEGRAM})|(?P<scheme>{_SCHEME})|{FIRST_LABEL}(?:{SEPARATOR}{LABEL})++",
    re.IGNORECASE,
)
# Most texts hold none of these, and need not be read for links.
_HINT: Final = re.compile(
    r"\.\S|\. {1,2}[a-z]|%2e|%3a|&#|&period|dot\b|d0t|tg:|\[::|[\[({<] ?(?:p[ou]|n|т|ن|د)|نقط|دوت", re.IGNORECASE
)
_AFTER_SCHEME: Final = re.compile(
    rf"(?:[^\s/@\\?#]{{1,100}}@)?(?:(?P<ipv6>\[[0-9a-f:.]{{2,45}}\])|(?P<chain>{_CHAIN}))", re.IGNORECASE
)
_PORT: Final = r"(?::[0-9]{1,5}(?![0-9]))?"
# Letters of other scripts belong to a path unless they follow its last Latin letter directly, as in Arabic text.
_BODY: Final = r"(?:[!#-;=?-_a-z{-~\u00c0-\u024f]|(?<![a-z0-9])[^\x00-\u024f\s«»“”„…،؛؟])"
_REST: Final = re.compile(rf"{_PORT}(?:[/?#]{_BODY}{{0,{LONGEST_REST}}}+)?", re.IGNORECASE)
_SPACED_REST: Final = re.compile(rf"{_PORT}(?: ?/ ?(?:(?!/){_BODY}){{1,200}}+){{0,8}}/?", re.IGNORECASE)
_CLOSERS: Final = {")": "(", "]": "[", "}": "{"}
_ENDINGS: Final = frozenset(".,:;!?'|\\")
_EMPHASIS: Final = frozenset("*_~'")


@dataclass(frozen=True, slots=True)
class FoundLink:
    """An address in canonical form, and characters `start` to `end` (exclusive) of the text, where it is `written`."""

    url: str
    start: int
    end: int
    written: str


def found(text: str, *, most: int = MOST) -> tuple[FoundLink, ...]:
    """Return the first `most` web addresses of a text in their order, in time linear in its length.

    What has no scheme is taken for https. Never raises: what looks like an address and has no canonical form is none.
    """
    read = plain(text)
    links: list[FoundLink] = []
    for url, first, last in _written(read):
        if len(links) >= most:
            break
        try:
            address = canonical(addressed(url.replace("&amp;", "&")))
        except UrlError:
            continue
        start, end = read.place(first, last)
        links.append(FoundLink(address, start, end, text[start:end]))
    return tuple(links)


def _written(read: Plain) -> Iterator[tuple[str, int, int]]:
    """Yield addresses with their places in the plain text."""
    text, position = read.text, 0
    if _HINT.search(text) is None:
        return
    while (match := _BEGINNING.search(text, position)) is not None:
        position = match.end()
        if match["escaped"]:
            yield unquote(unquote(match[0])), match.start(), match.end()
        elif match["telegram"]:
            yield match[0], match.start(), match.end()
        elif match["scheme"]:
            for url, start, end in _after_scheme(text, match):
                position = max(position, end)
                yield url, start, end
        elif not _continues(text, match.start()):
            for host in hosts(text, match.start(), match.end(), named=False):
                url, end = _whole("https", text, host)
                position = max(position, end)
                yield url, host.start, end


def _after_scheme(text: str, scheme: re.Match[str]) -> Iterator[tuple[str, int, int]]:
    match = _AFTER_SCHEME.match(text, scheme.end())
    if match is None:
        return
    name = "https" if "s" in scheme[0].lower() else "http"
    if match["ipv6"]:
        yield from _literal(name, text, scheme.start(), match)
        return
    start = scheme.start()
    for host in hosts(text, match.start("chain"), match.end("chain"), named=True):
        url, end = _whole(name, text, host, start)
        yield url, start, end
        name, start = "https", end


def _literal(name: str, text: str, start: int, match: re.Match[str]) -> Iterator[tuple[str, int, int]]:
    end = _end_of_rest(text, match.end(), start, loose=False)
    yield f"{name}://{match['ipv6']}{text[match.end() : end]}", start, end


def _whole(name: str, text: str, host: Host, start: int | None = None) -> tuple[str, int]:
    """Return the address of a host with what follows it, and where it ends."""
    if not host.last:
        return f"{name}://{host.name}/", host.end
    end = _end_of_rest(text, host.end, host.start if start is None else start, loose=host.loose)
    rest = text[host.end : end]
    return f"{name}://{host.name}{rest.replace(' ', '') if host.loose else rest}", end


def _end_of_rest(text: str, position: int, start: int, *, loose: bool) -> int:
    match = (_SPACED_REST if loose else _REST).match(text, position)
    end = match.end() if match else position
    if loose and end == position:
        return _end_of_rest(text, position, start, loose=False)
    opened = text[start - 1] if start else ""
    return _without_ending(text, position, end, opened)


def _without_ending(text: str, position: int, end: int, opened: str) -> int:
    """Return the end without punctuation, brackets that were not opened, and marks of emphasis that were."""
    surplus = {
        closer: text.count(closer, position, end) - text.count(opener, position, end)
        for closer, opener in _CLOSERS.items()
    }
    while end > position:
        last = text[end - 1]
        if surplus.get(last, 0) > 0:
            surplus[last] -= 1
        elif last not in _ENDINGS and not (last in _EMPHASIS and last == opened):
            break
        end -= 1
    return end


def _continues(text: str, start: int) -> bool:
    """Tell whether what begins here goes on from something that is no address: an e-mail, or the path of a file."""
    before = text[max(0, start - 2) : start]
    return before.endswith(("@", "\\")) or (before.endswith("/") and before != "//")
