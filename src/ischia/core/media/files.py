"""Signals of a file's bytes, whatever they hold, and names that came with a file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from ischia.core.signals import Signal

_CHUNK: Final = 1 << 20


def file_signals(path: Path) -> tuple[Signal, ...]:
    """Return the `sha256` and `md5` signals of a file, read once in pieces of 1 MiB; raise `OSError` if it cannot be.

    MD5 serves exchange with lists that know nothing else. It is no proof of identity, and no rule may act on it.
    """
    digests = (hashlib.sha256(), hashlib.md5(usedforsecurity=False))
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            for digest in digests:
                digest.update(chunk)
    return tuple(Signal(digest.name, 1, digest.hexdigest()) for digest in digests)


def printable(name: str, longest: int = 200) -> str:
    """Return a name that a file brought along as it may be shown: one line of at most `longest` characters."""
    return "".join(character if character.isprintable() else "?" for character in name[:longest])
