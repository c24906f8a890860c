"""Pictures: from a file that nobody vouches for to upright pixels, a PDQ signal, a small plane and a thumbnail."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image

from ischia.core.media.errors import ImageLimits, Reason, Undecodable, decoding
from ischia.core.media.headers import gif_frames, webp_size
from ischia.core.media.sniff import HEAD, sniff
from ischia.core.signals import Signal, pdq
from ischia.core.vision.plane import Reducer

FORMATS: Final = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/avif": "AVIF",
    "image/tiff": "TIFF",
    "image/bmp": "BMP",
}
"""The media types that are decoded, and the only decoder that each may reach."""

EXACT_PIXELS: Final = 2_000_000
"""JPEGs above this size are hashed from their luma plane alone.

That is several times faster and within 2 bits on photographs, but up to 14 bits away on small graphics in saturated
colours, where a decoder cuts off what no red, green and blue can show. Below, the hash is that of the reference.
"""

Pixels = npt.NDArray[np.uint8]
_STRIP: Final = 64


@dataclass(frozen=True, slots=True)
class ImageSignals:
    """What one picture gives: its signal, its upright size in pixels, and how it came about.

    `plane` is its luma, uint8[height, width], averaged down to at most 512 pixels on each side, upright and composited
    as what the signal is of: `core.vision` takes everything else from it. None where the signal is None.
    `notes` are words from a small set: `first_frame_only`, `more_frames_than_counted`, `composited_on_white`,
    `composited_on_black`, `orientation_applied`, `orientation_unreadable`, `rescaled_to_8_bits`, `too_small`.
    """

    pdq: Signal | None
    width: int
    height: int
    format: str
    frames: int
    notes: tuple[str, ...]
    plane: Pixels | None = field(default=None, compare=False, repr=False)


def image_signals(path: Path, limits: ImageLimits) -> ImageSignals:
    """Return the signals of the picture in a file, of its first frame when it is animated.

    Orientation is applied and transparency composited on white (on black when nothing shows on white).
    Raises `Undecodable` for whatever the bytes hold, `OSError` when the file itself cannot be read.
    """
    with _opened(path, limits) as (image, file):
        notes: list[str] = []
        frames = _count_frames(image, file, limits.max_frames)
        if frames > 1:
            notes.append("first_frame_only")
        if frames > limits.max_frames:
            notes.append("more_frames_than_counted")
        orientation = _orientation(image, notes)
        result, plane = _hash(image, orientation, notes)
        width, height = image.size if orientation < 5 else image.size[::-1]
    return ImageSignals(result, width, height, _format(image), frames, tuple(notes), plane)


def thumbnail(path: Path, limits: ImageLimits, max_side: int = 640) -> bytes:
    """Return the picture's first frame as WebP without metadata, upright, no side longer than `max_side` pixels.

    Raises as `image_signals` does.
    """
    with _opened(path, limits) as (image, _):
        orientation = _orientation(image, [])
        if _format(image) == "JPEG":
            image.draft("RGB", (max_side, max_side))
        pixels = _colours(image, background=255, notes=[])
        picture = Image.fromarray(np.ascontiguousarray(pdq.upright(pixels, orientation)))
        picture.thumbnail((max_side, max_side))
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=80)
    return out.getvalue()


def upright_pixels(path: Path, limits: ImageLimits) -> Pixels:
    """Return the first frame's uint8 pixels, height x width (x 3 unless grey), upright and composited on white.

    Raises as `image_signals` does.
    """
    with _opened(path, limits) as (image, _):
        orientation = _orientation(image, [])
        return np.ascontiguousarray(pdq.upright(_colours(image, background=255, notes=[]), orientation))


@contextmanager
def _opened(path: Path, limits: ImageLimits) -> Iterator[tuple[Image.Image, BinaryIO]]:
    with path.open("rb") as file, decoding():
        pillow_format = _admit(file, limits)
        with Image.open(file, formats=[pillow_format]) as image:
            _check_pixels(image.size, limits)
            yield image, file


def _admit(file: BinaryIO, limits: ImageLimits) -> str:
    size = file.seek(0, io.SEEK_END)
    if not size:
        raise Undecodable(Reason.EMPTY, "the file has no bytes")
    if size > limits.max_bytes:
        raise Undecodable(Reason.TOO_LARGE, f"the file has {size} bytes, at most {limits.max_bytes} are decoded")
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    media_type = sniff(head)
    if media_type in FORMATS:
        if media_type == "image/webp" and (canvas := webp_size(head)):
            _check_pixels(canvas, limits)
        return FORMATS[media_type]
    if media_type is not None and media_type.startswith("image/"):
        raise Undecodable(Reason.UNSUPPORTED, f"{media_type} is not decoded; {', '.join(sorted(FORMATS))} are")
    raise Undecodable(Reason.NOT_AN_IMAGE, f"the file starts like {media_type or 'no type that is known'}")


def _check_pixels(size: tuple[int, int], limits: ImageLimits) -> None:
    width, height = size
    if width * height > limits.max_pixels:
        detail = f"{width} x {height} are {width * height} pixels, at most {limits.max_pixels} are decoded"
        raise Undecodable(Reason.TOO_MANY_PIXELS, detail)
    if not width or not height:
        raise Undecodable(Reason.DECODER_ERROR, f"the header says {width} x {height} pixels")


def _format(image: Image.Image) -> str:
    # Cameras append previews to JPEGs ("MPO"); the first picture is an ordinary JPEG.
    return "JPEG" if image.format == "MPO" else str(image.format)


def _count_frames(image: Image.Image, file: BinaryIO, most: int) -> int:
    kind = _format(image)
    if kind == "GIF":
        position = file.tell()
        frames = gif_frames(file, most)
        file.seek(position)
        return max(1, frames)
    if kind == "TIFF":
        return _count_pages(image, most)
    return 1 if kind == "JPEG" else min(int(getattr(image, "n_frames", 1)), most + 1)


def _count_pages(image: Image.Image, most: int) -> int:
    pages = 1
    try:
        while pages <= most:
            image.seek(pages)
            pages += 1
    except EOFError:
        pass
    image.seek(0)
    return pages


def _orientation(image: Image.Image, notes: list[str]) -> int:
    if image.format == "TIFF":
        # Pillow turns TIFFs while it loads them.
        image.load()
        return 1
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001 - damaged metadata of any kind leaves the picture as it is stored, as browsers do
        notes.append("orientation_unreadable")
        return 1
    if orientation == 0:
        return 1
    if not isinstance(orientation, int) or not 1 <= orientation <= 8:
        notes.append("orientation_unreadable")
        return 1
    if orientation != 1:
        notes.append("orientation_applied")
    return orientation


def _hash(image: Image.Image, orientation: int, notes: list[str]) -> tuple[Signal | None, Pixels | None]:
    if min(image.size) < pdq.SMALLEST:
        image.load()
        notes.append("too_small")
        return None, None
    if _format(image) == "JPEG" and image.mode in ("RGB", "L") and image.width * image.height > EXACT_PIXELS:
        return _hash_luma(image, orientation)
    pixels = _colours(image, background=255, notes=notes)
    found = pdq.hash_pixels(pdq.upright(pixels, orientation))
    if not found.quality and image.has_transparency_data:
        black = _colours(image, background=0, notes=[])
        on_black = pdq.hash_pixels(pdq.upright(black, orientation))
        if on_black.quality:
            notes[notes.index("composited_on_white")] = "composited_on_black"
            found, pixels = on_black, black
    return _signal(found), np.ascontiguousarray(pdq.upright(_plane(pixels), orientation))


def _hash_luma(image: Image.Image, orientation: int) -> tuple[Signal, Pixels]:
    image.draft("L", image.size)
    reducer = Reducer(height=image.height, width=image.width)
    strips = _reducing(_strips(image), reducer)
    found = pdq.hash_luma_strips(strips, height=image.height, width=image.width, orientation=orientation)
    return _signal(found), _upright_plane(reducer, orientation)


def _strips(image: Image.Image) -> Iterator[Pixels]:
    for top in range(0, image.height, _STRIP):
        yield np.asarray(image.crop((0, top, image.width, min(image.height, top + _STRIP))))


def _reducing(strips: Iterator[Pixels], reducer: Reducer) -> Iterator[Pixels]:
    for strip in strips:
        reducer.add(strip)
        yield strip


def pixel_signals(pixels: Pixels) -> tuple[Signal | None, Pixels | None]:
    """Return the signal and the plane of pixels that were decoded elsewhere: uint8, height x width (x 3).

    None twice when the picture is too small for them.
    """
    if min(pixels.shape[:2]) < pdq.SMALLEST:
        return None, None
    return _signal(pdq.hash_pixels(pixels)), _plane(pixels)


def _plane(pixels: Pixels) -> Pixels:
    reducer = Reducer(height=pixels.shape[0], width=pixels.shape[1])
    for strip in _luma_strips(pixels):
        reducer.add(strip)
    return reducer.plane()


def _luma_strips(pixels: Pixels) -> Iterator[Pixels]:
    for top in range(0, pixels.shape[0], _STRIP):
        strip = pixels[top : top + _STRIP]
        yield strip if strip.ndim == 2 else np.asarray(Image.fromarray(strip).convert("L"))


def _upright_plane(reducer: Reducer, orientation: int) -> Pixels:
    return np.ascontiguousarray(pdq.upright(reducer.plane(), orientation))


def _signal(found: pdq.Pdq) -> Signal:
    return Signal("pdq", 1, found.hash, found.quality)


def _colours(image: Image.Image, *, background: int, notes: list[str]) -> Pixels:
    """Return uint8 pixels, height x width x 3 or height x width for grey, of any mode that Pillow decodes."""
    image.load()
    if image.has_transparency_data:
        notes.append("composited_on_white")
        layer = image.convert("RGBA")
        canvas = Image.new("RGB", image.size, (background,) * 3)
        canvas.paste(layer, mask=layer)
        return np.asarray(canvas)
    if image.mode[0] in "IF":
        notes.append("rescaled_to_8_bits")
        return _eight_bits(np.asarray(image))
    return np.asarray(image.convert("L" if image.mode in ("1", "L") else "RGB"))


def _eight_bits(values: npt.NDArray[Any]) -> Pixels:
    """16-bit integers by their upper byte; anything wider by its own range, since nothing says what white is."""
    if values.dtype.itemsize == 2 or (values.dtype.kind in "iu" and values.min() >= 0 and 255 < values.max() <= 65535):
        return (values >> 8).astype(np.uint8)
    finite = np.nan_to_num(values.astype(np.float32), posinf=0, neginf=0)
    low, high = float(finite.min()), float(finite.max())
    if values.dtype.kind in "iu" and low >= 0 and high <= 255:
        return finite.astype(np.uint8)
    return np.asarray((finite - low) * (255 / max(high - low, 1e-30)), np.uint8)
