"""Which last labels make a host, and which hosts belong to everybody.

`tlds.txt` holds the top-level domains of IANA's root zone as of October 2026, internationalised ones in their letters.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final


def listed(name: str) -> frozenset[str]:
    """Return the words of one of this package's lists."""
    return _words((files("ischia.core.links") / f"{name}.txt").read_text(encoding="utf-8"))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TLDS: Final = listed("tlds")


PLAIN: Final = frozenset({"com", "net", "org", "biz", "edu", "gov", "info", "xyz", "ru", "tv", "io", "uk"})
"""Top-level domains that no sentence begins with: believed in capitals and with spaces about their dot."""

UNMISTAKABLE: Final = frozenset({"com", "net", "org"})
"""Those that are believed even after a dot and a space, which is how most sentences end."""

FILES: Final = frozenset({"md", "mk", "mov", "pm", "ps", "pub", "py", "rs", "sh", "so", "zip"})
"""Those that are better known as the endings of files."""

WORDS: Final = _words(
    "ad am as at be best bio by call cool day do here how id in is it la live me my name next no now one open so to "
    "today us win work you"
)
"""Those that are words a sentence may begin with when somebody left out the space before it."""

_SECOND_LEVEL: Final = _words("ac co com edu go gob gouv gov gub mil ne net nom or org sch")

SHARED: Final = listed("shared")
"""Hosts where everybody has content: only a path below them, or a host in front of them, is somebody's own."""


def is_suffix(host: str) -> bool:
    """Tell whether names under a host are given to anybody: a top-level domain, or one like `co.uk`.

    Those of two labels are told by their usual words, not by a list.
    """
    labels = host.split(".")
    return (len(labels) == 1 and ":" not in host) or (
        len(labels) == 2 and len(labels[1]) == 2 and labels[0] in _SECOND_LEVEL
    )


def is_shared(host: str) -> bool:
    """Tell whether content of everybody lies on a host."""
    return is_suffix(host) or host in SHARED
