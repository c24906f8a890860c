"""How manifests and the change log become segments and edits of an index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from django.db.models import QuerySet

from ischia.base.config import config
from ischia.core.matching import VALUE_BYTES, Edit, Segment, SegmentError, open_segment
from ischia.core.signals import TYPES
from ischia.segments.models import ADD, DAMAGED, SUPERSEDED, Change, Manifest

NOTHING = -1
CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Kind:
    """Values that may be compared with each other: one algorithm in one version."""

    algorithm: str
    version: int


@dataclass(frozen=True, slots=True)
class LoggedChange:
    """A row of the change log as the index reads it; `position` is None until the sequencer has seen it."""

    id: int
    position: int | None
    edit: Edit


def kind_of(algorithm: str) -> Kind:
    """Return the algorithm in the version that this program computes."""
    return Kind(algorithm, TYPES[algorithm].version)


def path_of(file: str) -> Path:
    """Tell where a segment's file lies."""
    return config().folder("segments") / file


def changes(kind: Kind) -> QuerySet[Change]:
    """Select all changes of one kind."""
    return Change.objects.filter(algorithm=kind.algorithm, version=kind.version)


def manifests_of(kind: Kind) -> list[Manifest]:
    """List the manifests in use, oldest first, damaged ones among them."""
    rows = Manifest.objects.filter(algorithm=kind.algorithm, version=kind.version).exclude(state=SUPERSEDED)
    return list(rows.order_by("id"))


def opened(manifest: Manifest) -> Segment:
    """Open a manifest's file; `SegmentError` if it is missing, damaged, or another one than the manifest means."""
    path = path_of(manifest.file)
    if manifest.state == DAMAGED:
        raise SegmentError(path, "its content failed a checksum")
    segment = open_segment(path, algorithm=manifest.algorithm, version=manifest.version)
    if segment.header.digest != bytes(manifest.digest):
        raise SegmentError(path, "its header is not the one that the manifest names")
    return segment


def changes_after(kind: Kind, position: int, *, stream: bool = False) -> Iterator[LoggedChange]:
    """Read the changes past a position and those without one, in an order that is right for each signal.

    What waits is read first, so that no change can hide by being given its position meanwhile. It comes last: a
    signal's own changes are made one after the other, so that its waiting ones are the youngest, and their ids ascend.
    `stream` spares memory where there may be millions, and costs PostgreSQL a cursor.
    """
    waiting = {row[0]: row for row in _rows(changes(kind).filter(position=None).order_by("id"))}
    placed = _rows(changes(kind).filter(position__gt=position).order_by("position"))
    for row in placed.iterator(CHUNK) if stream else placed:
        waiting.pop(row[0], None)
        yield _logged(row)
    yield from map(_logged, waiting.values())


Row = tuple[int, int | None, int, bytes | memoryview, str]


def _rows(query: QuerySet[Change]) -> QuerySet[Change, Row]:
    return query.values_list("id", "position", "signal", "value", "op")


def _logged(row: Row) -> LoggedChange:
    change, position, signal, value, op = row
    return LoggedChange(change, position, Edit(signal, bytes(value) if op == ADD else None))


@dataclass(frozen=True)
class Folded:
    """What a stretch of the log comes to: `ids` and `values` live at its end, `touched` are all that it speaks of."""

    ids: npt.NDArray[np.int64]
    values: npt.NDArray[np.uint8]
    touched: npt.NDArray[np.int64]


def folded(kind: Kind, *, after: int, upto: int) -> Folded:
    """Fold the changes with `after` < position <= `upto`; the last one of each signal counts."""
    rows = changes(kind).filter(position__gt=after, position__lte=upto).order_by("position")
    signals, values, alive = _columns(rows.values_list("signal", "value", "op").iterator(CHUNK), rows.count())
    # Of equal signals the last: unique() reports the first, so it is asked about the reversed array.
    touched, from_the_end = np.unique(signals[::-1], return_index=True)
    last = signals.size - 1 - from_the_end
    kept = last[alive[last]]
    return Folded(signals[kept], values[kept], touched)


def _columns(
    rows: Iterator[tuple[int, bytes | memoryview[int], str]], count: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    signals, alive = np.empty(count, np.int64), np.empty(count, np.bool_)
    values = np.empty((count, VALUE_BYTES), np.uint8)
    for row, (signal, value, op) in enumerate(rows):
        signals[row], alive[row] = signal, op == ADD
        values[row] = np.frombuffer(value, np.uint8)
    return signals, values, alive
