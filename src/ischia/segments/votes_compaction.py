"""Files of large values: which are merged with the newest changes, within a bound on memory.

Each file is more than eight times as large as the one after it, as a search costs much for each; but none holds more
than `LARGEST_SEGMENT` bytes of values, unless one value alone does, nor more than a signal for each KiB of that. A
file that is bad is built again for its own stretch of the log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from ischia.core.matching import Header, Layer, MemoryLayer, SegmentError, VotesSegment, build_votes, known_in
from ischia.core.matching.votes import Ids
from ischia.segments.compaction import Plan, kept_segments, log_rebuilding
from ischia.segments.kinds import index_class
from ischia.segments.models import Manifest
from ischia.segments.reading import LARGE_UNIT, NOTHING, FoldedData, Kind, folded_data, grown, opened_votes, reach

GROWTH: Final = 8
LARGEST_SEGMENT: Final = 512 << 20
"""Bytes of values. Building takes this much for the log's part, and what the kind's index takes while it is built."""


def plan_votes(kind: Kind, manifests: list[Manifest], *, newest: int, after: int) -> Plan | None:
    """Plan the next file if the log has grown by `after`, or one that takes the place of a bad one."""
    segments: list[VotesSegment] = []
    for place, manifest in enumerate(manifests):
        try:
            segments.append(opened_votes(manifest))
        except SegmentError as error:
            return _plan_repair(kind, manifests, place, error)
    since = manifests[-1].upto if manifests else NOTHING
    if grown(kind, since) < after:
        return None
    return _plan_compaction(kind, manifests, segments, since=since, newest=newest)


def replacement(kind: Kind, manifests: Sequence[Manifest], place: int) -> Layer:
    """Build in memory, from its stretch of the log, what the file of a manifest should hold."""
    log = _stretch(kind, manifests, place)
    return MemoryLayer(index_class(kind.algorithm), log.known, log.touched)


def _stretch(kind: Kind, manifests: Sequence[Manifest], place: int) -> FoldedData:
    after = manifests[place - 1].upto if place else NOTHING
    return folded_data(kind, after=after, upto=manifests[place].upto)


def _plan_repair(kind: Kind, manifests: list[Manifest], place: int, error: SegmentError) -> Plan:
    log_rebuilding(error)
    log = _stretch(kind, manifests, place)
    hidden = log.touched if place else log.touched[:0]
    return Plan(_writer(kind, log.known, (), hidden), [manifests[place]], manifests[place].upto, rebuilt=True)


def _plan_compaction(
    kind: Kind, manifests: list[Manifest], segments: Sequence[VotesSegment], *, since: int, newest: int
) -> Plan:
    upto = reach(kind, after=since, upto=newest, most=LARGEST_SEGMENT)
    log = folded_data(kind, after=since, upto=upto)
    size = _weight(sum(map(len, log.known.values())), log.touched.size)
    sizes = [_weight(segment.nbytes, max(len(segment), segment.retired.size)) for segment in segments]
    kept = kept_segments(sizes, size, growth=GROWTH, most=LARGEST_SEGMENT)
    merged = segments[kept:]
    for place, segment in enumerate(merged, start=kept):
        try:
            segment.verify()
        except SegmentError as error:
            return _plan_repair(kind, manifests, place, error)
    hidden = np.concatenate([log.touched, *(segment.retired for segment in merged)]) if kept else log.touched[:0]
    return Plan(_writer(kind, log.known, merged, hidden, log.touched), manifests[kept:], upto, rebuilt=False)


def _weight(size: int, signals: int) -> int:
    """Return the bytes of values, or more where they are small: retirements have none, and still cost readers time."""
    return max(size, LARGE_UNIT * signals)


def _writer(
    kind: Kind, known: Mapping[int, bytes], merged: Sequence[VotesSegment], hidden: Ids, touched: Ids | None = None
) -> Callable[[Path], Header]:
    """Return what writes the known values, and those of merged files about which the log says nothing."""
    everything = known_in([*merged, _Log(known, hidden[:0] if touched is None else touched)])
    return partial(
        build_votes,
        known=everything,
        kind=index_class(kind.algorithm),
        algorithm=kind.algorithm,
        version=kind.version,
        retired=hidden,
    )


class _Log:
    """What a stretch of the log comes to, as the newest layer; it has no index of its own."""

    def __init__(self, known: Mapping[int, bytes], touched: Ids) -> None:
        self._known = known
        self.ids: Ids = np.fromiter(sorted(known), np.int64, len(known))
        self.retired = touched

    def data_of(self, identity: int) -> bytes | None:
        return self._known.get(identity)
