"""Hunts against faiss `IndexBinaryFlat.range_search`, all in one run, CPU time of one thread.

    python bench/bench_hunt.py --stored 50000000 --indexed 10000000

Without an index: `near` over chunks of a million stored hashes. With one: `Segment.search_many` for 10,000. Data:
uniform bits, which is the most work for both; one wanted hash in ten has a stored one 0 to 31 bits away. faiss compares
all pairs, so it is measured on a sample of them (`--sample` rows, 100 wanted) and its time is scaled by pairs. It
compares with "<", so its radius is 32.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from bench_index import flat_index, flip
from ischia.core.matching import build_segment, near, open_segment, warm

Values = npt.NDArray[np.uint8]
Found = set[tuple[int, int, int]]
RADIUS = 31
CHUNK = 1_000_000
SWEPT = 100
SEARCHED = 10_000
RUNS = 3
BILLION = 1e9


@dataclass(frozen=True)
class Figures:
    """CPU seconds of one way to hunt for `wanted` hashes among `stored`, and what faiss needs for the same pairs."""

    way: str
    wanted: int
    stored: int
    seconds: float
    flat_seconds: float
    pairs: int
    memory: str
    goal: float | None = None

    @property
    def ratio(self) -> float:
        return self.flat_seconds / self.seconds

    @property
    def a_billion(self) -> float:
        """CPU seconds for a billion stored hashes, as many wanted, at the measured rate."""
        return self.seconds * BILLION / self.stored


def uniform(count: int) -> Values:
    values = np.empty((count, 32), np.uint8)
    random = np.random.default_rng(1)
    for at in range(0, count, CHUNK):
        part = values[at : at + CHUNK]
        part[:] = random.integers(0, 256, part.shape, np.uint8)
    return values


def wanted_among(stored: Values, count: int) -> tuple[Values, npt.NDArray[np.int64]]:
    """Hashes of which every tenth is a stored one (its row is returned) with 0 to 31 bits changed."""
    random = np.random.default_rng(2)
    wanted = random.integers(0, 256, (count, 32), np.uint8)
    rows = random.integers(0, len(stored), count // 10)
    copies = stored[rows].copy()
    flip(copies, random.integers(0, RADIUS + 1, count // 10), random)
    wanted[::10] = copies
    return wanted, rows


def made(rows: npt.NDArray[np.int64]) -> set[tuple[int, int]]:
    """The pairs that `wanted_among` made."""
    return {(row, 10 * number) for number, row in enumerate(rows.tolist())}


def cpu(function: Callable[[], object], runs: int = RUNS) -> float:
    """The least CPU seconds of several runs: the machine is shared."""
    times = []
    for _ in range(runs):
        began = time.process_time()
        function()
        times.append(time.process_time() - began)
    return min(times)


def sweep(stored: Values, wanted: Values) -> Found:
    """Hunt chunk by chunk, as a job does that reads them from the database."""
    found: Found = set()
    for at in range(0, len(stored), CHUNK):
        pairs = near(stored[at : at + CHUNK], wanted, RADIUS)
        rows = (pairs.stored + at).tolist()
        found.update(zip(rows, pairs.wanted.tolist(), pairs.distances.tolist(), strict=True))
    return found


def flat_pairs(stored: Values, wanted: Values) -> tuple[float, Found]:
    """CPU seconds a pair of faiss, and what it finds."""
    flat = flat_index(stored)
    if flat is None:
        raise SystemExit("faiss is not installed: python -m pip install faiss-cpu")
    limits, distances, ids = flat.range_search(wanted, RADIUS + 1)
    seconds = cpu(lambda: flat.range_search(wanted, RADIUS + 1))
    places = np.repeat(np.arange(len(wanted)), np.diff(limits).astype(np.int64))
    found = zip(ids.tolist(), places.tolist(), distances.astype(int).tolist(), strict=True)
    return seconds / len(stored) / len(wanted), set(found)


def without_index(stored: Values, sample: int) -> tuple[list[Figures], float]:
    """Sweep everything for one and for a hundred, and a sample for ten thousand; check all pairs of the sample."""
    wanted, rows = wanted_among(stored, SWEPT)
    a_pair, expected = flat_pairs(stored[:sample], wanted)
    if sweep(stored[:sample], wanted) != expected:
        raise AssertionError("the sweep and faiss find different pairs")
    found = sweep(stored, wanted)
    if not made(rows) <= {pair[:2] for pair in found}:
        raise AssertionError("the sweep missed a pair that was made")
    figures = []
    for count, among, goal in ((1, len(stored), None), (SWEPT, len(stored), 3.0), (SEARCHED, CHUNK // 2, None)):
        some = wanted if count <= SWEPT else wanted_among(stored, count)[0]
        seconds = cpu(lambda some=some[:count], among=among: sweep(stored[:among], some), 2)  # type: ignore[misc]
        flat = a_pair * count * among
        memory = f"chunks of {CHUNK * 32 / 2**20:.0f} MiB, 9 B a pair found"
        figures.append(Figures("sweep", count, among, seconds, flat, count * among, memory, goal))
    return figures, a_pair


def with_index(stored: Values, a_pair: float, folder: Path) -> Figures:
    """Search the catalogue's segment for each of ten thousand; those that were made must all be found."""
    path = folder / "segment"
    build_segment(path, np.arange(len(stored)), stored)
    segment = open_segment(path, algorithm="pdq", version=1)
    segment.prefault()
    wanted, rows = wanted_among(stored, SEARCHED)
    found = segment.search_many(wanted, RADIUS)
    if not made(rows) <= set(zip(found.stored.tolist(), found.wanted.tolist(), strict=True)):
        raise AssertionError("the index missed a pair that was made")
    seconds = cpu(lambda: segment.search_many(wanted, RADIUS))
    pairs = SEARCHED * len(stored)
    memory = f"{path.stat().st_size / len(stored):.0f} B an entry, mapped"
    return Figures("index", SEARCHED, len(stored), seconds, a_pair * pairs, pairs, memory, 200.0)


