"""Text: recall by kind of obfuscation, altered known statements, false matches, and queue rates.

    python bench/bench_text.py [--corpus benign.jsonl] [--pairs 150] [recall statements false queue protected]

Without a corpus the shipped Universal Declaration is used. The obfuscator (`obfuscate.py`) and the matcher come from
the same people, so recall is an upper bound.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent))
from ischia.core.text import (
    Overlap,
    PassageIndex,
    Phrase,
    PhraseList,
    compare,
    fold,
    mostly_protected,
    passages,
    protected_spans,
    readings,
    starter,
    text_signal,
    weigh,
)  # fmt: skip
from ischia.core.text.known import cut
from ischia.core.text.protected import shipped
from obfuscate import KINDS

SHARED = Path(__file__).parents[2] / "shared" / "data" / "text" / "benign.jsonl"
CONSOLE = Console(width=118)
LEVELS = ("raw", "NFKC", "plain fold", "exact fold", "loose", "candidate", "slogan queues")
PARTS = ("recall", "statements", "false", "queue", "protected")
SCRIPTS = dict.fromkeys(("ar", "arz", "fa", "ur", "ckb", "ug"), "ar") | {"ru": "cy"}
LEAST_OF_KNOWN, LEAST_OF_PROBE, LEAST_LETTERS = 0.25, 0.5, 40
"""What must be shared, in shares and consonants, before a person looks at a known text."""
ACTS_FROM = 200
"""Letters from which the same folded text may act."""
FAMILIES = str.maketrans("أإآٱىةؤئ", "ااااي" + "هوي")
STAND_INS = (
    "القط الأزرق يحرس الجسر القديم", "مطر الصباح يغسل درج المدينة", "سفينتنا من ورق وشراعنا من حرير",
    "ازرع شجرة واكتب عليها اسمك", "القهوة الباردة لا تنتظر أحدا", "نحن حراس الحديقة الصغيرة",
    "the blue cat guards the bridge",
    "our boats are paper and our sails are silk", "گربه آبی نگهبان پل قدیمی است", "mavi kedi eski köprüyü bekler",
    "синий кот сторожит старый мост", "le chat bleu garde le vieux pont",
)  # fmt: skip
"""Sentences of no meaning in the place of slogans."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--corpus", type=Path, default=SHARED)
    parser.add_argument("--pairs", type=int, default=150, help="text and keyword pairs of each kind")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what to measure; all if none is named")
    options = parser.parse_args()
    texts = corpus(options.corpus)
    calls: dict[str, Callable[[], object]] = {
        "recall": lambda: recall(texts, options.pairs),
        "statements": lambda: statements(texts),
        "false": lambda: false_matches(options.corpus),
        "queue": lambda: (queue_rates(options.corpus), chance_finds(rows_of(options.corpus))),
        "protected": lambda: protected(options.corpus),
    }
    for part in options.parts or PARTS:
        calls[part]()


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
    lists = [[PhraseList([Phrase(one, 1, "bench", "bench")]) for one in both] for _, *both in pairs]
    for name, kind in KINDS.items():
        row = np.zeros(len(LEVELS))
        for (text, word, _), matchers in zip(pairs, lists, strict=True):
            row += seen(kind(text, chance), word, *matchers)
        totals += row
        table.add_row(name, *(f"{value:.0f}" for value in 100 * row / number))
    table.add_row("MEAN", *(f"{value:.1f}" for value in 100 * totals / number / len(KINDS)), style="bold")
    CONSOLE.print(table)


def pair(text: str, chance: random.Random) -> tuple[str, str, str]:
    """Return a sentence, a word of five letters and more in it, and three words of it that stand for a slogan."""
    words = text.split()[:25]
    long = [word for word in words if len(word) >= 5 and word.isalpha()] or [max(words, key=len)]
    slogans = [" ".join(words[at : at + 3]) for at in range(max(1, len(words) - 2))]
    whole = [one for one in slogans if one.replace(" ", "").isalpha() and fold(one).letters >= 10]
    return " ".join(words), chance.choice(long), chance.choice(whole or [max(slogans, key=len)])


