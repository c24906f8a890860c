#!/usr/bin/env python3
"""Builds the PDQ hashes of harmless pictures that new entries are compared with.

    tools/benign_pictures.py FOLDER OUTPUT

FOLDER holds pictures below a folder for each package that they come from (`dpkg -x PACKAGE.deb FOLDER/PACKAGE`).
OUTPUT gets 32 bytes a picture, sorted, without those that say nothing. The hashes show no picture.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from ischia.core.media import ImageLimits, Undecodable, image_signals
from ischia.core.signals.hygiene import junk

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


def hashes(folder: Path) -> Iterator[bytes]:
    """Yield the hash of every picture of at least 64 pixels on each side that has enough detail."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in SUFFIXES or not path.is_file():
            continue
        try:
            found = image_signals(path, ImageLimits())
        except Undecodable:
            continue
        if found.pdq and min(found.width, found.height) >= 64 and not junk(found.pdq):
            yield bytes.fromhex(found.pdq.value)


def apart(values: list[bytes]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return the hashes, without those that another one stands for: nearer than 16 bits."""
    kept: list[np.ndarray[tuple[int, ...], np.dtype[np.uint64]]] = []
    for value in sorted(set(values)):
        words = np.frombuffer(value, np.uint64)
        if not kept or int(np.bitwise_count(np.stack(kept) ^ words).sum(axis=1).min()) >= 16:
            kept.append(words)
    return np.stack(kept).view(np.uint8)


def main() -> None:
    """Write the file and say how many there are."""
    Image.MAX_IMAGE_PIXELS = None
    folder, output = (Path(argument) for argument in sys.argv[1:3])
    packages = {child.name: list(hashes(child)) for child in sorted(folder.iterdir())}
    values = apart([value for found in packages.values() for value in found])
    output.write_bytes(values.tobytes())
    for name, found in packages.items():
        print(f"{name}: {len(found)}")  # noqa: T201
    print(f"{len(values)} hashes, {output.stat().st_size} bytes")  # noqa: T201


if __name__ == "__main__":
    main()
