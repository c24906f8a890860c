"""Text: how much of it a second is folded, shingled and searched for 100,000 phrases, against a peer in the same run.

    python bench/bench_text_speed.py [--corpus benign.jsonl] [--phrases 100000] [--known 1000000] [parts ...]

Times are CPU times of one thread, the best of three. The peer is pyarabic (folding) with pyahocorasick (phrases), where
they are installed: it shows the places where the letters of a phrase stand, without words, context or other readings.
Without a corpus the shipped Universal Declaration is used.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ischia.core import text as core
from ischia.core.text.known import BUCKET_BITS, Segment, cut
from ischia.core.text.passages import PassageIndex

SHARED = Path(__file__).parents[2] / "shared" / "data" / "text" / "benign.jsonl"
CONSOLE = Console(width=118)
PARTS = ("throughput", "posts", "hostile", "index")
POST_BYTES = 1000
POSTS = 200
POSTINGS = 104
"""Shingles that stand for a text of 100 words in the index."""
HOSTILE = {
    "combining marks": "e" + "\u0301\u0316\u0489" * 400_000,
    "overrides": "\u202e\u202d" * 500_000,
    "overrides around words": "\u202eيد \u202c" * 200_000,
    "one letter": "ا" * 1_000_000,
    "two letters": "اب" * 500_000,
    "Latin and Arabic letters in turn": "aب" * 500_000,
    "clitics": "وبال" * 250_000,
    "single letters": "و ب ا ل " * 125_000,
    "apostrophes": "3'7'" * 250_000,
    "character references": "&amp;" * 200_000,
    "NUL and halves of surrogates": "\x00\ud800\udc00" * 330_000,
    "ligatures of 18 letters": "\ufdfa" * 300_000,
    "line ends": "ا\n" * 500_000,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--corpus", type=Path, default=SHARED)
    parser.add_argument("--phrases", type=int, default=100_000)
    parser.add_argument("--known", type=int, default=1_000_000)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what to measure; all if none is named")
    options = parser.parse_args()
    parts = options.parts or PARTS
    texts = {language: corpus(options.corpus, language) for language in ("ar", "en")}
    core.warm()
    if {"throughput", "posts", "hostile"} & set(parts):
        took, listed, words = compiled(texts["ar"], options.phrases)
        CONSOLE.print(f"{len(words):,} phrases compiled in {took:.2f} s of CPU")
        if "throughput" in parts:
            throughput(texts, listed, words)
        if "posts" in parts:
            posts(texts, listed)
        if "hostile" in parts:
            hostile(listed)
    if "index" in parts:
        index(options.known)


def corpus(path: Path, language: str) -> str:
    if path.exists():
        rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        chosen = [row for row in rows if row["lang"] == language and row["n"] > 200 and row["genre"] != "scripture"]
        return "\n".join(row["text"] for row in chosen)
    return (files("ischia.core.text") / "protected_texts" / f"udhr-{language}.txt").read_text(encoding="utf-8") * 50


def compiled(text: str, number: int) -> tuple[float, core.PhraseList, list[str]]:
    """Return CPU seconds, the list, and its phrases: two words of the text each, drawn by chance."""
    chance, vocabulary = random.Random(6), list(dict.fromkeys(text.split()))
    drawn = (f"{chance.choice(vocabulary)} {chance.choice(vocabulary)}" for _ in range(2 * number))
    words = [one for one in drawn if core.fold(one).letters > 4][:number]
    phrases = [core.Phrase(one, 1, "bench", "bench") for one in words]
    before = time.process_time()
    listed = core.PhraseList(phrases)
    return time.process_time() - before, listed, words


def seconds(call: Callable[[], object], times: int = 3) -> float:
    """Return the least CPU seconds of several calls."""
    found = []
    for _ in range(times):
        before = time.process_time()
        call()
        found.append(time.process_time() - before)
    return min(found)


def throughput(texts: dict[str, str], listed: core.PhraseList, words: list[str]) -> None:
    table = Table(title="Megabytes of UTF-8 a second")
    table.add_column("what")
    for language, text in texts.items():
        table.add_column(f"{language}, {len(text.encode()) / 1e6:.1f} MB", justify="right")
    calls: dict[str, Callable[[str], object]] = {
        "fold": core.fold,
        "loose readings": lambda text: core.readings(text, candidates=False),
        "all readings": core.readings,
        "shingles, reading included": core.shingles,
        "protected spans": core.protected_spans,
        "phrases, loose readings": lambda text: listed.find(text, candidates=False),
        "phrases, loose readings, and shingles": lambda text: (
            listed.find(text, candidates=False),
            core.shingles(text),
        ),
        "phrases, all readings, typos and skeleton": listed.find,
    }
    if find_spec("ahocorasick") and find_spec("pyarabic"):
        calls["pyarabic + pyahocorasick"] = peer(words)
    for name, call in calls.items():
        table.add_row(
            name, *(f"{len(text.encode()) / 1e6 / seconds(lambda: call(text)):.1f}" for text in texts.values())
        )
    CONSOLE.print(table)
    CONSOLE.print(
        f"  places found: {len(listed.find(texts['ar'], candidates=False))} loose, {len(listed.find(texts['ar']))} all"
    )


def peer(words: list[str]) -> Callable[[str], object]:
    import ahocorasick
    from pyarabic import araby

    def clean(one: str) -> str:
        one = araby.strip_tatweel(araby.strip_tashkeel(one))
        return str(araby.normalize_alef(araby.normalize_ligature(araby.normalize_teh(one))))

    machine = ahocorasick.Automaton()
    for number, one in enumerate(words):
        machine.add_word(clean(one), number)
    machine.make_automaton()
    return lambda text: sum(1 for _ in machine.iter(clean(text)))


def posts(texts: dict[str, str], listed: core.PhraseList) -> None:
    table = Table(title=f"A post of 1 kB, CPU ms, mean of {POSTS}")
    table.add_column("what")
    ways = {}
    calls: dict[str, Callable[[str], object]] = {
        "text signal": core.text_signal,
        "all readings": lambda post: ways.__setitem__(post, core.readings(post)),
        "their shingles": lambda post: [cut(way) for way in ways[post]],
        "protected spans in them": lambda post: core.protected_spans(post, ways[post]),
        "phrases in them": lambda post: listed.find(post, ways=ways[post]),
    }
    cuts = {}
    for language, text in texts.items():
        table.add_column(language, justify="right")
        size = round(POST_BYTES * len(text) / len(text.encode()))
        cuts[language] = [text[at : at + size] for at in range(0, len(text) - size, size)][:POSTS]
    for name, call in calls.items():
        table.add_row(name, *(f"{1e3 * each_post(call, own):.2f}" for own in cuts.values()))
    table.add_row(
        "all of these", *(f"{1e3 * sum(each_post(call, own) for call in calls.values()):.2f}" for own in cuts.values())
    )
    CONSOLE.print(table)


def each_post(call: Callable[[str], object], own: list[str]) -> float:
    return seconds(lambda: [call(post) for post in own]) / len(own)


def hostile(listed: core.PhraseList) -> None:
    table = Table(title="A million characters made to take long, CPU s")
    for column in ("what", "fold", "shingles", "phrases", "truncated"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for name, text in HOSTILE.items():
        calls: list[Callable[[], object]] = [
            lambda: core.fold(text),
            lambda: core.shingles(text),
            lambda: listed.find(text),
        ]
        took = (f"{seconds(call, 1):.2f}" for call in calls)
        table.add_row(name, *took, "yes" if listed.find(text).truncated else "no")
    CONSOLE.print(table)


def index(number: int) -> None:
    """Print what an index of texts of 100 words takes; the shingles are drawn by chance."""
    chance = np.random.default_rng(7)
    low = np.uint64(0xFFFFFFFF)
    high = chance.integers(0, 1 << BUCKET_BITS, number * POSTINGS, np.uint64) << np.uint64(64 - BUCKET_BITS)
    hashes = np.sort(high | chance.integers(0, 1 << 32, high.size, np.uint64))
    del high
    numbers = chance.integers(0, number, hashes.size, np.uint32)
    buckets = np.bincount((hashes >> np.uint64(64 - BUCKET_BITS)).astype(np.int64), minlength=1 << BUCKET_BITS)
    table = np.concatenate([[0], np.cumsum(buckets)]).astype(np.uint32)
    segment = Segment.of((hashes & low).astype(np.uint32), numbers, table)
    counts = np.bincount(numbers, minlength=number).astype(np.int32)
    known = PassageIndex(np.arange(number), counts, segment.lows, segment.numbers, segment.table)
    probes = [chance.choice(hashes, 300) for _ in range(20)]
    probes += [np.concatenate([hashes[numbers == one], probes[0]]) for one in range(5)]
    size = sum(array.nbytes for array in known.arrays().values())
    for probe in probes[20:]:
        assert known.candidates([probe])[0].shared >= POSTINGS // 2
    took = [seconds(lambda probe=probe: known.candidates([probe])) for probe in probes]
    CONSOLE.print(
        f"Index of {number:,} texts of 100 words: {size / 2**20:.0f} MiB; lookup of a post of 1 kB (300 shingles): "
        f"median {1e3 * np.median(took):.2f} ms, longest {1e3 * max(took):.2f} ms of CPU"
    )


if __name__ == "__main__":
    main()
