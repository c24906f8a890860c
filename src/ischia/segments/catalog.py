"""The index of one kind in this process, kept level with the database."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import structlog

from ischia.core.matching import (
    Candidate,
    Edit,
    Layer,
    LiveIndex,
    LiveVotes,
    MemoryLayer,
    Pairs,
    Segment,
    SegmentError,
    VotesSegment,
)
from ischia.segments.kinds import index_class, strength
from ischia.segments.models import ACTIVE, Manifest
from ischia.segments.reading import (
    CHUNK,
    NOTHING,
    Kind,
    LoggedChange,
    changes_after,
    manifests_of,
    opened,
    opened_votes,
)
from ischia.segments.votes_compaction import replacement

BATCH_BYTES: Final = 4 << 20

_log = structlog.get_logger("ischia.segments")


class Following(Protocol):
    """An index that changes."""

    def __len__(self) -> int:
        """Count what can be found."""

    @property
    def tail_length(self) -> int:
        """Count the changes that are not in files."""

    def apply(self, edits: Iterable[Edit], /) -> None:
        """Add and retire in order."""


Index = TypeVar("Index", bound=Following)


@dataclass
class Followed(Generic[Index]):
    """An index and how far it has followed the change log."""

    index: Index
    upto: int
    # Changes that were seen before they had a position, and will be seen once more when they have one.
    early: set[tuple[int, bytes]] = field(default_factory=set)

    def take(self, changes: Iterable[LoggedChange]) -> None:
        """Apply what has not been applied yet, in batches."""
        for batch in batches(chain.from_iterable(map(self._fresh, changes))):
            apply(self.index, batch)

    def _fresh(self, change: LoggedChange) -> tuple[Edit, ...]:
        key = (change.id, change.mark)
        known = key in self.early
        if change.position is None:
            self.early.add(key)
        else:
            self.early.discard(key)
            self.upto = max(self.upto, change.position)
        return () if known else change.edits


class Catalog(ABC, Generic[Index]):
    """Files, plus every committed change that they lack. Searches take no lock and never wait for the database.

    A file that is missing or damaged is left aside: what it held is then read from the change log, and `damaged` says
    so until a new file has been published.
    """

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.damaged: str = ""
        self._writing = threading.Lock()
        self._loaded: tuple[tuple[str, str], ...] = ()
        self._load()

    def __len__(self) -> int:
        return len(self._followed.index)

    @property
    def tail_length(self) -> int:
        """Count the changes that are not in segments."""
        return self._followed.index.tail_length

    def refresh(self) -> None:
        """Take over what was committed since the last time: two small statements."""
        with self._writing:
            self._followed.take(changes_after(self.kind, self._followed.upto))

    def reload(self) -> None:
        """Take over segments that were published since the last time, if any."""
        with self._writing:
            if _states(manifests_of(self.kind)) != self._loaded:
                self._load()

    @abstractmethod
    def verify(self) -> list[str]:
        """Check the content of files that were opened since the last time; return those that failed.

        Report them (`verbs.report_damage`), so that every process leaves them aside.
        """

    @abstractmethod
    def _opened(self, manifests: list[Manifest]) -> tuple[Index, int]:
        """Return an index over the files, and the position from which it has to follow the log."""

    def _load(self) -> None:
        """Read everything anew beside the index that is being searched, then put it in its place."""
        manifests = manifests_of(self.kind)
        self.damaged = ""
        fresh = Followed(*self._opened(manifests))
        fresh.take(changes_after(self.kind, fresh.upto, stream=True))
        self._followed = fresh
        self._loaded = _states(manifests)

    def _leave_aside(self, error: SegmentError) -> None:
        self.damaged = error.what
        _log.error("segments.damaged", file=str(error.path), what=error.what, searched="the change log")


class LiveCatalog(Catalog[LiveIndex]):
    """The index of values that are found by distance. Without one of its files it is read from the log alone."""

    _unverified: list[Segment]

    def search(self, value: bytes, radius: int, limit: int | None = None) -> tuple[tuple[int, int], ...]:
        """Find (signal, distance) of all within the radius, nearest first; only the nearest `limit` if it is given.

        For `frames` the first number is `signal << 16 | frame`.
        """
        return tuple(self._followed.index.search(value, radius).nearest(limit).pairs())

    def search_many(self, values: npt.NDArray[np.uint8], radius: int) -> Pairs:
        """Find for many values, uint8[q, 32], what `search` finds for each, in less time: (signal, row, distance)."""
        return self._followed.index.search_many(values, radius)

    def verify(self) -> list[str]:
        """See `Catalog.verify`."""
        failed = []
        while self._unverified:
            segment = self._unverified.pop()
            try:
                segment.verify()
            except SegmentError as error:
                self._leave_aside(error)
                failed.append(segment.path.name)
        return failed

    def _opened(self, manifests: list[Manifest]) -> tuple[LiveIndex, int]:
        """Open all files, or none: without one of them the others say nothing certain."""
        try:
            segments = [opened(manifest) for manifest in manifests]
        except SegmentError as error:
            self._leave_aside(error)
            segments = []
        self._unverified = list(segments)
        return LiveIndex(segments), manifests[-1].upto if segments else NOTHING


class VotesCatalog(Catalog[LiveVotes]):
    """The index of large values that are found by what they share.

    A file is verified before it is searched. In the place of a bad one stands what its stretch of the log comes to.
    """

    def __init__(self, kind: Kind) -> None:
        self._files: dict[str, Layer] = {}
        self._failed: list[str] = []
        super().__init__(kind)

    def search(self, probe: Any, *, limit: int) -> list[Candidate]:
        """Return at most `limit` known values that share most with the probe, strongest first; `entry` is the signal.

        What a probe is, and what else a candidate says, is the kind's own.
        """
        return self._followed.index.search(probe, limit=limit)

    def data(self, signal: int) -> bytes | None:
        """Return the bytes of a known signal; None if it is not known, or retired."""
        return self._followed.index.data(signal)

    def verify(self) -> list[str]:
        """See `Catalog.verify`; the files were checked when they were opened."""
        failed, self._failed = self._failed, []
        return failed

    def _opened(self, manifests: list[Manifest]) -> tuple[LiveVotes, int]:
        self._files = {manifest.file: self._layer(manifests, place) for place, manifest in enumerate(manifests)}
        index = LiveVotes(
            index_class(self.kind.algorithm), list(self._files.values()), strength=strength(self.kind.algorithm)
        )
        return index, manifests[-1].upto if manifests else NOTHING

    def _layer(self, manifests: list[Manifest], place: int) -> Layer:
        manifest = manifests[place]
        known = self._files.get(manifest.file)
        if isinstance(known, VotesSegment) and manifest.state == ACTIVE:
            return known
        try:
            return self._checked(manifest)
        except SegmentError as error:
            self._leave_aside(error)
            return known if isinstance(known, MemoryLayer) else replacement(self.kind, manifests, place)

    def _checked(self, manifest: Manifest) -> VotesSegment:
        segment = opened_votes(manifest)
        try:
            segment.verify()
            segment.index()
        except SegmentError:
            self._failed.append(manifest.file)
            raise
        return segment


def batches(edits: Iterable[Edit]) -> Iterator[list[Edit]]:
    """Cut edits into lists of at most 10,000 and of about 4 MiB."""
    batch: list[Edit] = []
    size = 0
    for edit in edits:
        batch.append(edit)
        size += len(edit.value or b"")
        if len(batch) == CHUNK or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _states(manifests: list[Manifest]) -> tuple[tuple[str, str], ...]:
    return tuple((manifest.file, manifest.state) for manifest in manifests)


def apply(index: Following, edits: list[Edit]) -> None:
    """Apply edits in order. If a signal comes with a second value, the later one counts, and a line is logged.

    That happens where a rolled-back transaction was read, and its signal's number was given away again.
    """
    try:
        index.apply(edits)
    except ValueError:
        for edit in edits:
            _apply_one(index, edit)


def _apply_one(index: Following, edit: Edit) -> None:
    try:
        index.apply([edit])
    except ValueError as error:
        _log.warning("segments.value_replaced", signal=edit.id, why=str(error))
        index.apply([Edit(edit.id, None), edit])
