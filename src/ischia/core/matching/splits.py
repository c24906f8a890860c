"""How 256 bits are cut into the substrings of a multi-index, and which buckets a search visits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt

BITS = 256
PLAIN_SCAN_BELOW = 50_000
# Nanoseconds for one bucket visited and one record compared, fitted to 10 to 16 tables at 1 and 10 million entries.
BUCKET_COST = 40.0
RECORD_COST = 2.8
BYTES_AN_ENTRY = 300
BYTES_WITHOUT_TABLES = 40
BYTES_A_RECORD = 16
TABLE_COUNTS = range(10, 17)


@dataclass(frozen=True)
class Split:
    """Widths in bits of consecutive substrings, one per table; none at all means a plain scan."""

    widths: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.widths and (sum(self.widths) != BITS or not all(1 <= width <= 32 for width in self.widths)):
            raise ValueError(f"widths {self.widths} must be 1 to 32 bits each and sum to {BITS}")

    @property
    def starts(self) -> tuple[int, ...]:
        """Return the first bit of each substring."""
        return tuple(sum(self.widths[:table]) for table in range(len(self.widths)))

    @property
    def bases(self) -> tuple[int, ...]:
        """Tell where each table's 2 ** width + 1 offsets begin, and where the last ones end."""
        sizes = [2**width + 1 for width in self.widths]
        return tuple(sum(sizes[:table]) for table in range(len(sizes) + 1))


@dataclass(frozen=True)
class Probes:
    """What a search of one radius visits: XOR masks for each table, masks[spans[t]:spans[t + 1]] for table t.

    `reaches[t]` is one more than the number of bits by which the masks of table t differ, 0 if the table is skipped.
    """

    masks: npt.NDArray[np.uint64]
    spans: npt.NDArray[np.uint64]
    reaches: npt.NDArray[np.uint64]


def even_split(tables: int) -> Split:
    """Cut substrings whose widths differ by at most one bit."""
    narrow, wider = divmod(BITS, tables)
    return Split(tuple(narrow + 1 if table < wider else narrow for table in range(tables)))


def reaches_for(split: Split, radius: int, count: int) -> tuple[int, ...]:
    """Share radius + 1 among the tables so that a search costs least.

    By the pigeonhole principle a value within the radius is then found by a table t in fewer than reach[t] flipped
    bits of its substring. Each unit goes where it adds the least work; the additions of one table only grow.
    """
    reaches = [0] * len(split.widths)
    for _ in range(radius + 1):
        cheapest = min(range(len(reaches)), key=lambda table: _ring_cost(split.widths[table], reaches[table], count))
        reaches[cheapest] += 1
    return tuple(reaches)


def search_cost(split: Split, radius: int, count: int) -> float:
    """Estimate the nanoseconds of a search among `count` uniform values."""
    reaches = reaches_for(split, radius, count)
    return sum(
        _ring_cost(width, ring, count)
        for width, reach in zip(split.widths, reaches, strict=True)
        for ring in range(reach)
    )


def bytes_an_entry(split: Split, count: int) -> float:
    """Return the size of a segment file divided by its entries, without the header."""
    return BYTES_WITHOUT_TABLES + len(split.widths) * BYTES_A_RECORD + 4 * split.bases[-1] / count


def split_for(count: int, *, plain_below: int = PLAIN_SCAN_BELOW, radius: int = 31) -> Split:
    """Choose the cheapest split for `count` values within 300 bytes an entry; the smallest if none is."""
    if count < plain_below or count == 0:
        return Split(())
    splits = [even_split(tables) for tables in TABLE_COUNTS]
    small = [split for split in splits if bytes_an_entry(split, count) <= BYTES_AN_ENTRY]
    if not small:
        return min(splits, key=lambda split: bytes_an_entry(split, count))
    return min(small, key=lambda split: search_cost(split, radius, count))


@lru_cache(maxsize=256)
def probes_for(split: Split, radius: int, count: int) -> Probes:
    """List the buckets to visit, nearest addresses first within each table."""
    reaches = reaches_for(split, radius, count)
    tables = [_masks(width, reach) for width, reach in zip(split.widths, reaches, strict=True)]
    spans = np.concatenate(([0], np.cumsum([table.size for table in tables]))).astype(np.uint64)
    return Probes(np.concatenate(tables), spans, np.array(reaches, np.uint64))


@lru_cache(maxsize=256)
def _masks(width: int, reach: int) -> npt.NDArray[np.uint64]:
    masks = [sum(1 << bit for bit in bits) for flips in range(reach) for bits in combinations(range(width), flips)]
    return np.array(sorted(masks), np.uint64)


def _ring_cost(width: int, flips: int, count: int) -> float:
    return float(comb(width, flips) * (BUCKET_COST + count / 2**width * RECORD_COST))
