"""Pictures from files: what they hash to, and how hostile ones are refused."""

from __future__ import annotations

import io
import json
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageOps, features

from ischia.core.media import (
    EXACT_PIXELS,
    ImageLimits,
    ImageSignals,
    Reason,
    Undecodable,
    image_signals,
    sniff,
    thumbnail,
)
from ischia.core.signals import pdq
from ischia.core.vision import reduced
from tests.core.signals_pictures import photographs

REFERENCE: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "pdq_reference.json").read_text())
LIMITS = ImageLimits()


_PIXELS_OF_A_GIF = b"\x08\x0f\x00\x01\x08\x1cH\xb0\xa0\xc1\x83\x08\x13*L\x18\x10\x00"


def photograph(mode: str = "RGB", name: str = "chelsea.png") -> Image.Image:
    with Image.open(photographs() / name) as image:
        return image.convert(mode)


def saved(image: Image.Image, folder: Path, kind: str = "PNG", **options: Any) -> Path:
    path = folder / "upload"
    image.save(path, kind, **options)
    return path


def written(content: bytes, folder: Path) -> Path:
    path = folder / "upload"
    path.write_bytes(content)
    return path


def refused(path: Path, limits: ImageLimits = LIMITS) -> Undecodable:
    with pytest.raises(Undecodable) as caught:
        image_signals(path, limits)
    return caught.value


def distance(a: ImageSignals, b: ImageSignals) -> int:
    assert a.pdq is not None
    assert b.pdq is not None
    return pdq.hamming(a.pdq.value, b.pdq.value)


def exact(image: Image.Image) -> str:
    return pdq.hash_pixels(np.asarray(image.convert("RGB"))).hash


@pytest.mark.parametrize("row", REFERENCE["png"], ids=lambda row: row["file"])
def test_a_lossless_picture_has_the_hash_of_the_reference(row: dict[str, Any]) -> None:
    result = image_signals(photographs() / row["file"], LIMITS)
    assert result.pdq is not None
    assert (result.pdq.value, result.pdq.quality) == (row["hash"], row["quality"])
    assert (result.pdq.algorithm, result.pdq.version) == ("pdq", 1)


@pytest.mark.parametrize("row", REFERENCE["jpeg"], ids=lambda row: row["file"])
def test_a_jpeg_has_the_hash_of_the_reference(row: dict[str, Any]) -> None:
    result = image_signals(photographs() / row["file"], LIMITS)
    assert result.pdq is not None
    assert (result.pdq.value, result.pdq.quality) == (row["hash"], row["quality"])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "TIFF", "BMP"])
def test_every_format_of_the_list_gives_the_same_picture(kind: str, tmp_path: Path) -> None:
    original = image_signals(photographs() / "chelsea.png", LIMITS)
    result = image_signals(saved(photograph(), tmp_path, kind), LIMITS)
    assert (result.format, result.width, result.height, result.frames) == (kind, 451, 300, 1)
    assert distance(original, result) <= 10


