"""The index of this process, and what operators want to know of it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from ischia.core.signals import TYPES
from ischia.segments.catalog import LiveCatalog, VotesCatalog
from ischia.segments.kinds import NotServedError, served
from ischia.segments.models import ACTIVE, ADD, Change, Manifest
from ischia.segments.reading import Kind, changes, kind_of

__all__ = [
    "LiveCatalog",
    "ManifestView",
    "VotesCatalog",
    "active_segments",
    "catalog",
    "catalogs",
    "forget",
    "index_of",
    "kinds",
    "loaded",
    "logged_signals",
    "refresh",
    "unsequenced",
    "votes",
]

_catalogs: dict[Kind, LiveCatalog | VotesCatalog] = {}
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


def catalog(algorithm: str, version: int | None = None) -> LiveCatalog:
    """Return the process's index of an algorithm whose values are found by distance; `version`: an older one.

    The first call reads it from segments and change log. Raises LookupError for another algorithm.
    """
    found = index_of(kind_of(algorithm, version))
    if not isinstance(found, LiveCatalog):
        raise NotServedError(f"{algorithm} is found by votes: ask `votes`")
    return found


def votes(algorithm: str, version: int | None = None) -> VotesCatalog:
    """Return the process's index of large values that are found by what they share, as `catalog` does.

    Raises LookupError for another algorithm, and for one whose index cannot be loaded.
    """
    found = index_of(kind_of(algorithm, version))
    if not isinstance(found, VotesCatalog):
        raise NotServedError(f"{algorithm} is found by distance: ask `catalog`")
    return found


def index_of(kind: Kind) -> LiveCatalog | VotesCatalog:
    """Return the process's index of a kind, reading it if that has not been done."""
    known = _catalogs.get(kind)
    if known is not None:
        return known
    with _loading:
        if kind not in _catalogs:
            _catalogs[kind] = _new(kind)
        return _catalogs[kind]


def _new(kind: Kind) -> LiveCatalog | VotesCatalog:
    if kind.votes:
        return VotesCatalog(kind)
    if TYPES[kind.algorithm].search != "radius":
        raise NotServedError(f"{kind.algorithm} has no index: its values are found by equality, or not at all")
    return LiveCatalog(kind)


def kinds() -> tuple[Kind, ...]:
    """List what has an index: every algorithm in its current version, and in older ones of which signals are left."""
    current = [kind_of(name) for name in TYPES if served(name)]
    older = [Kind(kind.algorithm, version) for kind in current for version in range(1, kind.version)]
    return (*current, *(kind for kind in older if kind in _catalogs or changes(kind).exists()))


def loaded() -> frozenset[str]:
    """Name the algorithms whose index this process has loaded."""
    return frozenset(kind.algorithm for kind in _catalogs)


def catalogs() -> tuple[LiveCatalog | VotesCatalog, ...]:
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
