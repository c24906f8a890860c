"""The radius index against faiss `IndexBinaryFlat.range_search`, both in one run, CPU time of one thread.

    python bench/bench_index.py --sizes 1000000,10000000

Data: uniform bits; and clusters as a bank of perceptual hashes has them, N/20 centres of 128 ones, half of the entries
spread evenly over them and half by Zipf's law, each 0 to 60 flips away, with one cluster of 2.64 % (264,000 of 10
million) and runs of exact duplicates of every power of two. Queries: every other one a stored value with 0 to 31 flips,
the others fresh. faiss compares with "<", so its radius is 32.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from ischia.core.matching import BruteForce, LiveIndex, Segment, build_segment, open_segment, warm

Values = npt.NDArray[np.uint8]
RADIUS = 31
QUERIES = 1000
FLAT_QUERIES = 40
TRUTH_QUERIES = 200
BRUTE_QUERIES = 5
LARGEST_SHARE = 0.0264
LARGEST_DUPLICATES = 2**13
MICRO, MILLI = 1e-3, 1e-6
GOALS = {1_000_000: 15.0, 10_000_000: 75.0}


@dataclass(frozen=True)
class Figures:
    """What one size and kind of data gave; times in the units that the names say."""

    count: int
    kind: str
    tables: int
    pairs: int
    recall: float
    median_us: float
    p99_us: float
    p99_to_100_hits_us: float
    flat_us: float | None
    build_us: float
    entry_bytes: float
    open_ms: float
    add_ms: float

    @property
    def ratio(self) -> float | None:
        return None if self.flat_us is None else self.flat_us / self.median_us


@numba.njit
def flip(values: Any, flips: Any, random: Any) -> None:
    for row in range(values.shape[0]):
        done = np.zeros(32, np.uint8)
        left = flips[row]
        while left:
            bit = random.integers(0, 256)
            mask = np.uint8(1 << (bit & 7))
            if not done[bit >> 3] & mask:
                done[bit >> 3] |= mask
                left -= 1
        for byte in range(32):
            values[row, byte] ^= done[byte]


def balanced(count: int, seed: int) -> Values:
    """Values of exactly 128 ones, as PDQ's median makes them."""
    values = np.zeros((count, 32), np.uint8)
    flip(values, np.full(count, 128), np.random.default_rng(seed))
    return values


def uniform(count: int) -> Values:
    return np.random.default_rng(1).integers(0, 256, (count, 32), np.uint8)


