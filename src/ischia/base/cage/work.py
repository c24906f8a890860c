"""What a caged child does with a picture. Imported by zygotes only."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import AvifImagePlugin, Image

from ischia.core.media import FORMATS, ImageLimits, Undecodable, image_signals, thumbnail
from ischia.core.signals import Signal, pdq


def warm() -> None:
    """Load decoders and compile kernels now, because a confined child can neither import nor compile."""
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # A confined child cannot start threads.
    pdq.warm()
    with tempfile.TemporaryDirectory(prefix="ischia-warm-") as folder:
        for path in _samples(Path(folder)):
            image(str(path), {"thumbnail": True})


def _samples(folder: Path) -> Iterator[Path]:
    """Pictures in every format, and in the modes that take another way through the decoders."""
    grey = Image.linear_gradient("L")
    turned = Image.Exif()
    turned[0x0112] = 6
    for file_format in FORMATS.values():
        for mode in ("RGB", "L", "P", "RGBA", "CMYK", "1", "I;16"):
            path = folder / f"{mode}.{file_format}"
            try:
                grey.convert(mode).save(path, file_format, exif=turned)
            except (OSError, ValueError, KeyError):
                continue  # Not every format holds every mode.
            yield path


def image(path: str, options: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Signals, size, format, frames, notes and, if wanted, a thumbnail; raises `core.media.Undecodable`."""
    found = image_signals(Path(path), ImageLimits())
    document = {
        "signals": [_plain(found.pdq)] if found.pdq else [],
        "width": found.width,
        "height": found.height,
        "format": found.format,
        "frames": found.frames,
        "notes": list(found.notes),
    }
    return document, _thumbnail(path) if options.get("thumbnail") else b""


def _plain(signal: Signal) -> dict[str, Any]:
    return {
        "algorithm": signal.algorithm,
        "version": signal.version,
        "value": signal.value,
        "quality": signal.quality,
    }


def _thumbnail(path: str) -> bytes:
    try:
        return thumbnail(Path(path), ImageLimits())
    except Undecodable:
        return b""