def seen(text: str, word: str, matcher: PhraseList, slogan: PhraseList) -> np.ndarray:
    return np.array([
        word in text,
        unicodedata.normalize("NFKC", word) in unicodedata.normalize("NFKC", text),
        plain_fold(word) in plain_fold(text),
        fold(word).text in fold(text).text,
        bool(matcher.find(text, candidates=False)),
        bool(matcher.find(text)),
        weigh(slogan.find(text)).queues,
    ], float)  # fmt: skip


def plain_fold(text: str) -> str:
    """What search engines do to Arabic without stemming: NFKC, no marks and tatweel, one alef, yeh, heh and waw."""
    kept = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Mn" and c != "ـ")
    return "".join(kept).translate(FAMILIES).casefold()


def statements(texts: list[str]) -> None:
    chance = random.Random(5)
    known = [text for text in texts if len(text) > 400][:60] or texts
    index = indexed(known)
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
    for column in ("alteration", "in the index", "a person looks"):
        table.add_column(column, justify="left" if column == "alteration" else "right")
    for name, alter in alterations.items():
        found, confirmed = 0, 0
        for number, text in enumerate(known):
            probe = alter(text)
            found += number in candidates(index, probe)
            overlap = compare(probe, text)
            confirmed += overlap is not None and is_found(overlap)
        table.add_row(name, f"{100 * found / len(known):.0f}", f"{100 * confirmed / len(known):.0f}")
    CONSOLE.print(table)


def indexed(texts: list[str]) -> PassageIndex:
    signals = [passages.signal(text) for text in texts]
    return PassageIndex.build([(number, signal.data) for number, signal in enumerate(signals) if signal])


def candidates(index: PassageIndex, text: str) -> list[int]:
    return [one.entry for one in index.candidates([cut(way)[0] for way in readings(text)])]


def shuffled(text: str, chance: random.Random) -> str:
    parts = text.replace("،", ".").split(".")
    chance.shuffle(parts)
    return ". ".join(parts)


def surrounded(text: str, other: str, chance: random.Random) -> str:
    at = chance.randrange(max(1, len(other) - 9 * len(text)))
    return other[at : at + 4 * len(text)] + " " + text + " " + other[at + 4 * len(text) : at + 9 * len(text)]


def is_found(overlap: Overlap) -> bool:
    share = overlap.of_known >= LEAST_OF_KNOWN or overlap.of_probe >= LEAST_OF_PROBE
    return share and overlap.letters >= LEAST_LETTERS


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def false_matches(path: Path) -> None:
    rows = rows_of(path)
    by_value: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        signal = text_signal(row["text"])
        if signal and (signal.quality or 0) >= ACTS_FROM:
            by_value.setdefault(signal.value, []).append(number)
    index = indexed([row["text"] for row in rows])
    acting = [group for group in by_value.values() if len(group) > 1]
    CONSOLE.print(f"May act: {len(acting)} groups of texts have the same fold of {ACTS_FROM} letters and more.")
    found: dict[tuple[int, int], Overlap] = {}
    for number, row in enumerate(rows):
        for other in candidates(index, row["text"]):
            pair = (min(number, other), max(number, other))
            if other != number and pair not in found:
                overlap = compare(row["text"], rows[other]["text"], candidates=False)
                if overlap and is_found(overlap):
                    found[pair] = overlap
    kinds = Counter(kind_of(rows[a], rows[b]) for a, b in found)
    CONSOLE.print(f"A person looks: {len(found)} pairs of {len(index.entries)} texts: {dict(kinds)}")
    for (a, b), overlap in found.items():
        if kind_of(rows[a], rows[b]) == "other":
            CONSOLE.print(f"  {a} {b} {overlap.of_known:.2f} {overlap.letters}: {rows[a]['text'][:90]}", markup=False)


def kind_of(one: dict[str, Any], other: dict[str, Any]) -> str:
    if mostly_protected(one["text"]) or mostly_protected(other["text"]):
        return "protected"
    if fold(one["text"]).text == fold(other["text"]).text:
        return "the same text twice"
    if one["ref"].split("#")[0] == other["ref"].split("#")[0]:
        return "same article" if one["lang"] == other["lang"] else "same article in two languages"
    return "other"


