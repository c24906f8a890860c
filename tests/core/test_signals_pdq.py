"""PDQ against the reference implementation: the same bits, the same quality."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ischia.core.signals import pdq
from tests.core.signals_pictures import Pixels, photographs, synthetic

REFERENCE: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "pdq_reference.json").read_text())
SHARED = Path(__file__).parents[3] / "shared" / "data" / "pdq"
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def named(row: dict[str, Any]) -> str:
    return str(row.get("file") or f"{row['kind']}-{row['height']}x{row['width']}")


def photograph(name: str, mode: str = "RGB") -> Pixels:
    with Image.open(photographs() / name) as image:
        return np.asarray(image.convert(mode))


@pytest.mark.parametrize("row", REFERENCE["synthetic"], ids=named)
def test_a_synthetic_picture_has_the_hash_and_quality_of_the_reference(row: dict[str, Any]) -> None:
    pixels = synthetic(row["kind"], row["seed"], row["height"], row["width"])
    assert pdq.hash_pixels(pixels) == (row["hash"], row["quality"])


@pytest.mark.parametrize("row", REFERENCE["png"], ids=named)
def test_a_photograph_has_the_hash_and_quality_of_the_reference(row: dict[str, Any]) -> None:
    assert pdq.hash_pixels(photograph(row["file"])) == (row["hash"], row["quality"])


def test_the_reference_rows_cover_pictures_with_and_without_information() -> None:
    qualities = {row["quality"] for row in REFERENCE["synthetic"]}
    assert {0, 100} < qualities


@pytest.mark.parametrize("row", REFERENCE["synthetic"], ids=named)
def test_grey_pixels_hash_like_the_same_grey_in_three_colours(row: dict[str, Any]) -> None:
    grey = synthetic(row["kind"], row["seed"], row["height"], row["width"])[:, :, 1]
    assert pdq.hash_pixels(grey) == pdq.hash_pixels(np.repeat(grey[:, :, np.newaxis], 3, axis=2))


@pytest.mark.parametrize("name", ["astronaut.png", "coffee.png", "grass.png", "motorcycle_right.png", "page.png"])
def test_the_linear_map_is_within_two_bits_of_the_reference(name: str) -> None:
    grey = photograph(name, "L")
    exact, fast = pdq.hash_pixels(grey), pdq.hash_luma(grey)
    assert pdq.hamming(exact.hash, fast.hash) <= 2
    assert abs(exact.quality - fast.quality) <= 1


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from(["astronaut.png", "coffee.png", "motorcycle_left.png"]),
    height=st.integers(128, 700),
    width=st.integers(128, 700),
)
def test_the_linear_map_is_within_two_bits_at_every_size(name: str, height: int, width: int) -> None:
    grey = np.asarray(Image.fromarray(photograph(name, "L")).resize((width, height)))
    assert pdq.hamming(pdq.hash_pixels(grey).hash, pdq.hash_luma(grey).hash) <= 2


def running_mean(values: list[Fraction], window: int) -> list[Fraction]:
    """The box filter as it is defined: the mean over the window, of what lies inside the line."""
    ahead = (window + 2) // 2 - 1
    means = []
    for at in range(len(values)):
        seen = values[max(0, at + ahead - window + 1) : at + ahead + 1]
        means.append(sum(seen, Fraction(0)) / len(seen))
    return means


@settings(max_examples=30, deadline=None)
@given(length=st.integers(128, 900), mirrored=st.booleans(), seed=st.integers(0, 99))
def test_the_matrix_of_an_axis_is_two_running_means_at_64_centres(length: int, mirrored: bool, seed: int) -> None:
    values = synthetic("noise", seed, 1, length)[0, :, 0]
    line = [Fraction(int(value)) for value in (values[::-1] if mirrored else values)]
    window = (length + 127) // 128
    smooth = running_mean(running_mean(line, window), window)
    expected = [float(smooth[int((sample + 0.5) * length / 64)]) for sample in range(64)]

    axis = pdq._axis(length, mirrored=mirrored)
    widest = axis.by_sample.shape[1]
    by_sample = [axis.by_sample[j] @ values[start : start + widest] for j, start in enumerate(axis.starts)]
    by_pixel = np.zeros(65)
    for samples, weights, value in zip(axis.samples, axis.by_pixel, values, strict=True):
        np.add.at(by_pixel, samples, weights * np.where(samples < 0, 0, value))
    assert np.allclose(by_sample, expected, atol=1e-3)
    assert np.allclose(by_pixel[:64], expected, atol=1e-3)


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("name", ["chelsea.png", "microaneurysms.png"])
def test_turning_the_map_hashes_like_turning_the_pixels(name: str, orientation: int) -> None:
    grey = photograph(name, "L")
    turned = np.asarray(Image.fromarray(grey).transpose(TURNS[orientation]))
    assert pdq.hamming(pdq.hash_luma(grey, orientation=orientation).hash, pdq.hash_luma(turned).hash) <= 2
    assert np.array_equal(pdq.upright(grey, orientation), turned)


def test_the_orientations_of_a_photograph_have_different_hashes() -> None:
    grey = photograph("chelsea.png", "L")
    hashes = [pdq.hash_luma(grey, orientation=orientation).hash for orientation in range(1, 9)]
    assert min(pdq.hamming(a, b) for i, a in enumerate(hashes) for b in hashes[:i]) > 60


@pytest.mark.parametrize("shape", [(4, 4), (1, 1), (4, 500), (500, 4)])
def test_a_picture_too_small_to_hash_has_quality_zero(shape: tuple[int, int]) -> None:
    pixels = synthetic("noise", 1, *shape)
    assert pdq.hash_pixels(pixels) == pdq.hash_luma(pixels[:, :, 0].copy()) == ("0" * 64, 0)


def test_an_inverted_photograph_is_nearly_all_bits_away() -> None:
    pixels = photograph("astronaut.png")
    assert pdq.hamming(pdq.hash_pixels(pixels).hash, pdq.hash_pixels(255 - pixels).hash) >= 225


def test_pixels_in_any_memory_layout_hash_alike() -> None:
    pixels = photograph("coffee.png")
    assert pdq.hash_pixels(np.asfortranarray(pixels)) == pdq.hash_pixels(pixels)
    assert pdq.hash_pixels(np.repeat(pixels, 2, axis=1)[:, ::2]) == pdq.hash_pixels(pixels)


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((9, 9, 4), np.uint8), np.zeros((9, 9), np.float32), np.zeros(9, np.uint8)],
    ids=["rgba", "float", "line"],
)
def test_pixels_of_another_shape_or_type_are_refused(pixels: Any) -> None:
    with pytest.raises(ValueError, match="need uint8 pixels"):
        pdq.hash_pixels(pixels)
    with pytest.raises(ValueError, match="need a uint8 plane"):
        pdq.hash_luma(pixels if pixels.dtype != np.uint8 or pixels.ndim != 2 else pixels[0])


@pytest.mark.skipif(not SHARED.exists(), reason="needs the shared test pictures")
def test_edits_of_the_published_photograph_stay_within_the_threshold() -> None:
    edits = sorted((SHARED / "bridge-mods").glob("*.jpg"))
    hashes = []
    for file in edits:
        with Image.open(file) as image:
            hashes.append(pdq.hash_pixels(np.asarray(image.convert("RGB"))).hash)
    assert len(hashes) >= 12
    assert max(pdq.hamming(hashes[0], other) for other in hashes) <= 31


@pytest.mark.parametrize("rows", [1, 7, 64, 10_000])
def test_a_plane_in_strips_hashes_like_the_plane(rows: int) -> None:
    grey = photograph("coffee.png", "L")
    strips = [grey[top : top + rows] for top in range(0, grey.shape[0], rows)]
    assert pdq.hash_luma_strips(strips, height=400, width=600, orientation=6) == pdq.hash_luma(grey, orientation=6)


def test_strips_that_do_not_fill_the_plane_are_refused() -> None:
    with pytest.raises(ValueError, match="the strips have 100 rows, need 400"):
        pdq.hash_luma_strips([np.zeros((100, 600), np.uint8)], height=400, width=600)
    with pytest.raises(ValueError, match="does not fit at row 300 of 400 x 600"):
        pdq.hash_luma_strips([np.zeros((300, 600), np.uint8)] * 2, height=400, width=600)


def test_warming_leaves_nothing_to_compile_for_any_picture() -> None:
    pdq.warm()
    compiled = {name: len(kernel.signatures) for name, kernel in vars(pdq).items() if hasattr(kernel, "signatures")}
    grey = photograph("coffee.png", "L")
    for pixels in (photograph("coffee.png"), grey, grey.copy(), np.asfortranarray(grey), grey[::-1]):
        pdq.hash_pixels(pixels)
        pdq.hash_luma(pixels if pixels.ndim == 2 else pixels[:, :, 0], orientation=5)
    assert len(compiled) > 5
    assert compiled == {name: len(vars(pdq)[name].signatures) for name in compiled}
