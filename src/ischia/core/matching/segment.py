"""An immutable index in a memory-mapped file, shared by every process that opens it."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ischia.core.matching import kernels
from ischia.core.matching.hits import Hits, Pairs, as_words, checked_entries, checked_radius, query_words
from ischia.core.matching.segment_file import Header, SegmentFile, map_kind, write_segment
from ischia.core.matching.splits import Split, probes_for, split_for
from ischia.core.matching.sweep import near


class Segment(SegmentFile):
    """A search over the entries of one file. Safe for any number of threads; open one with `open_segment`."""

    def __init__(self, path: Path, header: Header, content: mmap.mmap) -> None:
        super().__init__(path, header, content)
        self.ids: npt.NDArray[np.int64] = self.section("ids", "<i8", header.count)
        self.rows: npt.NDArray[np.uint64] = self.section("rows", "<u8", 4 * header.count).reshape(-1, 4)
        self.retired: npt.NDArray[np.int64] = self.section("retired", "<i8", None)
        split = header.split
        self._offsets = self.section("offsets", "<u4", split.bases[-1])
        self._records = self.section("records", "<u8", 2 * header.count * len(split.widths))
        self._starts = np.array(split.starts, np.uint64)
        self._widths = np.array(split.widths, np.uint64)
        self._bases = np.array(split.bases, np.uint64)

    @property
    def values(self) -> npt.NDArray[np.uint8]:
        """Return uint8[n, 32] in the order of `ids`, which ascend."""
        return self.rows.view(np.uint8)

    def search(self, query: bytes, radius: int) -> Hits:
        """See `RadiusIndex.search`. Exact: multi-index hashing, or a plain scan if the file has no tables."""
        words = query_words(query, radius)
        if not self.header.split.widths:
            return Hits(*kernels.scan(words, np.uint64(radius), self.rows, self.ids))
        probes = probes_for(self.header.split, radius, self.header.count)
        found = kernels.search_tables(
            words,
            np.uint64(radius),
            self.rows,
            self.ids,
            self._offsets,
            self._records,
            self._starts,
            self._widths,
            self._bases,
            probes.masks,
            probes.spans,
            probes.reaches,
        )
        return Hits(*found)

    def search_many(self, queries: npt.NDArray[np.uint8], radius: int) -> Pairs:
        """Do as `search` for many queries, uint8[q, 32], in less time for each: table by table, in order of keys."""
        checked_radius(radius)
        words = as_words("queries", queries)
        if not self.header.split.widths:
            pairs = near(self.values, queries, radius)
            return pairs._replace(stored=self.ids[pairs.stored])
        parts = [self._search_table(table, words, radius) for table in range(len(self.header.split.widths))]
        return Pairs.joined(parts)

    def _search_table(self, table: int, queries: npt.NDArray[np.uint64], radius: int) -> Pairs:
        probes = probes_for(self.header.split, radius, self.header.count)
        keys = np.empty(len(queries), np.uint64)
        kernels.keys_of(queries, self._starts[table], self._widths[table], keys)
        places, distances = kernels.search_table(
            queries,
            np.argsort(keys, kind="stable"),
            np.uint64(radius),
            np.uint64(table),
            self.rows,
            self._offsets,
            self._records,
            self._starts,
            self._widths,
            self._bases,
            probes.masks,
            probes.spans,
            probes.reaches,
        )
        rows, wanted = np.divmod(places, max(1, len(queries)))
        return Pairs(self.ids[rows], wanted, distances)

    def row_of(self, identity: int) -> int | None:
        """Return the row of the entry with this id, or None."""
        row = int(np.searchsorted(self.ids, identity))
        return row if row < len(self) and self.ids[row] == identity else None


def open_segment(path: Path, *, algorithm: str, version: int) -> Segment:
    """Open a file after checking its header and size, in constant time; SegmentError if it cannot be trusted.

    The content is checked by `Segment.verify`; until then a damaged file may miss matches but cannot crash a search.
    """
    header, content = map_kind(path, algorithm=algorithm, version=version)
    return Segment(path, header, content)


def build_segment(
    path: Path,
    ids: npt.NDArray[np.int64],
    values: npt.NDArray[np.uint8],
    *,
    algorithm: str = "pdq",
    version: int = 1,
    retired: npt.NDArray[np.int64] | None = None,
    split: Split | None = None,
) -> Header:
    """Write a segment of ids, int64[n] without repetition, and values, uint8[n, 32]; returns its header.

    `retired` are ids that this segment hides in older ones. `split` replaces the choice made from n.
    Raises ValueError for arrays that do not fit and OSError if the disk refuses; `path` then stays as it was.
    """
    rows = checked_entries(ids, values)
    if ids.size >= 2**32:
        raise ValueError(f"a segment holds fewer than 2**32 entries, got {ids.size}")
    if not np.all(ids[1:] > ids[:-1]):
        order = np.argsort(ids, kind="stable")
        ids, rows = ids[order], rows[order]
        if np.any(ids[1:] == ids[:-1]):
            raise ValueError("ids repeat: an entry has one value")
    chosen = split_for(ids.size) if split is None else split
    hidden = np.empty(0, np.int64) if retired is None else np.unique(retired)
    sections = _sections(ids, rows, hidden, chosen)
    return write_segment(path, algorithm=algorithm, version=version, count=ids.size, split=chosen, sections=sections)


def _sections(
    ids: npt.NDArray[np.int64], rows: npt.NDArray[np.uint64], retired: npt.NDArray[np.int64], split: Split
) -> Iterator[tuple[str, Any]]:
    yield "ids", [ids]
    yield "retired", [retired]
    yield "rows", [rows]
    offsets: list[npt.NDArray[np.uint32]] = []
    yield "records", _records(rows, split, offsets)
    yield "offsets", offsets


def _records(
    rows: npt.NDArray[np.uint64], split: Split, offsets: list[npt.NDArray[np.uint32]]
) -> Iterator[npt.NDArray[np.uint64]]:
    """Yield the records of each table in bucket order; append the table's offsets on the way."""
    records = np.empty(2 * len(rows), np.uint64)
    for start, width in zip(split.starts, split.widths, strict=True):
        bounds = np.empty(2**width + 1, np.uint32)
        kernels.count_buckets(rows, np.uint64(start), np.uint64(width), bounds)
        kernels.fill_buckets(rows, np.uint64(start), np.uint64(width), bounds[:-1].copy(), records)
        offsets.append(bounds)
        yield records
