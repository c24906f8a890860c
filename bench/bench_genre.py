"""Genre: what the shipped model does with texts that were held out of its training, and how long a text takes.

    python bench/bench_genre.py [--corpus benign.jsonl]

The corpus holds rows with `text`, `genre`, `source` and `ref`; without it only the made-up sentences are tested.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))
from tools.train_genre import benign, made

from ischia.core.text.genre import GENRES, lowers, shipped
from ischia.core.text.genre.training import Row

SHARED = Path(__file__).parents[2] / "shared" / "data" / "text" / "benign.jsonl"
CONSOLE = Console(width=118)


def examined(rows: list[Row], title: str) -> None:
    """Print for each genre how many texts were given which, how many may wait, and the CPU time of one."""
    model = shipped()
    model.scores("Warm up the language model before the clock starts.")
    given: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    began = time.process_time()
    for row in rows:
        scores = model.scores(row.text)
        given[row.genre]["texts"] += 1
        given[row.genre][scores.genre if scores.known else "unknown language"] += 1
        given[row.genre]["may wait"] += lowers(scores)
    spent = time.process_time() - began
    columns = ("texts", *GENRES, "unknown language", "may wait")
    table = Table("is", *columns, title=f"{title}: given", title_justify="left")
    for genre, counts in sorted(given.items()):
        table.add_row(genre, *(str(counts[column]) for column in columns))
    CONSOLE.print(table)
    size = sum(len(row.text.encode()) for row in rows)
    CONSOLE.print(f"{1000 * spent / len(rows):.2f} ms CPU a text of {size // len(rows)} bytes on average\n")


def main() -> None:
    """Examine the held-out texts, collected ones and made-up ones apart."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--corpus", type=Path, default=SHARED)
    corpus = arguments.parse_args().corpus
    if corpus.exists():
        held_out = [row for row in benign(corpus) if row.split == "test"]
        examined([row for row in held_out if len(row.text.split()) > 16], "Collected, whole texts")
        examined([row for row in held_out if len(row.text.split()) <= 16], "Collected, up to 16 words")
    examined([row for row in made() if row.split == "test"], "Made up")


if __name__ == "__main__":
    main()
