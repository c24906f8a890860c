"""Exact search among 256-bit values by Hamming distance: immutable memory-mapped segments, live tail, tombstones.

`build_segment` writes a file, `open_segment` maps it, `LiveIndex` searches segments and what was added or retired
since as one; `index.search(query, 31).nearest(10).pairs()` gives the ten nearest as (id, distance). `build_votes`,
`open_votes` and `LiveVotes` do the same for large values, over whose index (`VotesIndex`) their kind decides.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ischia.core.matching.hits import MAX_RADIUS, VALUE_BYTES, BruteForce, Hits, Pairs, RadiusIndex
from ischia.core.matching.live import Edit, LiveIndex, live_entries
from ischia.core.matching.live_votes import LiveVotes
from ischia.core.matching.segment import Segment, build_segment, open_segment
from ischia.core.matching.segment_file import Header, SegmentError, read_header
from ischia.core.matching.splits import Split, even_split, split_for
from ischia.core.matching.sweep import near
from ischia.core.matching.tail import Tail
from ischia.core.matching.votes import Candidate, Known, Layer, MemoryLayer, VotesIndex, known_in
from ischia.core.matching.votes_file import VotesSegment, build_votes, open_votes

__all__ = [
    "MAX_RADIUS",
    "VALUE_BYTES",
    "BruteForce",
    "Candidate",
    "Edit",
    "Header",
    "Hits",
    "Known",
    "Layer",
    "LiveIndex",
    "LiveVotes",
    "MemoryLayer",
    "Pairs",
    "RadiusIndex",
    "Segment",
    "SegmentError",
    "Split",
    "Tail",
    "VotesIndex",
    "VotesSegment",
    "build_segment",
    "build_votes",
    "even_split",
    "known_in",
    "live_entries",
    "near",
    "open_segment",
    "open_votes",
    "read_header",
    "split_for",
    "warm",
]


def warm() -> None:
    """Compile, or load from numba's cache, every kernel: seconds the first time, then a fraction of one.

    Builds and searches two tiny segments in a temporary folder, so that the kernels see the very types of real ones.
    """
    ids, values = np.array([1], np.int64), np.zeros((1, VALUE_BYTES), np.uint8)
    with TemporaryDirectory() as folder:
        for split in (Split(()), even_split(16)):
            path = Path(folder) / f"warm-{len(split.widths)}"
            build_segment(path, ids, values, split=split)
            index = LiveIndex([open_segment(path, algorithm="pdq", version=1)])
            index.add(2, bytes(VALUE_BYTES))
            index.retire(2)
            index.search(bytes(VALUE_BYTES), MAX_RADIUS)
            index.search_many(values, MAX_RADIUS)
    near(values, values, MAX_RADIUS)
