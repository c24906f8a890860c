"""The index of one algorithm in this process, kept level with the database."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

import structlog

from ischia.core.matching import Edit, LiveIndex, Segment, SegmentError
from ischia.segments.models import Manifest
from ischia.segments.reading import CHUNK, NOTHING, Kind, LoggedChange, changes_after, manifests_of, opened

_log = structlog.get_logger("ischia.segments")


@dataclass
class Followed:
    """An index and how far it has followed the change log."""

    index: LiveIndex
    upto: int
    # Changes that were seen before they had a position, and will be seen once more when they have one.
    early: set[tuple[int, Edit]] = field(default_factory=set)

    def take(self, changes: Iterable[LoggedChange]) -> None:
        """Apply what has not been applied yet, in batches."""
        edits = filter(None, map(self._fresh, changes))
        while batch := list(islice(edits, CHUNK)):
            apply(self.index, batch)

    def _fresh(self, change: LoggedChange) -> Edit | None:
        key = (change.id, change.edit)
        known = key in self.early
        if change.position is None:
            self.early.add(key)
        else:
            self.early.discard(key)
            self.upto = max(self.upto, change.position)
        return None if known else change.edit


class LiveCatalog:
    """Segments, plus every committed change that they lack. Searches take no lock and never wait for the database.

    A file that is missing or damaged is left aside: the index is then read from the change log alone, and
    `damaged` says so until a new file has been published.
    """

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.damaged: str = ""
        self._writing = threading.Lock()
        self._followed = Followed(LiveIndex(), NOTHING)
        self._loaded: tuple[tuple[str, str], ...] = ()
        self._unverified: list[Segment] = []
        self._load()

    def __len__(self) -> int:
        return len(self._followed.index)

    @property
    def tail_length(self) -> int:
        """Count the changes that are not in segments."""
        return self._followed.index.tail_length

    def search(self, value: bytes, radius: int, limit: int | None = None) -> tuple[tuple[int, int], ...]:
        """Find (signal, distance) of all within the radius, nearest first; only the nearest `limit` if it is given."""
        return tuple(self._followed.index.search(value, radius).nearest(limit).pairs())

    def refresh(self) -> None:
        """Take over what was committed since the last time: two small statements."""
        with self._writing:
            self._followed.take(changes_after(self.kind, self._followed.upto))

    def reload(self) -> None:
        """Take over segments that were published since the last time, if any."""
        with self._writing:
            if _states(manifests_of(self.kind)) != self._loaded:
                self._load()

    def verify(self) -> list[str]:
        """Check the content of segments opened since the last time; return the files that failed.

        Report them (`verbs.report_damage`), so that every process leaves them aside.
        """
        failed = []
        while self._unverified:
            segment = self._unverified.pop()
            try:
                segment.verify()
            except SegmentError as error:
                _log_damage(error)
                failed.append(segment.path.name)
        return failed

    def _load(self) -> None:
        """Read everything anew beside the index that is being searched, then put it in its place."""
        manifests = manifests_of(self.kind)
        segments = self._open(manifests)
        upto = manifests[-1].upto if segments else NOTHING
        fresh = Followed(LiveIndex(segments), upto)
        fresh.take(changes_after(self.kind, upto, stream=True))
        self._followed = fresh
        self._loaded = _states(manifests)
        self._unverified = list(segments)

    def _open(self, manifests: list[Manifest]) -> list[Segment]:
        """Open all files, or none: without one of them the others say nothing certain."""
        self.damaged = ""
        try:
            return [opened(manifest) for manifest in manifests]
        except SegmentError as error:
            self.damaged = error.what
            _log_damage(error)
            return []


def _states(manifests: list[Manifest]) -> tuple[tuple[str, str], ...]:
    return tuple((manifest.file, manifest.state) for manifest in manifests)


def _log_damage(error: SegmentError) -> None:
    _log.error("segments.damaged", file=str(error.path), what=error.what, searched="the change log")


def apply(index: LiveIndex, edits: list[Edit]) -> None:
    """Apply edits in order. If a signal comes with a second value, the later one counts, and a line is logged.

    That happens where a rolled-back transaction was read, and its signal's number was given away again.
    """
    try:
        index.apply(edits)
    except ValueError:
        for edit in edits:
            _apply_one(index, edit)


def _apply_one(index: LiveIndex, edit: Edit) -> None:
    try:
        index.apply([edit])
    except ValueError as error:
        _log.warning("segments.value_replaced", signal=edit.id, why=str(error))
        index.apply([Edit(edit.id, None), edit])
