"""Pictures that facebook/ThreatExchange publishes with PDQ, where they lie beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageOps

from ischia.core.media import image_signals
from ischia.core.signals import pdq
from tests.core.test_media_images import LIMITS, distance, exact

SHARED = Path(__file__).parents[3] / "shared" / "data" / "pdq"


@pytest.mark.skipif(not SHARED.exists(), reason="needs the shared test pictures")
def test_colour_modes_of_one_photograph_are_one_picture() -> None:
    files = sorted(path for path in (SHARED / "misc-images" / "modes").iterdir() if path.suffix != ".md")
    results = [image_signals(path, LIMITS) for path in files]
    assert len(results) >= 12
    assert max(distance(results[0], other) for other in results) <= 6


@pytest.mark.skipif(not SHARED.exists(), reason="needs the shared test pictures")
@pytest.mark.parametrize("number", [1, 3, 6, 8])
def test_a_camera_turned_on_its_side_gives_the_upright_picture(number: int) -> None:
    path = SHARED / "exif-rotn" / f"exif-rotn-{number}.jpg"
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    result = image_signals(path, LIMITS)
    assert result.pdq is not None
    assert pdq.hamming(result.pdq.value, exact(upright)) <= 2
