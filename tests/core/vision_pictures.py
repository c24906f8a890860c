"""Photographs that scikit-image ships, found without importing it."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import Image

NAMES = (
    "astronaut.png",
    "camera.png",
    "chelsea.png",
    "coffee.png",
    "rocket.jpg",
    "motorcycle_left.png",
    "hubble_deep_field.jpg",
    "ihc.png",
    "coins.png",
)


@lru_cache(maxsize=1)
def photographs() -> tuple[Image.Image, ...]:
    """Nine photographs that have nothing in common, as RGB with no side above 640 pixels."""
    spec = find_spec("skimage")
    assert spec, "scikit-image's pictures are needed: see requirements/demo.lock"
    folder = Path(spec.origin).parent / "data"
    pictures = [Image.open(folder / name).convert("RGB") for name in NAMES]
    for picture in pictures:
        picture.thumbnail((640, 640))
    return tuple(pictures)
