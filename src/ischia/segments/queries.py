"""The index of this process, and what operators want to know of it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from ischia.segments.catalog import LiveCatalog
from ischia.segments.models import ACTIVE, ADD, Change, Manifest
from ischia.segments.reading import kind_of

__all__ = [
    "LiveCatalog",
    "ManifestView",
    "active_segments",
    "catalog",
    "catalogs",
    "forget",
    "loaded",
    "logged_signals",
    "refresh",
    "unsequenced",
]

_catalogs: dict[str, LiveCatalog] = {}
_loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class ManifestView:
    """A segment in use."""

    algorithm: str
    version: int
    file: str
    count: int
    upto: int
    created_at: datetime


def catalog(algorithm: str) -> LiveCatalog:
    """Return the process's index of an algorithm; the first call reads it from segments and change log."""
    known = _catalogs.get(algorithm)
    if known is not None:
        return known
    with _loading:
        if algorithm not in _catalogs:
            _catalogs[algorithm] = LiveCatalog(kind_of(algorithm))
        return _catalogs[algorithm]


def loaded() -> frozenset[str]:
    """Name the algorithms whose index this process has loaded."""
    return frozenset(_catalogs)


def catalogs() -> tuple[LiveCatalog, ...]:
    """Return the indexes that this process has loaded."""
    return tuple(_catalogs.values())


def refresh() -> None:
    """Make what has been committed searchable in this process; to be called right after the commit."""
    for each in catalogs():
        each.refresh()


def forget() -> None:
    """Drop the loaded indexes, so that the next use reads them anew: for tests, whose database goes away."""
    _catalogs.clear()


def active_segments() -> tuple[ManifestView, ...]:
    """List the segments in use and whole, oldest first."""
    rows = Manifest.objects.filter(state=ACTIVE).order_by("id")
    return tuple(ManifestView(r.algorithm, r.version, r.file, r.count, r.upto, r.created_at) for r in rows)


def unsequenced() -> int:
    """Count the changes that have no position yet."""
    return Change.objects.filter(position=None).count()


def logged_signals(algorithm: str) -> set[int]:
    """Return the ids of all signals that the change log holds as searchable; for checks, as it reads the whole log."""
    rows = Change.objects.filter(algorithm=algorithm).order_by("id").values_list("signal", "op")
    state = dict(rows.iterator())
    return {signal for signal, op in state.items() if op == ADD}
