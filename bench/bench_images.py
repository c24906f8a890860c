"""Recall over the everyday edits of pictures, false matches of unrelated ones, and the cost of all signals.

    python bench/bench_images.py [--photos FOLDER ...] [--distractors 400] [--kinds crop_5,pip_30] [--probes 100]

Photographs: those that scikit-image ships, but for the five on which the comparisons of the descriptors were chosen,
and whatever `--photos` adds. The bank holds them among distractors: disjoint tiles of `--tiles FOLDER` photographs and
made-up scenes. `pdq` is PDQ at 31 of the whole picture, `hashes` all variants, `all` local features as well.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

import edits
from ischia.core.media import ImageLimits, image_signals
from ischia.core.signals import hamming
from ischia.core.vision import (
    FeatureIndex,
    Known,
    Probe,
    compare,
    convincing,
    gate,
    gate_features,
    known,
    probe,
    probe_signals,
    reduced,
)

PHOTOGRAPHS = [
    "astronaut.png",
    "camera.png",
    "rocket.jpg",
    "hubble_deep_field.jpg",
    "coins.png",
    "brick.png",
    "grass.png",
    "gravel.png",
    "ihc.png",
    "moon.png",
    "clock_motion.png",
    "retina.jpg",
]
GENUINE = [
    "jpeg_80",
    "jpeg_50",
    "jpeg_30",
    "resize_200",
    "resize_50",
    "bright_-40",
    "bright_+40",
    "saturation_0",
    "logo_small_10",
    "webp_50",
]
EXEMPT = {"resize_10", "posterize_2", "equalize", "blur_6", "text_all_over", "alpha_only"}
RADIUS, LEAST_QUALITY = 31, 50


def photographs(folders: list[Path]) -> list[Image.Image]:
    spec = find_spec("skimage")
    found: list[Path] = []
    if spec and spec.origin:
        data = Path(spec.origin).parent / "data"
        found += [data / name for name in PHOTOGRAPHS if (data / name).exists()]
    found += [
        p for folder in folders for p in sorted(folder.rglob("*")) if p.suffix.lower() in {".jpg", ".jpeg", ".png"}
    ]
    return [opened(path) for path in found]


def opened(path: Path, side: int = 1024) -> Image.Image:
    picture = Image.open(path).convert("RGB")
    picture.thumbnail((side, side))
    return picture


def plane(picture: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return reduced(np.asarray(picture.convert("L")))


def scenes(folders: list[Path], count: int) -> Iterator[Image.Image]:
    """Pictures that have nothing in common: disjoint tiles of photographs, then made-up scenes."""
    made = 0
    for path in (p for folder in folders for p in sorted(folder.rglob("*.jpg"))):
        picture = opened(path, 3000)
        for top in range(0, picture.height - 399, 400):
            for left in range(0, picture.width - 479, 480):
                if made < count:
                    yield picture.crop((left, top, left + 480, top + 400))
                    made += 1
    for seed in range(made, count):
        yield edits.scene((480, 400), np.random.default_rng(1_000_000 + seed))


def hash_hit(of: Probe, bank: Known, *, plain: bool = False) -> bool:
    probes, entries = (of.hashes[:1], bank.hashes[:1]) if plain else (of.hashes, bank.hashes)
    return any(hamming(a.hash, b.hash) <= RADIUS for a in probes for b in entries)


def local_hits(of: Probe, index: FeatureIndex, bank: list[Known]) -> set[int]:
    found = set()
    for candidate in index.candidates(of.local):
        entry = bank[candidate.entry]
        placed = compare(of, entry.local, entry.gate.thumb, flip=candidate.mirrored)
        if placed and convincing(placed):
            found.add(candidate.entry)
    return found


def recall(pictures: list[Image.Image], bank: list[Known], index: FeatureIndex, kinds: list[str]) -> Table:
    table = Table("kind", "pdq", "hashes", "all", "gated near", title=f"found, % of {len(pictures)} photographs")
    shares = []
    for kind in kinds:
        row = np.zeros(4)
        for i, picture in enumerate(pictures):
            small = plane(edits.apply(kind, picture, seed=i))
            of = probe(small)
            plain, hashes = hash_hit(of, bank[i], plain=True), hash_hit(of, bank[i])
            passed = plain and gate(gate_features(small), bank[i].gate).passed
            row += (plain, hashes, hashes or i in local_hits(of, index, bank), passed)
        share = 100 * row / len(pictures)
        shares.append(share)
        weak = share[2] < 70 and kind not in EXEMPT
        table.add_row(kind, *(f"{value:.0f}" for value in share), style="red" if weak else "")
    table.add_row("mean", *(f"{value:.1f}" for value in np.mean(shares, axis=0)), style="bold")
    return table


def false_matches(probes: list[Probe], bank: list[Known], index: FeatureIndex) -> str:
    """Count matches of probes with entries that have nothing to do with them."""
    by_hash = by_corner = acting = 0
    rows = np.array([(i, *np.frombuffer(h.hash, "<u8")) for i, k in enumerate(bank) for h in k.hashes], np.uint64)
    for of in probes:
        hits = set()
        for variant in (v for v in of.hashes if v.quality >= LEAST_QUALITY):
            words = np.frombuffer(variant.hash, "<u8")
            near = np.bitwise_count(rows[:, 1:] ^ words).sum(axis=1) <= RADIUS
            hits |= {int(i) for i in rows[near, 0]}
        by_hash += len(hits)
        acting += sum(gate(gate_features(of.plane), bank[i].gate).passed for i in hits)
        by_corner += len(local_hits(of, index, bank) - hits)
    pairs = len(probes) * len(bank)
    upper = math.ceil(10_000_000 * 3 / pairs) if not by_hash + by_corner else "more"
    return (
        f"unrelated pairs {pairs:,}: {by_hash} by hash ({acting} of them pass the gate), {by_corner} by corners; "
        f"95 % upper bound with none: {upper} in 10 million"
    )


def genuine(pictures: list[Image.Image], bank: list[Known]) -> str:
    results = [
        gate(gate_features(plane(edits.apply(kind, picture))), bank[i].gate).passed
        for kind in GENUINE
        for i, picture in enumerate(pictures)
    ]
    return f"gate passes {100 * np.mean(results):.1f} % of {len(results)} genuine edits"


def timings(picture: Image.Image) -> Table:
    table = Table(
        "picture", "decode, PDQ, plane", "variants, gates", "corners", "in all", "goal", title="CPU ms, least of 5"
    )
    with TemporaryDirectory(prefix="ischia-bench-") as folder:
        for name, size, goal in (("1080p", (1920, 1080), 40), ("12 MP", (4000, 3000), 120)):
            path = Path(folder) / "picture.jpg"
            picture.resize(size, Image.Resampling.BICUBIC).save(path, quality=92)
            costs = np.min([cost(path) for _ in range(5)], axis=0)
            table.add_row(name, *(f"{1000 * c:.1f}" for c in (*costs, costs.sum())), str(goal))
    return table


def cost(path: Path) -> tuple[float, float, float]:
    started = time.process_time()
    small = image_signals(path, ImageLimits()).plane
    assert small is not None
    decoded = time.process_time()
    of = probe(small)
    assert of.hashes
    probe_signals(small)
    hashed = time.process_time()
    assert of.local
    assert of.sums.size
    return decoded - started, hashed - decoded, time.process_time() - hashed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--photos", type=Path, nargs="*", default=[])
    parser.add_argument("--tiles", type=Path, nargs="*", default=[])
    parser.add_argument("--distractors", type=int, default=200)
    parser.add_argument("--probes", type=int, default=50)
    parser.add_argument("--kinds", default=",".join(edits.EDITS))
    options = parser.parse_args()
    console = Console(width=110)
    pictures = photographs(options.photos)
    others = [plane(scene) for scene in scenes(options.tiles, options.distractors + options.probes)]
    bank = [known(small) for small in [*map(plane, pictures), *others[: options.distractors]]]
    index = FeatureIndex.build([(i, entry.local.to_bytes()) for i, entry in enumerate(bank)])
    sizes = [len(k.local.to_bytes()) + len(k.gate.to_bytes()) + 32 * len(k.hashes) for k in bank]
    console.print(f"{len(bank)} entries, {np.mean(sizes):.0f} bytes stored for each, index {index.nbytes:,} bytes")
    if pictures:
        console.print(timings(pictures[0]))
        console.print(genuine(pictures, bank))
    console.print(false_matches([probe(small) for small in others[options.distractors :]], bank, index))
    if options.kinds and pictures:
        console.print(recall(pictures, bank, index, options.kinds.split(",")))


if __name__ == "__main__":
    main()
