"""A caption in a picture, and a page that was scanned, are read and found as typed words are, and marked as read."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import translation
from PIL import Image, ImageDraw, ImageFont

from ischia.base.config import config
from ischia.core.media.ocr import tessdata
from ischia.screening.phrases import current as phrases
from tests.console.signin import Phone, phone, sign_in
from tests.journeys.conftest import Platform
from tests.journeys.test_texts_that_come_back_changed import add_list
from tests.journeys.test_texts_that_come_back_changed import phrase as listed

__all__ = ["phone"]
CAPTION = "حارس المنارة يعود إلى المرفأ القديم مساء اليوم"
PHRASE = "يعود إلى المرفأ القديم"

there = {place.stem for place in (tessdata() or Path()).glob("*.traineddata")}
pytestmark = pytest.mark.skipif(
    not os.environ.get("CI") and not there >= {"ara", "eng"}, reason="Tesseract's languages: run tools/system as root"
)


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installation that reads pictures."""
    monkeypatch.setenv("ISCHIA_READ_PICTURES", "true")
    config.cache_clear()
    yield
    monkeypatch.undo()
    config.cache_clear()


@pytest.fixture(autouse=True)
def _fresh_phrases() -> Iterator[None]:
    phrases.forget()
    yield
    phrases.forget()


def photograph() -> Image.Image:
    """Hills in colour with a caption on a dark bar, in a font with Arabic letters."""
    random = np.random.default_rng(3)
    small = Image.fromarray(random.integers(30, 200, (9, 16, 3)).astype(np.uint8))
    photo = small.resize((900, 500), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(photo)
    draw.rectangle((0, 380, 900, 450), fill=(15, 15, 20))
    font = ImageFont.truetype("DejaVuSans.ttf", 34)
    draw.text((450, 415), CAPTION, font=font, direction="rtl", anchor="mm", fill="white")
    return photo


DIARY = (
    "The keeper wrote down every ship that passed the island that winter",
    "with its name and its flag and its cargo and at the end of the page",
    "he drew the sea as it had been that day so that whoever came after",
    "him would know not only what had passed but in what weather it did",
)


def screenshot(lines: Sequence[str]) -> Image.Image:
    """Black lines on white."""
    image = Image.new("RGB", (1400, 80 + 70 * len(lines)), "white")
    font = ImageFont.truetype("DejaVuSans.ttf", 34)
    for number, line in enumerate(lines):
        ImageDraw.Draw(image).text((40, 40 + 70 * number), line, font=font, fill="black")
    return image


def saved(image: Image.Image, kind: str) -> bytes:
    target = io.BytesIO()
    image.save(target, kind)
    return target.getvalue()


def scan() -> bytes:
    """A document of two pages that a scanner made: pictures of paper, the second with the words."""
    paper = Image.new("RGB", (1240, 1754), (240, 238, 232))
    written = paper.copy()
    font = ImageFont.truetype("DejaVuSans.ttf", 40)
    ImageDraw.Draw(written).text((620, 400), CAPTION, font=font, direction="rtl", anchor="mm", fill=(30, 30, 30))
    target = io.BytesIO()
    paper.save(target, "PDF", save_all=True, append_images=[written], resolution=150)
    return target.getvalue()


def screened(platform: Platform, kind: str, content: bytes, item: str = "captioned") -> Any:
    parts = [{"id": "it", "type": kind, "file": "f"}]
    document = {"surface": "posts", "id": item, "author": "a", "parts": parts}
    answer = platform.send("/screen", "submission", document, f=content)
    assert answer.status_code == 200, answer.content
    return answer.json()


CASES = pytest.mark.parametrize(
    ("kind", "make", "inside"),
    [
        ("image", lambda: saved(photograph(), "JPEG"), "words in the picture"),
        ("file", scan, "page 2 › words in the picture"),
    ],
    ids=["a caption", "a scanned page"],
)


@CASES
def test_a_listed_phrase_in_a_picture_goes_before_a_person_as_a_machine_read_it(
    platform: Platform,
    phone: Phone,
    reading: None,
    tmp_path: Path,
    kind: str,
    make: Callable[[], bytes],
    inside: str,
) -> None:
    add_list(tmp_path, listed(PHRASE, 1.0))
    answer = screened(platform, kind, make())
    assert (answer["verdict"], answer["actions"]) == ("queue", [])
    (match,) = answer["matches"]
    assert (match["algorithm"], match["strength"], match["inside"]) == ("phrase", "partial", inside)
    (text,) = platform.get("/items/posts/captioned").json()["parts"][0]["texts"]
    assert text == {"inside": inside, "languages": ["ar-Arab"], "machine_read": True}
    desk = Client()
    sign_in(desk, phone, "reviewer")
    assert "/console/items/posts/captioned" in desk.get(f"/console/cases/{answer['case']}").content.decode()
    for language, words in WORDS.items():
        with translation.override(language):  # What the request activates must not outlive the test.
            page = desk.get("/console/items/posts/captioned", headers={"accept-language": language}).content.decode()
        assert f'lang="{language}"' in page
        assert [word for word in words if word not in page] == []
        assert "<mark>" in page
        assert page.count("/console/pictures/parts/") == 1


WORDS = {
    "en": ("read by machine", "A machine read these words", "Arabic, Arabic script"),
    "ar": ("قرأته آلة", "قرأت آلة هذه الكلمات", "العربية، الخط العربي"),
}


def test_nobody_reads_pictures_unless_the_operator_says_so(platform: Platform, tmp_path: Path) -> None:
    add_list(tmp_path, listed(PHRASE, 1.0))
    assert screened(platform, "image", saved(photograph(), "JPEG"))["verdict"] == "allow"


def test_a_known_text_that_a_machine_read_without_a_fault_goes_before_a_person_and_never_acts(
    platform: Platform, reading: None
) -> None:
    platform.add_text(" ".join(DIARY))
    assert platform.screen_text("typed", " ".join(DIARY)).json()["verdict"] == "remove"
    answer = screened(platform, "image", saved(screenshot(DIARY), "PNG"))
    assert "text" in {match["algorithm"] for match in answer["matches"]}
    assert (answer["verdict"], answer["actions"]) == ("queue", [])
