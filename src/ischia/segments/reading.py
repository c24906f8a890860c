"""How manifests and the change log become segments and edits of an index."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Length

from ischia.base.config import config
from ischia.core.matching import VALUE_BYTES, Edit, Segment, SegmentError, VotesSegment, open_segment, open_votes
from ischia.core.signals import TYPES
from ischia.core.signals.frames import FRAME, row_ids, unpack, worth_searching
from ischia.segments.kinds import index_class
from ischia.segments.models import ADD, DAMAGED, SUPERSEDED, Change, Manifest

NOTHING = -1
CHUNK = 10_000
LARGE_CHUNK = 200
LARGE_UNIT: Final = 1024
"""Bytes of a large signal that weigh as much as one small one when it is asked whether the log has grown enough."""
FRAMES: Final = "frames"
Source = Callable[[Sequence[int]], Iterable[tuple[int, bytes]]]
SOURCES: Final[dict[str, Source]] = {}
"""For kinds of large signals that are kept elsewhere as well: what gives the bytes of those with these ids."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Values that may be compared with each other: one algorithm in one version."""

    algorithm: str
    version: int

    @property
    def votes(self) -> bool:
        """Whether values are large and found by what they share; else they are found by distance."""
        return TYPES[self.algorithm].search == "votes"

    @property
    def large(self) -> bool:
        """Whether the log holds the bytes of a large signal instead of a value of 32 bytes."""
        return self.votes or self.algorithm == FRAMES

    @property
    def chunk(self) -> int:
        """How many changes are read at a time."""
        return LARGE_CHUNK if self.large else CHUNK

    def edits(self, signal: int, value: bytes, *, alive: bool) -> tuple[Edit, ...]:
        """Return what a change does to the index: a signal of frames has a row for each that says something."""
        if self.algorithm != FRAMES:
            return (Edit(signal, value if alive else None),)
        ids, values = frame_rows(signal, value)
        rows = zip(ids.tolist(), values, strict=True)
        return tuple(Edit(identity, row.tobytes() if alive else None) for identity, row in rows)


@dataclass(frozen=True, slots=True)
class LoggedChange:
    """A row of the change log as the index reads it; `position` is None until the sequencer has seen it.

    `mark` tells changes apart that got the same id, one of them in a transaction that was rolled back.
    """

    id: int
    position: int | None
    mark: bytes
    edits: tuple[Edit, ...]


def kind_of(algorithm: str, version: int | None = None) -> Kind:
    """Return the algorithm in the version that this program computes, or in another one."""
    return Kind(algorithm, TYPES[algorithm].version if version is None else version)


def path_of(file: str) -> Path:
    """Tell where a segment's file lies."""
    return config().folder("segments") / file


def changes(kind: Kind) -> QuerySet[Change]:
    """Select all changes of one kind."""
    return Change.objects.filter(algorithm=kind.algorithm, version=kind.version)


def between(kind: Kind, after: int, upto: int) -> QuerySet[Change]:
    """Select the changes with `after` < position <= `upto`, in their order."""
    return changes(kind).filter(position__gt=after, position__lte=upto).order_by("position")


