"""PDQ of pictures from files, decoding included, against Pillow + `pdqhash`, both in one run, CPU time of one thread.

    python bench/bench_pdq.py [--repeats 9]

The 12 MP pictures are made from photographs that scikit-image ships: enlarged, tiled differently for each, with sensor
noise, saved as cameras do (JPEG, quality 92, 4:2:0). `pdqhash` exists as source only and needs a C++ compiler.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from ischia.core.media import ImageLimits, image_signals
from ischia.core.signals import pdq
from ischia.core.text import fold

LIMITS = ImageLimits()
GOAL_RATIO, GOAL_BITS = 8.0, 2
PHOTOGRAPHS = (
    "astronaut.png",
    "chelsea.png",
    "coffee.png",
    "rocket.jpg",
    "motorcycle_left.png",
    "hubble_deep_field.jpg",
    "ihc.png",
    "gravel.png",
    "retina.jpg",
)
INSTALL = "pdqhash is not installed. It is built from source: pip install -r requirements/bench.in (needs g++)"


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds of one call: the least and the median of all repeats."""

    least: float
    median: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repeats", type=int, default=7, help="runs of each row, at least 5")
    repeats = max(5, parser.parse_args().repeats)
    if find_spec("pdqhash") is None:
        sys.exit(INSTALL)
    pdq.warm()
    with TemporaryDirectory(prefix="ischia-bench-") as folder:
        table = _table()
        for row in _pictures(Path(folder)):
            _compare(table, *row, repeats=repeats)
        console = Console(width=118)
        console.print(table)
        console.print(
            f"Goal: 12 MP JPEG at least {GOAL_RATIO:.0f}x less CPU time at no more than {GOAL_BITS} bits apart."
        )
        console.print(f"Folding of Arabic: {_folding_rate():.0f} MB/s")


def _table() -> Table:
    table = Table(title="PDQ of a file, decoding included: CPU ms, least / median")
    for column in ("picture", "MB", "Pillow + pdqhash", "ischia", "ratio (least)", "ratio (median)", "bits apart"):
        table.add_column(column, justify="left" if column == "picture" else "right")
    return table


def _compare(table: Table, name: str, path: Path, *, repeats: int) -> None:
    theirs, ours = [], []
    for _ in range(repeats):
        theirs.append(_cpu(lambda: _peer(path)))
        ours.append(_cpu(lambda: image_signals(path, LIMITS)))
    peer, own = _cost(theirs), _cost(ours)
    found = image_signals(path, LIMITS).pdq
    assert found is not None
    table.add_row(
        name,
        f"{path.stat().st_size / 1e6:.1f}",
        f"{peer.least:.1f} / {peer.median:.1f}",
        f"{own.least:.1f} / {own.median:.1f}",
        f"{peer.least / own.least:.1f}",
        f"{peer.median / own.median:.1f}",
        str(pdq.hamming(_peer(path), found.value)),
    )


def _peer(path: Path) -> str:
    """Hash as python-threatexchange does: all colours at full size, then `pdqhash.compute`."""
    import pdqhash

    with Image.open(path) as image:
        bits, _ = pdqhash.compute(np.asarray(image.convert("RGB")))
    return np.packbits(bits.astype(np.uint8)).tobytes().hex()


def _cpu(call: Callable[[], object]) -> float:
    before = time.process_time_ns()
    call()
    return (time.process_time_ns() - before) / 1e6


def _cost(times: list[float]) -> Cost:
    return Cost(min(times), sorted(times)[len(times) // 2])


def _pictures(folder: Path) -> list[tuple[str, Path]]:
    rows = []
    for shift in range(3):
        camera = _camera_picture(4000, 3000, shift)
        rows.append(
            (f"12 MP JPEG {shift + 1}", _saved(camera, folder / f"camera{shift}.jpg", quality=92, subsampling=2))
        )
    small = _camera_picture(1200, 900, 0)
    rows.append(("1 MP JPEG", _saved(small, folder / "small.jpg", quality=85, subsampling=2)))
    rows.append(("1 MP PNG", _saved(small, folder / "small.png")))
    return rows


def _saved(image: Image.Image, path: Path, **options: int) -> Path:
    image.save(path, **options)
    return path


def _camera_picture(width: int, height: int, shift: int) -> Image.Image:
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        sys.exit("scikit-image is not installed: pip install --no-deps -r requirements/demo.lock")
    folder = Path(spec.origin).parent / "data"
    canvas = Image.new("RGB", (width, height))
    names = PHOTOGRAPHS[shift:] + PHOTOGRAPHS[:shift]
    across, down = -(-width // 3), -(-height // 3)
    for position, name in enumerate(names):
        with Image.open(folder / name) as photograph:
            tile = photograph.convert("RGB").resize((across, down), Image.Resampling.BICUBIC)
        canvas.paste(tile, (position % 3 * across, position // 3 * down))
    noise = np.random.default_rng(shift).normal(0, 4, (height, width, 3))
    return Image.fromarray(np.clip(np.asarray(canvas) + noise, 0, 255).astype(np.uint8))


def _folding_rate() -> float:
    text = "وَلِكُلِّ فَرْدٍ حَقٌّ فِي الْحَيَاةِ وَالْحُرِّيَّةِ، وفي الأمان على شخصه ٢٠٢٤. " * 20_000
    fold(text)
    size = len(text.encode())
    return size / 1e3 / min(_cpu(lambda: fold(text)) for _ in range(5))


if __name__ == "__main__":
    main()
