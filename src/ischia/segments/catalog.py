"""The index of one algorithm in this process, kept level with the database."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import structlog

from ischia.core.matching import Edit, LiveIndex, Segment, SegmentError
from ischia.segments.models import Manifest
from ischia.segments.reading import NOTHING, Kind, LoggedChange, changes_after, manifests_of, opened

_log = structlog.get_logger("ischia.segments")


class LiveCatalog:
    """Segments, plus every committed change that they lack. Searches take no lock and never wait for the database.

    A file that is missing or damaged is left aside: the index is then read from the change log alone, and
    `damaged` says so until a new file has been published.
    """

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.damaged: str = ""
        self._writing = threading.Lock()
        self._index = LiveIndex()
        self._upto = NOTHING
        # Changes that were seen before they had a position, and will be seen once more when they have one.
        self._early: set[tuple[int, Edit]] = set()
        self._loaded: tuple[tuple[str, str], ...] = ()
        self._unverified: list[Segment] = []
        self._load()

    def __len__(self) -> int:
        return len(self._index)

    @property
    def tail_length(self) -> int:
        """Count the changes that are not in segments."""
        return self._index.tail_length

    def search(self, value: bytes, radius: int, limit: int | None = None) -> tuple[tuple[int, int], ...]:
        """Find (signal, distance) of all within the radius, nearest first; only the nearest `limit` if it is given."""
        return tuple(self._index.search(value, radius).nearest(limit).pairs())

    def refresh(self) -> None:
        """Take over what was committed since the last time: one statement."""
        with self._writing:
            self._take(self._index, changes_after(self.kind, self._upto))

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
        index, changes = LiveIndex(segments), changes_after(self.kind, upto)
        self._upto, self._early = upto, set()
        self._take(index, changes)
        self._loaded = _states(manifests)
        self._unverified = list(segments)
        self._index = index

    def _open(self, manifests: list[Manifest]) -> list[Segment]:
        """Open all files, or none: without one of them the others say nothing certain."""
        self.damaged = ""
        try:
            return [opened(manifest) for manifest in manifests]
        except SegmentError as error:
            self.damaged = error.what
            _log_damage(error)
            return []

    def _take(self, index: LiveIndex, changes: Iterable[LoggedChange]) -> None:
        fresh: list[Edit] = []
        for change in changes:
            key = (change.id, change.edit)
            known = key in self._early
            if change.position is None:
                self._early.add(key)
            else:
                self._early.discard(key)
                self._upto = max(self._upto, change.position)
            if not known:
                fresh.append(change.edit)
        if fresh:
            apply(index, fresh)


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