def test_the_decoders_of_the_list_are_in_the_wheel() -> None:
    assert features.check("avif")
    assert features.check("webp")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_stored_orientation_is_applied(kind: str, orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    path = saved(photograph(), tmp_path, kind, exif=exif, **options)
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    result = image_signals(path, LIMITS)
    assert result.pdq is not None
    assert (result.width, result.height) == upright.size
    assert result.pdq.value == exact(upright)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_stored_orientation_is_applied_to_a_large_jpeg(orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    large = photograph(name="coffee.png").resize((1800, 1200))
    assert large.width * large.height > EXACT_PIXELS
    path = saved(large, tmp_path, "JPEG", exif=exif)
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    result = image_signals(path, LIMITS)
    assert result.pdq is not None
    assert (result.width, result.height) == upright.size
    assert pdq.hamming(result.pdq.value, exact(upright)) <= 2


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("size", "kind"), [((600, 450), "PNG"), ((1800, 1200), "JPEG")])
def test_the_plane_is_the_upright_picture_averaged_down(
    size: tuple[int, int], kind: str, orientation: int, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    path = saved(photograph("L", "coffee.png").resize(size), tmp_path, kind, exif=exif)
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image).convert("L")
    plane = image_signals(path, LIMITS).plane
    assert plane is not None
    assert max(plane.shape) == 512
    assert np.abs(plane.astype(int) - reduced(np.asarray(upright))).max() <= 1


def test_a_small_picture_keeps_its_size_in_the_plane(tmp_path: Path) -> None:
    plane = image_signals(saved(photograph("L"), tmp_path), LIMITS).plane
    assert np.array_equal(plane, np.asarray(photograph("L")))


def test_a_picture_that_shows_on_black_alone_has_a_plane_on_black(tmp_path: Path) -> None:
    layer = Image.new("RGBA", (451, 300), (255, 255, 255, 0))
    layer.putalpha(photograph("L"))
    result = image_signals(saved(layer, tmp_path), LIMITS)
    assert "composited_on_black" in result.notes
    assert result.plane is not None
    assert np.abs(result.plane.astype(int) - np.asarray(photograph("L"))).max() <= 2


def test_a_picture_too_small_to_hash_has_no_plane(tmp_path: Path) -> None:
    assert image_signals(saved(Image.new("RGB", (4, 300)), tmp_path), LIMITS).plane is None


@pytest.mark.parametrize("name", ["color.png", "chessboard_RGB.png", "logo.png", "astronaut.png"])
def test_a_small_jpeg_in_saturated_colours_has_the_hash_of_its_pixels(name: str, tmp_path: Path) -> None:
    path = saved(photograph(name=name), tmp_path, "JPEG", quality=75)
    result = image_signals(path, LIMITS)
    assert result.pdq is not None
    with Image.open(path) as image:
        assert result.pdq.value == exact(image)


def test_an_orientation_that_makes_no_sense_leaves_the_picture_as_it_is(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 77
    result = image_signals(saved(photograph(), tmp_path, exif=exif), LIMITS)
    assert result.pdq is not None
    assert result.pdq.value == exact(photograph())
    assert "orientation_unreadable" in result.notes


def test_damaged_exif_leaves_the_picture_as_it_is(tmp_path: Path) -> None:
    result = image_signals(saved(photograph(), tmp_path, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"), LIMITS)
    assert (result.width, result.height) == (451, 300)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_mode_of_a_png_gives_the_same_picture(mode: str, tmp_path: Path) -> None:
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(photograph("L")).astype(np.uint16) * 257)
    else:
        picture = photograph(mode)
    result = image_signals(saved(picture, tmp_path), LIMITS)
    assert distance(image_signals(photographs() / "chelsea.png", LIMITS), result) <= 16


@pytest.mark.parametrize(("mode", "most"), [("CMYK", 10), ("L", 10)])
def test_every_mode_of_a_jpeg_gives_the_same_picture(mode: str, most: int, tmp_path: Path) -> None:
    result = image_signals(saved(photograph(mode), tmp_path, "JPEG", quality=95), LIMITS)
    assert distance(image_signals(photographs() / "chelsea.png", LIMITS), result) <= most


@pytest.mark.parametrize("mode", ["F", "I", "CMYK", "LAB", "YCbCr", "RGBA", "PA"])
def test_every_mode_of_a_tiff_gives_the_same_picture(mode: str, tmp_path: Path) -> None:
    picture = photograph("RGB")
    if mode == "F":
        picture = Image.fromarray(np.asarray(photograph("L")).astype(np.float32) / 255)
    elif mode == "PA":
        picture = photograph("P")
    elif mode != "LAB":
        picture = photograph("L" if mode == "I" else "RGB").convert(mode)
    result = image_signals(saved(picture, tmp_path, "TIFF"), LIMITS)
    assert distance(image_signals(photographs() / "chelsea.png", LIMITS), result) <= 10


def test_numbers_that_are_no_numbers_in_a_tiff_are_no_error(tmp_path: Path) -> None:
    values = np.asarray(photograph("L")).astype(np.float32)
    values[:9] = np.nan
    values[9] = np.inf
    assert image_signals(saved(Image.fromarray(values), tmp_path, "TIFF"), LIMITS).pdq is not None


def test_what_is_transparent_is_seen_on_white(tmp_path: Path) -> None:
    picture = photograph("RGBA")
    picture.paste((200, 0, 0, 0), (0, 0, 200, 300))
    on_white = photograph()
    on_white.paste((255, 255, 255), (0, 0, 200, 300))
    result = image_signals(saved(picture, tmp_path), LIMITS)
    assert result.pdq is not None
    assert result.pdq.value == exact(on_white)
    assert "composited_on_white" in result.notes


def test_a_white_picture_that_lives_in_its_alpha_is_seen_on_black(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (451, 300), (255, 255, 255, 255))
    picture.putalpha(photograph("L"))
    result = image_signals(saved(picture, tmp_path), LIMITS)
    assert result.pdq is not None
    assert result.pdq.quality == 100
    assert "composited_on_black" in result.notes
    assert distance(image_signals(photographs() / "chelsea.png", LIMITS), result) <= 16


def test_a_palette_with_a_transparent_colour_is_composited(tmp_path: Path) -> None:
    result = image_signals(saved(photograph("P"), tmp_path, transparency=0), LIMITS)
    assert "composited_on_white" in result.notes


def test_an_animation_is_hashed_by_its_first_frame_and_says_so(tmp_path: Path) -> None:
    frames = [photograph(), photograph().rotate(90), photograph().rotate(180)]
    for kind, options in (("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {}), ("TIFF", {}), ("AVIF", {})):
        result = image_signals(
            saved(frames[0], tmp_path, kind, save_all=True, append_images=frames[1:], **options), LIMITS
        )
        assert result.frames == 3, kind
        assert "first_frame_only" in result.notes
        assert distance(image_signals(photographs() / "chelsea.png", LIMITS), result) <= 16, kind


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "WEBP", "PNG"])
def test_frames_are_counted_up_to_the_budget_only(kind: str, tmp_path: Path) -> None:
    frames = [Image.new("L", (16, 16), shade) for shade in range(0, 240, 12)]
    path = saved(frames[0], tmp_path, kind, save_all=True, append_images=frames[1:])
    result = image_signals(path, ImageLimits(max_frames=5))
    assert result.frames == 6
    assert "more_frames_than_counted" in result.notes


def test_a_hundred_thousand_frames_are_not_walked(tmp_path: Path) -> None:
    screen = b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 8, 8, 0) + _PIXELS_OF_A_GIF
    result = image_signals(written(screen + frame * 100_000, tmp_path), ImageLimits(max_frames=50))
    assert result.frames == 51


def test_a_picture_too_small_to_hash_has_no_signal(tmp_path: Path) -> None:
    result = image_signals(saved(Image.new("RGB", (4, 300)), tmp_path), LIMITS)
    assert result.pdq is None
    assert "too_small" in result.notes


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"hello, this is text", Reason.NOT_AN_IMAGE),
        (b"%PDF-1.7 ...", Reason.NOT_AN_IMAGE),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Reason.UNSUPPORTED),
        (b"8BPS\0\x01" + bytes(90), Reason.UNSUPPORTED),
        (b"\xff\xd8\xff\xe0", Reason.DECODER_ERROR),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), Reason.DECODER_ERROR),
        (b"GIF89a\0\0\0\0\0\0\0", Reason.DECODER_ERROR),
    ],
    ids=["empty", "text", "pdf", "heic", "psd", "jpeg-start", "png-zeros", "gif-of-nothing"],
)
def test_what_is_no_picture_is_refused_with_a_reason(content: bytes, reason: Reason, tmp_path: Path) -> None:
    error = refused(written(content, tmp_path))
    assert error.reason is reason
    assert error.detail


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "AVIF"])
def test_a_picture_cut_in_half_is_refused(kind: str, tmp_path: Path) -> None:
    whole = saved(photograph(), tmp_path, kind).read_bytes()
    assert refused(written(whole[: len(whole) // 2], tmp_path)).reason in (Reason.TRUNCATED, Reason.DECODER_ERROR)


def test_a_jpeg_cut_in_half_is_called_truncated(tmp_path: Path) -> None:
    whole = saved(photograph(), tmp_path, "JPEG").read_bytes()
    assert refused(written(whole[: len(whole) // 2], tmp_path)).reason is Reason.TRUNCATED


def bomb(kind: str, width: int, height: int) -> bytes:
    """Make a file of a few bytes whose header claims width x height pixels."""
    if kind == "png":
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        return (
            b"\x89PNG\r\n\x1a\n"
            + _chunk(b"IHDR", header)
            + _chunk(b"IDAT", zlib.compress(bytes(9)))
            + _chunk(b"IEND", b"")
        )
    if kind == "webp":
        canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + canvas
    if kind == "gif":
        return (
            b"GIF89a"
            + struct.pack("<HHBBB", width, height, 0, 0, 0)
            + b"\x2c"
            + bytes(4)
            + b"\x08\0\x08\0\0\x02\x02\x84\x51\0\x3b"
        )
    if kind == "bmp":
        return b"BM" + struct.pack("<IIIIiiHHIIIIII", 54, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    plain = io.BytesIO()
    Image.new("RGB", (16, 16)).save(plain, "JPEG")
    return plain.getvalue().replace(struct.pack(">HH", 16, 16), struct.pack(">HH", height, width))


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


@pytest.mark.parametrize("side", [6_400, 13_000, 16_383, 60_000])
@pytest.mark.parametrize("kind", ["png", "webp", "gif", "bmp", "jpeg"])
def test_a_picture_of_too_many_pixels_is_refused_by_its_header(kind: str, side: int, tmp_path: Path) -> None:
    error = refused(written(bomb(kind, side, side), tmp_path))
    assert error.reason is Reason.TOO_MANY_PIXELS
    assert "pixels" in error.detail


@pytest.mark.parametrize("kind", ["AVIF", "TIFF"])
def test_a_picture_that_claims_more_pixels_than_it_holds_is_refused_by_its_header(kind: str, tmp_path: Path) -> None:
    content = saved(Image.new("RGB", (144, 176)), tmp_path, kind).read_bytes()
    layout = ">II" if kind == "AVIF" else "<HHII"
    before = (144, 176) if kind == "AVIF" else (256, 4, 1, 144)
    after = (13_000, 13_000) if kind == "AVIF" else (256, 4, 1, 1_000_000)
    assert struct.pack(layout, *before) in content
    error = refused(written(content.replace(struct.pack(layout, *before), struct.pack(layout, *after)), tmp_path))
    assert error.reason is Reason.TOO_MANY_PIXELS


def test_the_pixel_limit_itself_is_allowed(tmp_path: Path) -> None:
    assert image_signals(saved(Image.new("L", (100, 50)), tmp_path), ImageLimits(max_pixels=5000)).width == 100
    assert refused(tmp_path / "upload", ImageLimits(max_pixels=4999)).reason is Reason.TOO_MANY_PIXELS


def test_a_file_over_the_byte_limit_is_refused_unread(tmp_path: Path) -> None:
    path = saved(photograph(), tmp_path)
    size = path.stat().st_size
    assert refused(path, ImageLimits(max_bytes=size - 1)).reason is Reason.TOO_LARGE
    assert image_signals(path, ImageLimits(max_bytes=size)).pdq is not None


def test_a_file_that_is_not_there_is_no_property_of_the_picture(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        image_signals(tmp_path / "absent", LIMITS)


@pytest.mark.parametrize("kind", [IndexError, struct.error, TypeError, ZeroDivisionError, RecursionError, SyntaxError])
def test_whatever_a_decoder_raises_is_a_recorded_state(
    kind: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Image.Image) -> None:
        raise kind("of all things")

    path = saved(photograph(), tmp_path)
    monkeypatch.setattr(Image.Image, "convert", lambda self, *_: broken(self))
    error = refused(path)
    assert error.reason is Reason.DECODER_ERROR
    assert error.detail == f"{kind.__name__}: of all things"


def test_too_little_memory_is_a_recorded_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    path = saved(photograph(), tmp_path)
    monkeypatch.setattr(Image.Image, "convert", exhausted)
    assert refused(path).reason is Reason.OUT_OF_MEMORY


def test_warnings_of_the_decoder_do_not_leak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(Image.new("L", (50, 30)), tmp_path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.warns(Image.DecompressionBombWarning):
        Image.open(path).close()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        image_signals(path, LIMITS)
    assert not seen


_SMALL = photograph().resize((150, 130))


def _encoded(kind: str) -> bytes:
    out = io.BytesIO()
    _SMALL.save(out, kind)
    return out.getvalue()


_WHOLE = [_encoded(kind) for kind in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF")]


def outcome(path: Path) -> str:
    """Return the format of a picture, or why there is none; anything else that is raised fails the test."""
    try:
        return image_signals(path, LIMITS).format
    except Undecodable as error:
        return f"{Reason(error.reason)} {error.detail}"


@settings(max_examples=150, deadline=None)
@given(data=st.data(), whole=st.sampled_from(_WHOLE))
def test_a_damaged_picture_is_a_picture_or_undecodable(
    data: st.DataObject, whole: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    damaged = bytearray(whole[: data.draw(st.integers(12, len(whole)))])
    for _ in range(data.draw(st.integers(0, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(damaged)
    assert outcome(path)


@settings(max_examples=60, deadline=None)
@given(tail=st.binary(max_size=300), whole=st.sampled_from(_WHOLE))
def test_any_bytes_behind_a_known_start_are_a_picture_or_undecodable(
    tail: bytes, whole: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "garbage"
    path.write_bytes(whole[:12] + tail)
    assert outcome(path)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "GIF"])
def test_a_thumbnail_is_upright_small_and_without_metadata(kind: str, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Artist] = "somebody"
    options = {} if kind == "GIF" else {"exif": exif, "icc_profile": b"profile" * 9}
    content = thumbnail(saved(photograph(), tmp_path, kind, **options), LIMITS, max_side=200)
    assert sniff(content[:64]) == "image/webp"
    with Image.open(io.BytesIO(content)) as small:
        assert max(small.size) == 200
        assert (small.height > small.width) is (kind != "GIF")
        assert not small.getexif()
        assert "icc_profile" not in small.info
    assert b"somebody" not in content


def test_a_thumbnail_looks_like_its_picture(tmp_path: Path) -> None:
    small = written(thumbnail(photographs() / "chelsea.png", LIMITS), tmp_path)
    assert distance(image_signals(photographs() / "chelsea.png", LIMITS), image_signals(small, LIMITS)) <= 10


def test_a_thumbnail_of_a_damaged_picture_is_refused_alike(tmp_path: Path) -> None:
    with pytest.raises(Undecodable):
        thumbnail(written(b"\xff\xd8\xff\xe0" + bytes(40), tmp_path), LIMITS)
