"""Which segments are merged with the newest changes, and what the new one holds.

Each segment is kept more than twice as large as the one after it, so that every entry is rewritten only about
log2(N / 50,000) times and a search visits no more segments than that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import structlog

from ischia.core.matching import Header, Segment, SegmentError, build_segment, live_entries
from ischia.segments.models import Manifest
from ischia.segments.reading import NOTHING, Folded, Kind, folded, grown, opened

GROWTH = 2

_log = structlog.get_logger("ischia.segments")


@dataclass(frozen=True)
class Plan:
    """A segment to be written: how, the manifests that it replaces, and the position up to which it answers."""

    write: Callable[[Path], Header]
    replaced: list[Manifest]
    upto: int
    rebuilt: bool


def plan_radius(kind: Kind, manifests: list[Manifest], *, newest: int, after: int) -> Plan | None:
    """Plan the next segment of a radius index if the log has grown by `after`, or all anew if a file is bad."""
    since = manifests[-1].upto if manifests else NOTHING
    try:
        segments = [opened(manifest) for manifest in manifests]
        if grown(kind, since) < after:
            return None
        return plan_compaction(kind, manifests, segments, since=since, upto=newest)
    except SegmentError as error:
        log_rebuilding(error)
        return plan_rebuild(kind, manifests, upto=newest)


def plan_rebuild(kind: Kind, manifests: list[Manifest], *, upto: int) -> Plan:
    """Start from the change log alone; every manifest is replaced."""
    log = folded(kind, after=NOTHING, upto=upto)
    return Plan(_writer(kind, log.ids, log.values, log.touched[:0]), manifests, upto, rebuilt=True)


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
    return Plan(_writer(kind, ids, values, hidden), manifests[kept:], upto, rebuilt=False)


def kept_segments(sizes: Sequence[int], new: int, *, growth: int = GROWTH, most: int | None = None) -> int:
    """Tell how many of the oldest segments (sizes oldest first) stay as they are when `new` signals have changed.

    Each that stays is more than `growth` times as large as all that is newer, unless the merge came out larger than
    `most`, in the unit of the sizes.
    """
    kept = len(sizes)
    while kept and sizes[kept - 1] <= growth * new and (most is None or sizes[kept - 1] + new <= most):
        kept -= 1
        new += sizes[kept]
    return kept


def log_rebuilding(error: SegmentError) -> None:
    """Leave a line for the operator."""
    _log.error("segments.rebuilding", file=str(error.path), what=error.what, source="the change log")


def write(plan: Plan, path: Path) -> Header:
    """Write the planned segment to `path` and to disk."""
    return plan.write(path)


def _writer(
    kind: Kind, ids: npt.NDArray[np.int64], values: npt.NDArray[np.uint8], hidden: npt.NDArray[np.int64]
) -> Callable[[Path], Header]:
    return partial(
        build_segment, ids=ids, values=values, algorithm=kind.algorithm, version=kind.version, retired=hidden
    )


def _weight(segment: Segment) -> int:
    return max(len(segment), segment.retired.size)


def _merge(segments: Sequence[Segment], log: Folded) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    ids, values = live_entries(segments)
    untouched = np.isin(ids, log.touched, invert=True)
    return np.concatenate([ids[untouched], log.ids]), np.concatenate([values[untouched], log.values])
