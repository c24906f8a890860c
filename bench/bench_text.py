"""Text: recall by kind of obfuscation, altered known statements, false matches, and throughput.

    python bench/bench_text.py [--corpus benign.jsonl] [--pairs 60]

Without a corpus the shipped Universal Declaration is used. The obfuscator (`obfuscate.py`) and the matcher come from
the same people, so recall is an upper bound.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import unicodedata
from collections.abc import Callable
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent))
from ischia.core.text import Phrase, PhraseList, TextIndex, compare, fold, shingles
from obfuscate import KINDS

SHARED = Path(__file__).parents[2] / "shared" / "data" / "text" / "benign.jsonl"
CONSOLE = Console(width=118)
LEVELS = ("raw", "NFKC", "exact fold", "loose", "candidate")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--corpus", type=Path, default=SHARED)
    parser.add_argument("--pairs", type=int, default=60, help="text and keyword pairs of each kind")
    options = parser.parse_args()
    texts = corpus(options.corpus)
    recall(texts, options.pairs)
    statements(texts)
    false_matches(options.corpus)
    throughput(texts)
    big_index()


def corpus(path: Path) -> list[str]:
    if path.exists():
        rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        return [row["text"] for row in rows if row["lang"] == "ar" and row["n"] > 200 and row["genre"] != "scripture"]
    text = (files("ischia.core.text") / "protected_texts" / "udhr-ar.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if len(line) > 100]


def recall(texts: list[str], number: int) -> None:
    chance = random.Random(4)
    table = Table(title=f"Keyword found in an obfuscated sentence, %, {number} pairs of each kind")
    for column in ("kind", *LEVELS):
        table.add_column(column, justify="left" if column == "kind" else "right")
    pairs = [pair(chance.choice(texts), chance) for _ in range(number)]
    totals = np.zeros(len(LEVELS))
    lists = [PhraseList([Phrase(word, 1, "bench", "bench")]) for _, word in pairs]
    for name, kind in KINDS.items():
        row = np.zeros(len(LEVELS))
        for (text, word), matcher in zip(pairs, lists, strict=True):
            row += seen(kind(text, chance), word, matcher)
        totals += row
        table.add_row(name, *(f"{value:.0f}" for value in 100 * row / number))
    table.add_row("MEAN", *(f"{value:.1f}" for value in 100 * totals / number / len(KINDS)), style="bold")
    CONSOLE.print(table)


def pair(text: str, chance: random.Random) -> tuple[str, str]:
    words = text.split()[:25]
    long = [word for word in words if len(word) >= 5 and word.isalpha()] or [max(words, key=len)]
    return " ".join(words), chance.choice(long)


def seen(text: str, word: str, matcher: PhraseList) -> np.ndarray:
    return np.array([
        word in text,
        unicodedata.normalize("NFKC", word) in unicodedata.normalize("NFKC", text),
        fold(word).text in fold(text).text,
        bool(matcher.find(text, candidates=False)),
        bool(matcher.find(text)),
    ], float)  # fmt: skip


def statements(texts: list[str]) -> None:
    chance = random.Random(5)
    known = [text for text in texts if len(text) > 400][:60] or texts
    index = TextIndex()
    for number, text in enumerate(known):
        index.add(number, shingles(text))
    other = " ".join(texts)
    words = other.split()
    alterations: dict[str, Callable[[str], str]] = {
        "as it is": lambda text: text,
        "10 % of words": lambda text: " ".join(
            chance.choice(words) if chance.random() < 0.1 else w for w in text.split()
        ),
        "sentences shuffled": lambda text: shuffled(text, chance),
        "half of it": lambda text: text[: len(text) // 2],
        "in 10x longer": lambda text: surrounded(text, other, chance),
    } | {f"obfuscated: {name}": (lambda kind: lambda text: kind(text, chance))(kind) for name, kind in KINDS.items()}
    table = Table(title=f"Known statement altered, {len(known)} statements, % found")
    for column in ("alteration", "in the index", "compared: half of known or probe"):
        table.add_column(column, justify="left" if column == "alteration" else "right")
    for name, alter in alterations.items():
        found, confirmed = 0, 0
        for number, text in enumerate(known):
            probe = alter(text)
            found += any(one.id == number for one in index.search(probe))
            overlap = compare(probe, text)
            confirmed += overlap is not None and max(overlap.of_known, overlap.of_probe) >= 0.5
        table.add_row(name, f"{100 * found / len(known):.0f}", f"{100 * confirmed / len(known):.0f}")
    CONSOLE.print(table)


def shuffled(text: str, chance: random.Random) -> str:
    parts = text.replace("،", ".").split(".")
    chance.shuffle(parts)
    return ". ".join(parts)


def surrounded(text: str, other: str, chance: random.Random) -> str:
    at = chance.randrange(max(1, len(other) - 9 * len(text)))
    return other[at : at + 4 * len(text)] + " " + text + " " + other[at + 4 * len(text) : at + 9 * len(text)]


def false_matches(path: Path) -> None:
    if not path.exists():
        return
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    index, kept = TextIndex(), {}
    for number, row in enumerate(rows):
        hashes = shingles(row["text"])
        if hashes.size:
            index.add(number, hashes)
            kept[number] = hashes
    strong = []
    for number, hashes in kept.items():
        for one in index.lookup(hashes):
            if one.id != number:
                overlap = compare(rows[number]["text"], rows[one.id]["text"], candidates=False)
                if overlap and overlap.of_known >= 0.6 and overlap.letters >= 40:
                    strong.append((number, one.id, overlap))
    CONSOLE.print(
        f"All pairs of {len(kept)} texts: {len(strong)} share 60 % of the known text and 40 consonants. They are:"
    )
    for number, other, overlap in strong[:60]:
        CONSOLE.print(
            f"  {rows[number]['genre']} {number} in {rows[other]['genre']} {other}: {overlap.of_known:.2f}",
            markup=False,
        )


def throughput(texts: list[str]) -> None:
    text = " ".join(texts) * 3
    size = len(text.encode()) / 1e6
    vocabulary = list(dict.fromkeys(text.split()))
    chance = random.Random(6)
    phrases = [f"{chance.choice(vocabulary)} {chance.choice(vocabulary)}" for _ in range(100_000)]
    build, matcher = timed(lambda: PhraseList([Phrase(one, 1, "b", "b") for one in phrases if fold(one).letters > 4]))
    table = Table(title=f"Throughput, {size:.1f} MB of Arabic, one core (build of 100,000 phrases {build:.1f} s)")
    table.add_column("what")
    table.add_column("MB/s", justify="right")
    for name, call in {
        "fold": lambda: fold(text),
        "shingles": lambda: shingles(text),
        "readings + 100,000 phrases, loose": lambda: matcher.find(text, candidates=False),
        "readings + 100,000 phrases, candidates": lambda: matcher.find(text),
    }.items():
        call()
        table.add_row(name, f"{size / min(timed(call)[0] for _ in range(3)):.1f}")
    if find_spec("ahocorasick") and find_spec("pyarabic"):
        table.add_row("pyarabic + pyahocorasick", f"{size / peer(text, phrases):.1f}")
    post = text[:560]
    for name, one in {"fold": fold, "shingles": shingles, "phrases": matcher.find}.items():
        one(post)
        table.add_row(
            f"1 kB post: {name}", f"{1e3 * min(timed(lambda one=one: one(post))[0] for _ in range(20)):.2f} ms"
        )
    CONSOLE.print(table)


def peer(text: str, phrases: list[str]) -> float:
    import ahocorasick
    from pyarabic import araby

    def clean(one: str) -> str:
        one = araby.strip_tatweel(araby.strip_tashkeel(one))
        return araby.normalize_alef(araby.normalize_ligature(araby.normalize_teh(one)))

    machine = ahocorasick.Automaton()
    for number, one in enumerate(phrases):
        machine.add_word(clean(one), number)
    machine.make_automaton()
    return min(timed(lambda: sum(1 for _ in machine.iter(clean(text))))[0] for _ in range(3))


def big_index(number: int = 1_000_000, each: int = 104) -> None:
    chance = np.random.default_rng(7)
    hashes = chance.integers(0, 1 << 63, number * each // 10, np.uint64) << np.uint64(1)
    index = TextIndex()
    took, _ = timed(lambda: index.load(hashes, np.arange(hashes.size, dtype=np.uint32) // each, {}))
    probe = chance.choice(hashes, 300)
    index.postings(probe)
    lookup = min(timed(lambda: index.lookup(probe))[0] for _ in range(20))
    CONSOLE.print(
        f"Index of {number // 10:,} texts of 100 words: {index.nbytes / 2**20:.0f} MiB "
        f"(x10: {index.nbytes * 10 / 2**20:.0f} MiB), built in {took:.1f} s, lookup of 1 kB {1e3 * lookup:.2f} ms"
    )


def timed(call: Callable[[], object]) -> tuple[float, object]:
    before = time.perf_counter()
    result = call()
    return time.perf_counter() - before, result


if __name__ == "__main__":
    main()