def show(results: Sequence[Figures], sample: int, console: Console) -> None:
    title = f"Hunts at {RADIUS} of 256 bits, one thread, CPU seconds; faiss scaled from {SWEPT} x {sample:,}"
    table = Table(title=title)
    for heading in (
        "way", "wanted", "stored", "seconds", "ns/pair", "faiss seconds", "ratio", "goal", "memory",
        "seconds a billion",
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    for each in results:
        table.add_row(
            each.way,
            f"{each.wanted:,}",
            f"{each.stored:,}",
            f"{each.seconds:.3f}",
            f"{each.seconds / each.pairs * 1e9:.4f}",
            f"{each.flat_seconds:.2f}",
            f"{each.ratio:.1f}x",
            "-" if each.goal is None else f">= {each.goal:.0f}x",
            each.memory,
            f"{each.a_billion:,.0f}",
        )
    console.print(table)


def main(
    stored: int = 50_000_000, indexed: int = 10_000_000, sample: int = 5_000_000, *, console: Console | None = None
) -> list[Figures]:
    """Measure hunts with and without an index, print a table and return the figures."""
    console = console or Console()
    warm()
    values = uniform(max(stored, indexed))
    with TemporaryDirectory() as folder:
        results, a_pair = without_index(values[:stored], min(sample, stored))
        results.append(with_index(values[:indexed], a_pair, Path(folder)))
    show(results, min(sample, stored), console)
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stored", type=int, default=50_000_000)
    parser.add_argument("--indexed", type=int, default=10_000_000)
    parser.add_argument("--sample", type=int, default=5_000_000, help="stored hashes that faiss is measured on")
    given = parser.parse_args()
    main(given.stored, given.indexed, given.sample, console=Console(width=200))
