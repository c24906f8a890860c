"""False matches of pictures that have nothing to do with each other: what may act alone, and what may queue.

    python bench/bench_picture_pairs.py FOLDER ... [--most 5000] [--probes 300] [--seconds 300] [--same FILE]

Pictures: those below the folders; photographs of a thousand pixels and more in disjoint tiles. `--same` names pairs of
pictures that somebody looked at and found to be the same one, `number number` a line, as an earlier run printed them.
"""

from __future__ import annotations

import argparse
import math
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from rich.console import Console
from rich.table import Table

from ischia.core.matching.intrinsics import kernel, popcount
from ischia.core.signals import Signal
from ischia.core.signals.hygiene import junk
from ischia.core.vision import (
    FeatureIndex,
    GateFeatures,
    Kind,
    Variant,
    bank_hashes,
    by_corners,
    entry_features,
    gate,
    gate_of,
    probe,
    probe_hashes,
    reduced,
)

RADIUS, LEAST_QUALITY, LARGEST = 31, 50, 60_000_000
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
Pair = frozenset[int]


@dataclass(frozen=True)
class Picture:
    """One picture with everything that is compared of it."""

    name: str
    plane: npt.NDArray[np.uint8]
    hashes: tuple[Variant, ...]
    bank: tuple[Variant, ...]
    gates: dict[str, bytes]
    corners: bytes


def opened(path: Path) -> Image.Image | None:
    with Image.open(path) as image:
        if image.width * image.height > LARGEST or min(image.size) < 100:
            return None
        layer = image.convert("RGBA")
    canvas = Image.new("RGB", layer.size, "white")
    canvas.paste(layer, mask=layer)
    return canvas


def tiles(image: Image.Image, path: Path) -> Iterator[Image.Image]:
    if path.suffix.lower() not in {".jpg", ".jpeg"} or min(image.size) < 1000:
        yield image
        return
    image.thumbnail((3200, 3200))
    places = [(x, y) for y in range(0, image.height - 399, 400) for x in range(0, image.width - 479, 480)]
    for left, top in places[:24]:
        yield image.crop((left, top, left + 480, top + 400))


