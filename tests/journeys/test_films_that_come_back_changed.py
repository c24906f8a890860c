"""A known film is found when it is cut, mirrored or framed, with the seconds that match."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.journeys.conftest import Platform
from tests.journeys.test_documents_and_sounds import screen
from tests.journeys.test_pictures_that_come_back_changed import scene
from tests.journeys.work import run_jobs

SECONDS = 12
RATE = 8


def picture_at(seconds: float, seed: int = 0) -> Image.Image:
    """A slow pan over one scene after the other, two seconds each."""
    number, inside = int(seconds // 2), seconds % 2
    left = int(20 + 60 * inside)
    return scene(1000 + 50 * seed + number, (480, 360)).crop((left, 40, left + 320, 280))


def film(
    start: float = 0, end: float = SECONDS, seed: int = 0, edit: Callable[[Image.Image], Image.Image] | None = None
) -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as container:
        stream: Any = None
        for number in range(int(start * RATE), int(end * RATE)):
            shown = picture_at(number / RATE, seed)
            shown = edit(shown) if edit else shown
            if stream is None:
                stream = container.add_stream("mpeg4", rate=RATE)
                stream.width, stream.height, stream.pix_fmt = shown.width, shown.height, "yuv420p"
                stream.bit_rate = 2_000_000
                stream.thread_count = 1
            frame = av.VideoFrame.from_ndarray(np.asarray(shown), "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


@pytest.mark.parametrize(
    ("edit", "kind"),
    [
        (None, "clip"),
        (ImageOps.mirror, "mirrored_clip"),
        (lambda image: ImageOps.expand(image, (80, 0), "black"), "clip"),
    ],
    ids=["as it is", "mirrored", "bars"],
)
def test_a_clip_of_a_known_film_goes_before_a_person_with_its_seconds(
    platform: Platform, edit: Callable[[Image.Image], Image.Image] | None, kind: str
) -> None:
    platform.add_picture(film())
    answer = screen(platform, "video", film(4, 10, edit=edit))
    assert answer["verdict"] == "queue"
    (match,) = answer["matches"]
    assert (match["algorithm"], match["kind"]) == ("frames", kind)
    start, end, entry_start, _ = match["where"]["seconds"][0]
    assert abs((entry_start - start) - 4) < 0.7
    assert end - start > 4


def test_another_film_is_let_pass(platform: Platform) -> None:
    platform.add_picture(film())
    assert screen(platform, "video", film(seed=9))["match_count"] == 0


def test_a_hunt_finds_films_that_are_held(platform: Platform) -> None:
    screen(platform, "video", film(2, 9), "clip")
    screen(platform, "video", film(seed=9), "other")
    platform.add_picture(film())
    run_jobs()
    assert platform.get("/items/posts/clip").json()["matches"][0]["algorithm"] == "frames"
    assert platform.get("/items/posts/other").json()["matches"] == []


def test_a_known_animation_is_found_as_a_film(platform: Platform) -> None:
    target = io.BytesIO()
    shown = [picture_at(number / 2) for number in range(16)]
    shown[0].save(target, "GIF", save_all=True, append_images=shown[1:], duration=500)
    platform.add_picture(film())
    answer = screen(platform, "image", target.getvalue())
    assert "frames" in {match["algorithm"] for match in answer["matches"]}


def test_a_person_is_shown_frames_of_both_films(platform: Platform) -> None:
    from ischia.banks.models import EntryPicture
    from ischia.content.models import PartContent

    platform.add_picture(film())
    screen(platform, "video", film(4, 10))
    assert EntryPicture.objects.count() >= 6
    assert PartContent.objects.filter(media_type="image/webp").count() >= 4
    assert PartContent.objects.filter(inside="0:00").exists()
