"""A known picture is found when it is framed, turned, cropped or inside another, and acts only where that is sure."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageOps

from ischia.screening.hunts import finds
from ischia.screening.models import Hunt
from tests.journeys.conftest import Platform
from tests.journeys.work import run_jobs


def scene(seed: int = 3, size: tuple[int, int] = (480, 360)) -> Image.Image:
    """Shapes on a soft ground: corners as photographs have them, the same for the same seed."""
    random = np.random.default_rng(seed)
    coarse = random.integers(40, 216, (6, 8, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    pixels = np.asarray(image).copy()
    for _ in range(60):
        top, left = random.integers(0, size[1] - 30), random.integers(0, size[0] - 40)
        height, width = random.integers(8, 60), random.integers(8, 80)
        pixels[top : top + height, left : left + width] = random.integers(0, 256, 3)
    return Image.fromarray(pixels)


def jpeg(image: Image.Image, quality: int = 85) -> bytes:
    target = io.BytesIO()
    image.convert("RGB").save(target, "JPEG", quality=quality)
    return target.getvalue()


def inside(image: Image.Image) -> Image.Image:
    around = scene(99, (960, 800))
    around.paste(image.resize((400, 300)), (300, 250))
    return around


CHANGES: dict[str, tuple[Callable[[Image.Image], Image.Image], str, str]] = {
    "framed": (lambda image: ImageOps.expand(image, 40, "black"), "remove", "trimmed"),
    "smaller": (lambda image: image.resize((240, 180)), "remove", "as_is"),
    "mirrored": (ImageOps.mirror, "queue", "mirrored"),
    "turned": (lambda image: image.rotate(90, expand=True), "queue", "rotated_270"),
    "negative": (ImageOps.invert, "queue", "inverted"),
    "cropped a little": (lambda image: image.crop((24, 18, 456, 342)), "queue", "crop_of_entry"),
    "cropped by half": (lambda image: image.crop((0, 0, 300, 250)), "queue", "crop_of_entry"),
    "inside another": (inside, "queue", "entry_inside"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_picture_is_found_and_says_what_was_done(platform: Platform, change: str) -> None:
    platform.add_picture(jpeg(scene()))
    edit, verdict, kind = CHANGES[change]
    answer = platform.screen_picture("1", jpeg(edit(scene()))).json()
    assert answer["verdict"] == verdict, answer["matches"]
    assert kind in {match["kind"] for match in answer["matches"]}
    best = answer["matches"][0]
    assert len(best["where"]["quad"]) == 4
    if verdict == "queue":
        assert best["strength"] in {"derived", "partial"}


def test_an_unrelated_picture_is_let_pass(platform: Platform) -> None:
    platform.add_picture(jpeg(scene()))
    assert platform.screen_picture("1", jpeg(scene(4))).json()["match_count"] == 0


def test_where_the_known_picture_is_inside_another_is_told(platform: Platform) -> None:
    platform.add_picture(jpeg(scene()))
    answer = platform.screen_picture("1", jpeg(inside(scene()))).json()
    quad = np.array(answer["matches"][0]["where"]["quad"]) * (960, 800)
    assert np.abs(quad - [(300, 250), (700, 250), (700, 550), (300, 550)]).max() < 12


def test_a_logo_of_news_alone_is_no_match(platform: Platform) -> None:
    platform.post("/banks", {"name": "logos", "purpose": "logos of news", "protects": True})
    logo = scene(7, (200, 120))
    known = scene()
    known.paste(logo, (20, 20))
    platform.add_picture(jpeg(known))
    platform.add_picture(jpeg(logo), bank="logos")
    other = scene(55)
    other.paste(logo, (250, 200))
    assert platform.screen_picture("1", jpeg(other)).json()["match_count"] == 0
    assert platform.screen_picture("2", jpeg(known.crop((60, 60, 480, 360)))).json()["match_count"] > 0


def test_a_hunt_previews_what_the_second_gate_lets_pass(platform: Platform) -> None:
    platform.screen_picture("same", jpeg(scene(), 60))
    platform.screen_picture("turned", jpeg(scene().rotate(180)))
    platform.screen_picture("negative", jpeg(ImageOps.invert(scene())))
    platform.screen_picture("other", jpeg(scene(8)))
    platform.add_picture(jpeg(scene()))
    run_jobs()
    found = {find.item: find.would for _, find in finds(Hunt.objects.get().pk)}
    assert found == {"same": "remove", "turned": "queue", "negative": "queue"}