def pictures(folders: list[Path], most: int, seconds: float) -> Iterator[Picture]:
    paths = sorted(p for f in folders for p in f.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    order = np.random.default_rng(5).permutation(len(paths))
    started, made = time.process_time(), 0
    for path in (paths[i] for i in order):
        try:
            image = opened(path)
        except (OSError, ValueError, Image.DecompressionBombError):
            continue
        for tile in tiles(image, path) if image else ():
            if made < most and time.process_time() - started < seconds and (found := picture(tile, str(path))):
                made += 1
                yield found


def picture(image: Image.Image, name: str) -> Picture | None:
    """None for what bank hygiene keeps out: next to no detail, gradients, patterns."""
    plane = reduced(np.asarray(image.convert("L")))
    hashes = probe_hashes(plane)
    if not hashes or junk(Signal("pdq", 1, hashes[0].hash.hex(), hashes[0].quality)):
        return None
    bank = tuple(v for v in bank_hashes(plane) if v.quality >= LEAST_QUALITY)
    gates = {v.name: gate_of(plane, v.box) for v in bank if v.kind is not Kind.CROP_OF_ENTRY}
    stored = {name: features.to_bytes() for name, features in gates.items() if features}
    return Picture(name, plane, hashes, bank, stored, entry_features(plane).to_bytes())


@kernel
def within(
    words: npt.NDArray[np.uint64], wanted: npt.NDArray[np.uint64], radius: int, out: npt.NDArray[np.int64]
) -> int:
    """Write the rows of `words` within the radius of `wanted`, as many as `out` takes; return how many."""
    found = 0
    for row in range(words.shape[0]):
        distance = np.uint64(0)
        for n in range(4):
            distance += popcount(words[row, n] ^ wanted[n])
            if distance > radius:
                break
        if distance <= radius and found < out.shape[0]:
            out[found] = row
            found += 1
    return found


def by_hash(known: list[Picture]) -> tuple[Counter[Pair], Counter[Pair]]:
    """Return pairs with a hash within the radius, and those of them that pass the gate."""
    owners = np.array([i for i, each in enumerate(known) for _ in each.bank])
    variants = [variant for each in known for variant in each.bank]
    words = np.frombuffer(b"".join(v.hash for v in variants), "<u8").reshape(-1, 4)
    rows = np.empty(10_000, np.int64)
    near: Counter[Pair] = Counter()
    acting: Counter[Pair] = Counter()
    for i, each in enumerate(known):
        for variant in (v for v in each.hashes if v.quality >= LEAST_QUALITY):
            found = rows[: within(words, np.frombuffer(variant.hash, "<u8"), RADIUS, rows)]
            for row in found[owners[found] != i].tolist():
                pair = frozenset((i, int(owners[row])))
                near[pair] += 1
                stored = known[owners[row]].gates.get(variants[row].name)
                features = gate_of(each.plane, variant.box, variant.kind) if stored else None
                if stored and features and gate(features, GateFeatures.from_bytes(stored)).passed:
                    acting[pair] += 1
    return near, acting


def by_corner(known: list[Picture], probes: int) -> Counter[Pair]:
    """Return pairs that are matched by corners, of `probes` pictures searched in an index of the others."""
    index = FeatureIndex.build([(i, each.corners) for i, each in enumerate(known)])
    found: Counter[Pair] = Counter()
    for i in range(min(probes, len(known))):
        of = probe(known[i].plane)
        # The picture itself is in the index, and has to be passed over.
        for candidate in (c for c in index.candidates(of.local, limit=14) if c.entry != i):
            each = known[candidate.entry]
            if by_corners(of, candidate, each.corners, each.gates[""]):
                found[frozenset((i, candidate.entry))] += 1
    return found


def interval(hits: int, pairs: int) -> tuple[float, float]:
    """Return Clopper and Pearson's 95 % interval of a rate, by bisection."""

    def at_most(count: int, rate: float) -> float:
        if count < 0:
            return 0.0
        logs = [
            math.lgamma(pairs + 1) - math.lgamma(k + 1) - math.lgamma(pairs - k + 1)
            + k * math.log(rate) + (pairs - k) * math.log1p(-rate)
            for k in range(count + 1)
        ]  # fmt: skip
        return sum(math.exp(log) for log in logs)

    def bisected(count: int, share: float) -> float:
        low, high = 1e-15, 1 - 1e-9
        for _ in range(200):
            middle = math.sqrt(low * high)
            low, high = (middle, high) if at_most(count, middle) > share else (low, middle)
        return low

    return (bisected(hits - 1, 0.975) if hits else 0.0), bisected(hits, 0.025)


def row(name: str, hits: int, pairs: int, bank: int) -> tuple[str, ...]:
    low, high = (rate * 1e7 for rate in interval(hits, pairs))
    return name, f"{pairs:,}", str(hits), f"{low:.2g} to {high:.2g}", f"{hits / pairs * bank:.2g} of {bank:,} entries"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--most", type=int, default=5000)
    parser.add_argument("--probes", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--same", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    console = Console(width=120)
    known = list(pictures(options.folders, options.most, options.seconds))
    lines = options.same.read_text().splitlines() if options.same else []
    same = {frozenset(map(int, line.split()[:2])) for line in lines if line}
    near, acting = by_hash(known)
    corners = by_corner(known, options.probes)
    pairs, searched = len(known) * (len(known) - 1) // 2, min(options.probes, len(known)) * (len(known) - 1)
    table = Table("what", "pairs", "matched", "95 %, in 10 million", "a probe", title=f"{len(known)} pictures")
    for name, found, count in (
        ("near, may act alone", acting, pairs),
        ("any hash, may queue", near, pairs),
        ("corners, may queue", corners, searched),
    ):
        table.add_row(*row(name, len(found.keys() - same), count, len(known)))
    console.print(table)
    for name, found in (("act", acting), ("hash", near), ("corners", corners)):
        for pair in sorted((sorted(pair) for pair in found.keys() - same), key=tuple):
            a, b = pair
            console.print(f"{name}: {a} {b} {known[a].name} {known[b].name}", soft_wrap=True)


if __name__ == "__main__":
    main()