def queue_rates(path: Path) -> None:
    rows = rows_of(path)
    matcher = PhraseList([*starter(), *(Phrase(one, 1, "bench", "stand-in of a slogan") for one in STAND_INS)])
    counts: dict[tuple[str, str], np.ndarray] = {}
    for row in rows:
        weighed = weigh(matcher.find(row["text"]), [(s.start, s.end) for s in protected_spans(row["text"])])
        half = int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % 2
        about = "about" if row["mentions"] or "about" in row["genre"] else "collision" if row["collisions"] else "other"
        for group in ((row["lang"], row["genre"]), ("ALL", about), (f"HALF {half + 1}", about)):
            counts.setdefault(group, np.zeros(3, int))
            counts[group] += (1, bool(weighed.matches), weighed.queues)
    table = Table(title=f"Texts that a list of {len(matcher.phrases)} phrases sends to a person")
    for column in ("language", "genre", "texts", "with a match", "queued", "queued %, 95 % interval"):
        table.add_column(column)
    for (language, genre), (texts, matched, queued) in sorted(counts.items()):
        low, high = wilson(queued, texts)
        interval = f"{100 * queued / texts:.1f} ({100 * low:.1f} to {100 * high:.1f})"
        table.add_row(language, genre, str(texts), str(matched), str(queued), interval)
    CONSOLE.print(table)


def chance_finds(rows: list[dict[str, Any]]) -> None:
    """Phrases of other texts in the place of slogans: what do the candidate readings find that is not there."""
    chance = random.Random(8)
    arabic = [row["text"].split() for row in rows if row["lang"] == "ar" and row["n"] > 200]
    table = Table(title="1,000 phrases of Arabic texts, weight 1: texts that a person gets though no phrase is in them")
    for column in ("words in a phrase", "Arabic script", "Latin script", "Cyrillic script"):
        table.add_column(column)
    for length in (1, 2, 3):
        phrases = set()
        while len(phrases) < 1000:
            words = chance.choice(arabic)
            at = chance.randrange(len(words) - length)
            phrase = " ".join(words[at : at + length])
            if phrase.replace(" ", "").isalpha() and len(phrase) >= 6:
                phrases.add(phrase)
        matcher = PhraseList([Phrase(one, 1, "bench", "bench") for one in sorted(phrases)])
        counts = {script: [0, 0] for script in ("ar", "la", "cy")}
        for row in chance.sample(rows, 900):
            found = matcher.find(row["text"])
            if any(match.level in ("exact", "loose") for match in found):
                continue
            script = SCRIPTS.get(row["lang"], "la")
            counts[script][0] += 1
            counts[script][1] += weigh(found).queues
        table.add_row(str(length), *(f"{hits} of {texts}" for texts, hits in counts.values()))
    CONSOLE.print(table)


def wilson(hits: int, total: int) -> tuple[float, float]:
    """The interval of E. B. Wilson (1927) for a share, 95 %."""
    z, share = 1.96, hits / total
    middle, width = share + z * z / (2 * total), z * (share * (1 - share) / total + z * z / (4 * total * total)) ** 0.5
    return max(0.0, (middle - width) / (1 + z * z / total)), (middle + width) / (1 + z * z / total)


def protected(path: Path) -> None:
    rows = rows_of(path)
    table = Table(title="Texts that are mostly protected, and what a post of 1 kB takes")
    for column in ("genre", "texts", "mostly protected", "mean share"):
        table.add_column(column)
    shares: dict[str, list[float]] = {}
    for row in rows:
        shares.setdefault(row["genre"], []).append(shipped().share(row["text"]))
    for genre, values in sorted(shares.items()):
        many = sum(value >= 0.5 for value in values)
        table.add_row(genre, str(len(values)), str(many), f"{np.mean(values):.4f}")
    CONSOLE.print(table)
    for language, size in (("ar", 560), ("en", 1000)):
        text = " ".join(row["text"] for row in rows if row["lang"] == language)[: 60 * size]
        posts = [text[at : at + size] for at in range(0, len(text), size)]
        for _ in range(2):
            before = time.process_time()
            for post in posts:
                shipped().share(post)
        CONSOLE.print(f"  {language}: {1e3 * (time.process_time() - before) / max(1, len(posts)):.2f} ms CPU")


if __name__ == "__main__":
    main()
