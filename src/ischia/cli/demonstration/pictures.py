"""Photographs that a package ships, and what people do to a picture before they upload it again."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from PIL import Image, ImageDraw, ImageEnhance, ImageOps

KNOWN: Final = ("astronaut", "coffee", "chelsea", "rocket")
UNRELATED: Final = ("motorcycle_left", "hubble_deep_field", "retina", "ihc")

Edit = Callable[[Image.Image], bytes]


class NoPicturesError(RuntimeError):
    """The package with the photographs is not installed."""


def folder() -> Path:
    """Where scikit-image keeps its pictures; the package itself is never imported."""
    spec = importlib.util.find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        raise NoPicturesError(
            "the demo's photographs are missing; `make run` installs them, as does "
            "pip install --no-deps scikit-image==0.26.0"
        )
    return Path(spec.submodule_search_locations[0]) / "data"


def photograph(name: str) -> Image.Image:
    """One photograph in RGB."""
    path = next(path for path in folder().glob(f"{name}.*") if path.suffix in {".png", ".jpg"})
    with Image.open(path) as image:
        return image.convert("RGB")


def as_jpeg(image: Image.Image, quality: int = 92) -> bytes:
    """Encode as JPEG."""
    target = io.BytesIO()
    image.save(target, "JPEG", quality=quality)
    return target.getvalue()


def _as_webp(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "WEBP", quality=50)
    return target.getvalue()


def _captioned(image: Image.Image) -> bytes:
    edited = image.copy()
    width, height = edited.size
    draw = ImageDraw.Draw(edited)
    draw.rectangle((0, height * 93 // 100, width, height), fill="black")
    draw.text((width // 20, height * 94 // 100), "share before it is gone", fill="white")
    return as_jpeg(edited, 80)


def _cropped(image: Image.Image) -> bytes:
    width, height = image.size
    return as_jpeg(image.crop((width // 10, height // 10, width * 9 // 10, height * 9 // 10)), 85)


EDITS: Final[Mapping[str, Edit]] = MappingProxyType(
    {
        "same file": as_jpeg,
        "JPEG at 30": lambda image: as_jpeg(image, 30),
        "half the size": lambda image: as_jpeg(image.resize((image.width // 2, image.height // 2)), 80),
        "grey": lambda image: as_jpeg(ImageOps.grayscale(image), 85),
        "brighter": lambda image: as_jpeg(ImageEnhance.Brightness(image).enhance(1.3), 85),
        "WebP at 50": _as_webp,
        "captioned": _captioned,
        "cropped by a fifth": _cropped,
    }
)