def clustered(count: int) -> Values:
    random = np.random.default_rng(2)
    centres = balanced(count // 20, 3)
    weights = 1 / np.arange(1, len(centres) + 1)
    largest, half = int(count * LARGEST_SHARE), count // 2
    zipf = np.searchsorted(np.cumsum(weights) / weights.sum(), random.random(half - largest))
    even = random.integers(0, len(centres), count - half)
    # Centre 0 gets the largest cluster; what Zipf's law would give it goes to the others.
    members = np.concatenate([np.zeros(largest, np.int64), np.where(zipf == 0, even[: zipf.size], zipf), even])
    values: Values = centres[members]
    flip(values, random.integers(0, 61, count), random)
    size, end = LARGEST_DUPLICATES, count
    while size:
        values[end - size : end] = values[end - 1]
        size, end = size // 2, end - size
    return values


def queries_for(values: Values) -> Values:
    random = np.random.default_rng(5)
    queries = balanced(QUERIES, 6)
    near = values[random.integers(0, len(values), QUERIES // 2)].copy()
    near[0] = values[-1]
    flip(near, random.integers(0, RADIUS + 1, QUERIES // 2), random)
    queries[::2] = near
    return queries


def cpu_times(search: Callable[[int], object], count: int) -> npt.NDArray[np.float64]:
    """CPU nanoseconds of the thread for each of `count` searches."""
    times = np.empty(count)
    for query in range(count):
        began = time.thread_time_ns()
        search(query)
        times[query] = time.thread_time_ns() - began
    return times


def flat_index(values: Values) -> Any | None:
    try:
        import faiss
    except ImportError:
        return None
    faiss.omp_set_num_threads(1)
    index = faiss.IndexBinaryFlat(256)
    index.add(values)
    return index


def recall_of(segment: Segment, values: Values, queries: Values, flat: Any | None) -> tuple[float, int]:
    """Share of the true (query, entry, distance) that the index returns, and their number; 0 for an invention."""
    brute = BruteForce(np.arange(len(values)), values)
    found = true = 0
    for number, query in enumerate(queries[: TRUTH_QUERIES if flat is not None else BRUTE_QUERIES]):
        if number < BRUTE_QUERIES:
            wanted = set(brute.search(query.tobytes(), RADIUS).pairs())
        else:
            _, distances, ids = flat.range_search(query[None], RADIUS + 1)  # type: ignore[union-attr]
            wanted = set(zip(ids.tolist(), distances.astype(int).tolist(), strict=True))
        given = segment.search(query.tobytes(), RADIUS).pairs()
        if len(given) != len(set(given)) or not set(given) <= wanted:
            return 0.0, len(wanted)
        found, true = found + len(given), true + len(wanted)
    return (found / true if true else 1.0), true


def build(path: Path, values: Values) -> float:
    """Build the segment; CPU microseconds an entry."""
    began = time.process_time()
    build_segment(path, np.arange(len(values)), values)
    return (time.process_time() - began) / len(values) * 1e6


def open_time(path: Path) -> float:
    times = []
    for _ in range(20):
        began = time.perf_counter_ns()
        open_segment(path, algorithm="pdq", version=1)
        times.append(time.perf_counter_ns() - began)
    return float(np.median(times)) * MILLI


def add_time(segment: Segment) -> float:
    """Milliseconds from the call that adds an entry until a search has returned it."""
    index, times = LiveIndex([segment]), []
    for number in range(50):
        value = np.random.default_rng(number).bytes(32)
        began = time.perf_counter_ns()
        index.add(10**12 + number, value)
        found = index.search(value, RADIUS).ids
        times.append(time.perf_counter_ns() - began)
        assert 10**12 + number in found
    return float(np.median(times)) * MILLI


def measure(count: int, kind: str, values: Values, folder: Path) -> Figures:
    path = folder / f"{kind}-{count}"
    build_us = build(path, values)
    segment = open_segment(path, algorithm="pdq", version=1)
    segment.prefault()
    queries = queries_for(values)
    contents = [query.tobytes() for query in queries]
    hits = np.array([len(segment.search(content, RADIUS)) for content in contents])
    # The least of three runs for each query: the machine is shared.
    runs = [cpu_times(lambda number: segment.search(contents[number], RADIUS), QUERIES) for _ in range(3)]
    times = np.min(runs, axis=0) * MICRO
    flat = flat_index(values)
    flat_us = None
    if flat is not None:
        flat_times = cpu_times(lambda number: flat.range_search(queries[number : number + 1], RADIUS + 1), FLAT_QUERIES)
        flat_us = float(np.median(flat_times)) * MICRO
    recall, pairs = recall_of(segment, values, queries, flat)
    figures = Figures(
        count=count,
        kind=kind,
        tables=len(segment.header.split.widths),
        pairs=pairs,
        recall=recall,
        median_us=float(np.median(times)),
        p99_us=float(np.percentile(times, 99)),
        p99_to_100_hits_us=float(np.percentile(times[hits <= 100], 99)),
        flat_us=flat_us,
        build_us=build_us,
        entry_bytes=path.stat().st_size / count,
        open_ms=open_time(path),
        add_ms=add_time(segment),
    )
    path.unlink()
    return figures


def show(results: Sequence[Figures], console: Console) -> None:
    table = Table(title=f"Radius index at {RADIUS} of 256 bits, one thread, CPU time")
    for heading in (
        "entries", "data", "tables", "recall", "pairs", "median us", "p99 us", "p99 us, <= 100 hits", "faiss flat us",
        "ratio", "goal", "build us/entry", "bytes/entry", "open ms", "add to match ms",
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    for each in results:
        goal = GOALS.get(each.count)
        table.add_row(
            f"{each.count:,}",
            each.kind,
            str(each.tables),
            f"{each.recall:.6f}",
            f"{each.pairs:,}",
            f"{each.median_us:.1f}",
            f"{each.p99_us:.1f}",
            f"{each.p99_to_100_hits_us:.1f}",
            "faiss absent" if each.flat_us is None else f"{each.flat_us:,.0f}",
            "-" if each.ratio is None else f"{each.ratio:.0f}x",
            "-" if goal is None else f">= {goal:.0f}x",
            f"{each.build_us:.2f}",
            f"{each.entry_bytes:.1f}",
            f"{each.open_ms:.2f}",
            f"{each.add_ms:.3f}",
        )
    console.print(table)


def main(sizes: Sequence[int] = (1_000_000, 10_000_000), *, console: Console | None = None) -> list[Figures]:
    """Measure every size on uniform and clustered data, print a table and return the figures."""
    console = console or Console()
    warm()
    results = []
    with TemporaryDirectory() as folder:
        for count in sizes:
            for kind, make in (("uniform", uniform), ("clustered", clustered)):
                with console.status(f"{count:,} entries, {kind}"):
                    results.append(measure(count, kind, make(count), Path(folder)))
    show(results, console)
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="1000000,10000000", help="entries, separated by commas")
    main([int(size) for size in parser.parse_args().sizes.split(",")], console=Console(width=200))