def grown(kind: Kind, since: int) -> int:
    """Count the changes past a position; large ones weigh by their bytes: see `LARGE_UNIT`, and each frame as one."""
    newer = changes(kind).filter(position__gt=since)
    if not kind.large:
        return newer.count()
    sums = newer.aggregate(changes=Count("id"), size=Sum(Length("value")))
    size: int = sums["size"] or 0
    return max(int(sums["changes"]), size // (LARGE_UNIT if kind.votes else FRAME.itemsize))


def manifests_of(kind: Kind) -> list[Manifest]:
    """List the manifests in use in the order of what they answer for, damaged ones among them."""
    rows = Manifest.objects.filter(algorithm=kind.algorithm, version=kind.version).exclude(state=SUPERSEDED)
    return list(rows.order_by("upto", "id"))


def opened(manifest: Manifest) -> Segment:
    """Open a manifest's file; `SegmentError` if it is missing, damaged, or another one than the manifest means."""
    path = _whole(manifest)
    segment = open_segment(path, algorithm=manifest.algorithm, version=manifest.version)
    _check_digest(manifest, path, segment.header.digest)
    return segment


def opened_votes(manifest: Manifest) -> VotesSegment:
    """Do as `opened` for a file of large values; it has to be verified before it is searched."""
    path, kind = _whole(manifest), index_class(manifest.algorithm)
    segment = open_votes(path, kind, algorithm=manifest.algorithm, version=manifest.version)
    _check_digest(manifest, path, segment.header.digest)
    return segment


def _whole(manifest: Manifest) -> Path:
    path = path_of(manifest.file)
    if manifest.state == DAMAGED:
        raise SegmentError(path, "its content failed a checksum")
    return path


def _check_digest(manifest: Manifest, path: Path, digest: bytes) -> None:
    if digest != bytes(manifest.digest):
        raise SegmentError(path, "its header is not the one that the manifest names")


def changes_after(kind: Kind, position: int, *, stream: bool = False) -> Iterator[LoggedChange]:
    """Read the changes past a position and those without one, in an order that is right for each signal.

    What waits is read first, so that no change can hide by being given its position meanwhile. It comes last: a
    signal's own changes are made one after the other, so that its waiting ones are the youngest, and their ids ascend.
    `stream` spares memory where there may be millions, and costs PostgreSQL a cursor.
    """
    waiting = {row[0]: row for row in _rows(changes(kind).filter(position=None).order_by("id"))}
    placed = _rows(changes(kind).filter(position__gt=position).order_by("position"))
    for row in placed.iterator(kind.chunk) if stream else placed:
        waiting.pop(row[0], None)
        yield _logged(kind, row)
    for row in waiting.values():
        yield _logged(kind, row)


Row = tuple[int, int | None, int, bytes | memoryview, str]


def _rows(query: QuerySet[Change]) -> QuerySet[Change, Row]:
    return query.values_list("id", "position", "signal", "value", "op")


def _logged(kind: Kind, row: Row) -> LoggedChange:
    change, position, signal, value, op = row
    content = bytes(value)
    mark = b"%s %d %s" % (op.encode(), signal, hashlib.sha256(content).digest() if kind.large else content)
    return LoggedChange(change, position, mark, kind.edits(signal, content, alive=op == ADD))


def frame_rows(signal: int, data: bytes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Return ids int64[n] and hashes uint8[n, 32] of the frames of a signal that are searched."""
    frames = unpack(data)
    kept = worth_searching(frames)
    return row_ids(signal, len(frames))[kept], frames["pdq"][kept]


@dataclass(frozen=True)
class Folded:
    """What a stretch of the log comes to: `ids` and `values` live at its end, `touched` are all that it speaks of."""

    ids: npt.NDArray[np.int64]
    values: npt.NDArray[np.uint8]
    touched: npt.NDArray[np.int64]


def folded(kind: Kind, *, after: int, upto: int) -> Folded:
    """Fold the changes with `after` < position <= `upto`; the last one of each id counts."""
    rows = between(kind, after, upto)
    columns = _frame_columns if kind.algorithm == FRAMES else _columns
    ids, values, alive = columns(rows.values_list("signal", "value", "op").iterator(kind.chunk), rows.count())
    # Of equal ids the last: unique() reports the first, so it is asked about the reversed array.
    touched, from_the_end = np.unique(ids[::-1], return_index=True)
    last = ids.size - 1 - from_the_end
    kept = last[alive[last]]
    return Folded(ids[kept], values[kept], touched)


Columns = tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8], npt.NDArray[np.bool_]]
Triples = Iterator[tuple[int, bytes | memoryview, str]]


def _columns(rows: Triples, count: int) -> Columns:
    signals, alive = np.empty(count, np.int64), np.empty(count, np.bool_)
    values = np.empty((count, VALUE_BYTES), np.uint8)
    for row, (signal, value, op) in enumerate(rows):
        signals[row], alive[row] = signal, op == ADD
        values[row] = np.frombuffer(value, np.uint8)
    return signals, values, alive


def _frame_columns(rows: Triples, _count: int) -> Columns:
    ids, values, alive = [np.empty(0, np.int64)], [np.empty((0, VALUE_BYTES), np.uint8)], [np.empty(0, np.bool_)]
    for signal, value, op in rows:
        row_ids_, hashes = frame_rows(signal, bytes(value))
        ids.append(row_ids_)
        values.append(hashes)
        alive.append(np.full(row_ids_.size, op == ADD))
    return np.concatenate(ids), np.concatenate(values), np.concatenate(alive)


@dataclass(frozen=True)
class FoldedData:
    """What a stretch of the log of large values comes to: bytes of those that live, and all ids it speaks of."""

    known: dict[int, bytes]
    touched: npt.NDArray[np.int64]


def folded_data(kind: Kind, *, after: int, upto: int) -> FoldedData:
    """Fold the changes with `after` < position <= `upto`; only the bytes of what lives at the end are read.

    Bytes that the log has let go (`verbs.let_go`) come from the kind's source. What that does not have either was
    retired since, and is left out.
    """
    rows = between(kind, after, upto).values_list("signal", "position", "op")
    last = {signal: (position, op) for signal, position, op in rows.iterator(CHUNK)}
    places = sorted(position for position, op in last.values() if op == ADD and position is not None)
    known: dict[int, bytes] = {}
    for at in range(0, len(places), LARGE_CHUNK):
        values = changes(kind).filter(position__in=places[at : at + LARGE_CHUNK]).values_list("signal", "value")
        logged = {signal: bytes(value) for signal, value in values}
        known.update((signal, value) for signal, value in logged.items() if value)
        known.update(_from_source(kind, [signal for signal, value in logged.items() if not value]))
    return FoldedData(known, np.fromiter(sorted(last), np.int64, len(last)))


def _from_source(kind: Kind, signals: list[int]) -> Iterator[tuple[int, bytes]]:
    if signals and kind.algorithm not in SOURCES:
        raise LookupError(f"the log let go of {kind.algorithm} and nothing says where it is kept: fill SOURCES")
    yield from SOURCES[kind.algorithm](signals) if signals else ()


def reach(kind: Kind, *, after: int, upto: int, most: int) -> int:
    """Return how far the log can be read from a position without taking up more than `most` bytes, or one change."""
    total = 0
    reached = after
    for position, size in between(kind, after, upto).values_list("position", Length("value")).iterator(CHUNK):
        total += size
        if total > most and reached != after:
            break
        reached = position
    return reached
