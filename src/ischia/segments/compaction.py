"""Which segments are merged with the newest changes, and what the new one holds.

Each segment is kept more than twice as large as the one after it, so that every entry is rewritten only about
log2(N / 50,000) times and a search visits no more segments than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ischia.core.matching import Header, Segment, build_segment, live_entries
from ischia.segments.models import Manifest
from ischia.segments.reading import NOTHING, Folded, Kind, folded

GROWTH = 2


@dataclass(frozen=True)
class Plan:
    """A segment to be written: ids int64[n], values uint8[n, 32], ids that it hides, the manifests that it replaces."""

    ids: npt.NDArray[np.int64]
    values: npt.NDArray[np.uint8]
    hidden: npt.NDArray[np.int64]
    replaced: list[Manifest]
    upto: int
    rebuilt: bool


def plan_rebuild(kind: Kind, manifests: list[Manifest], *, upto: int) -> Plan:
    """Start from the change log alone; every manifest is replaced."""
    log = folded(kind, after=NOTHING, upto=upto)
    return Plan(log.ids, log.values, np.empty(0, np.int64), manifests, upto, rebuilt=True)


def plan_compaction(
    kind: Kind, manifests: list[Manifest], segments: Sequence[Segment], *, since: int, upto: int
) -> Plan:
    """Merge the changes after `since` with as many of the newest segments as are not much larger.

    Raises `SegmentError` if one of those fails its checksums.
    """
    log = folded(kind, after=since, upto=upto)
    kept = kept_segments([_weight(segment) for segment in segments], len(log.touched))
    merged = segments[kept:]
    for segment in merged:
        # What is copied gets a new checksum, so its old one is checked first.
        segment.verify()
    ids, values = _merge(merged, log)
    hidden = np.concatenate([log.touched, *(segment.retired for segment in merged)]) if kept else log.touched[:0]
    return Plan(ids, values, hidden, manifests[kept:], upto, rebuilt=False)


def kept_segments(sizes: Sequence[int], new: int) -> int:
    """Tell how many of the oldest segments (sizes oldest first) stay as they are when `new` signals have changed."""
    kept = len(sizes)
    while kept and sizes[kept - 1] <= GROWTH * new:
        kept -= 1
        new += sizes[kept]
    return kept


def write(plan: Plan, path: Path, kind: Kind) -> Header:
    """Write the planned segment to `path` and to disk."""
    return build_segment(
        path, plan.ids, plan.values, algorithm=kind.algorithm, version=kind.version, retired=plan.hidden
    )


def _weight(segment: Segment) -> int:
    return max(len(segment), segment.retired.size)


def _merge(segments: Sequence[Segment], log: Folded) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    ids, values = live_entries(segments)
    untouched = np.isin(ids, log.touched, invert=True)
    return np.concatenate([ids[untouched], log.ids]), np.concatenate([values[untouched], log.values])
