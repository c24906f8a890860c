"""Files that belong to rows: written before the row that names them, so that a row never names a missing file."""

from __future__ import annotations

import math
import os
import re
import secrets
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

from ischia.base.config import config

_NAME = re.compile(r"[0-9a-f]{32}\Z")


def path_of(name: str) -> Path:
    """Where the file `name` lies; raises `ValueError` for anything that `save` did not make."""
    if not _NAME.match(name):
        raise ValueError(f"{name!r} is not the name of a stored file")
    return config().folder("media") / name[:2] / name


def save(content: bytes | Path) -> str:
    """Keep a copy of `content`, synced to disk, and return its name."""
    name = secrets.token_hex(16)
    path = path_of(name)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_suffix(".part")
    with draft.open("xb") as target:
        draft.chmod(0o600)
        if isinstance(content, bytes):
            target.write(content)
        else:
            with content.open("rb") as source:
                shutil.copyfileobj(source, target, 2**20)
        target.flush()
        os.fsync(target.fileno())
    draft.rename(path)
    _sync(path.parent)
    return name


def _sync(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def modified_at(name: str) -> float:
    """When the file was written, in seconds since 1970; infinity if somebody has deleted it meanwhile."""
    return _modified_at(path_of(name))


def _modified_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return math.inf


def sweep(*, named: Collection[str], before: float) -> int:
    """Delete the files that no row names, and unfinished ones, if they are older than `before` (seconds since 1970)."""
    count = 0
    for path in config().folder("media").glob("??/*"):
        if path.name not in named and _modified_at(path) < before:
            path.unlink(missing_ok=True)
            count += 1
    return count


def delete(name: str) -> None:
    """Forget the file; nothing happens if it is gone already."""
    path_of(name).unlink(missing_ok=True)


def names() -> Iterator[str]:
    """Every stored file."""
    for path in config().folder("media").glob("??/*"):
        if _NAME.match(path.name):
            yield path.name
