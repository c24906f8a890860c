from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ischia.core.media import Undecodable
from ischia.core.media.ocr import OcrLimits, ReadText, read, read_picture, tessdata, warm
from ischia.core.text.fold import fold

SENTENCES = {
    "ara": "لكل فرد الحق في الحياة والحرية وسلامة شخصه",
    "fas": "هر کس حق دارد که دارای تابعیت باشد",
    "urd": "تمام انسان آزاد اور حقوق میں برابر",
    "eng": "Everyone has the right to life and liberty",
}
LIMITS = OcrLimits()

there = {place.stem for place in (tessdata() or Path()).glob("*.traineddata")}
pytestmark = pytest.mark.skipif(
    not os.environ.get("CI") and not there >= set(SENTENCES), reason="Tesseract's languages: run tools/system as root"
)


def textured(width: int = 900, height: int = 500) -> Image.Image:
    """Return a picture without letters: hills in colour under noise."""
    random = np.random.default_rng(3)
    small = Image.fromarray(random.integers(30, 200, (9, 16, 3)).astype(np.uint8))
    hills = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC), np.int16)
    return Image.fromarray(np.clip(hills + random.integers(-12, 12, hills.shape), 0, 255).astype(np.uint8))


def write(image: Image.Image, text: str, place: tuple[int, int] = (450, 400), **ink: object) -> Image.Image:
    font = ImageFont.truetype("DejaVuSans.ttf", 34)
    direction = "ltr" if text.isascii() else "rtl"
    ImageDraw.Draw(image).text(place, text, font=font, direction=direction, anchor="mm", **ink)
    return image


def on_white(text: str) -> Image.Image:
    return write(Image.new("RGB", (1200, 120), "white"), text, (600, 60), fill="black")


def seen(image: Image.Image, **options: object) -> ReadText:
    return read(np.asarray(image), LIMITS, **options)


def recall(truth: str, found: str) -> float:
    wanted, there = set(fold(truth).text.split()), set(fold(found).text.split())
    return len(wanted & there) / len(wanted)


@pytest.mark.parametrize("language", SENTENCES)
def test_black_on_white_is_read_in_every_language(language: str):
    found = seen(on_white(SENTENCES[language]))
    assert recall(SENTENCES[language], found.text) >= 0.8
    assert found.language == language or language in ("fas", "urd")


@pytest.mark.parametrize("ink", [{"fill": "white", "stroke_width": 2, "stroke_fill": "black"}, {"fill": (255, 230, 0)}])
@pytest.mark.parametrize("language", ["ara", "eng"])
def test_a_caption_straight_on_a_photograph_is_read(language: str, ink: dict[str, object]):
    found = seen(write(textured(), SENTENCES[language], **ink))
    assert recall(SENTENCES[language], found.text) >= 0.7


def test_white_on_a_half_transparent_bar_is_read():
    photo = textured()
    under = photo.crop((0, 360, 900, 440))
    photo.paste(Image.blend(under, Image.new("RGB", under.size, "black"), 0.5), (0, 360))
    found = seen(write(photo, SENTENCES["ara"], fill="white"))
    assert recall(SENTENCES["ara"], found.text) >= 0.8


def test_letters_that_arabic_has_not_are_read_in_persian() -> None:
    sentence = "وی در پروژه‌های ساخت در کردستان نیز درگیر بود"
    found = seen(write(textured(), sentence, fill="white", stroke_width=2, stroke_fill="black"))
    assert (found.language, found.text) == ("fas", sentence)


def test_two_captions_come_from_top_to_bottom():
    image = Image.new("RGB", (1000, 700), "white")
    write(image, "This line is the second one", (500, 600), fill="black")
    write(image, "This line is the first one", (500, 80), fill="black")
    assert [line.text.split()[-2] for line in seen(image).lines] == ["first", "second"]


def test_a_line_says_where_it_is_in_the_picture_as_it_came():
    image = on_white(SENTENCES["eng"]).resize((2400, 240))
    (line,) = seen(image).lines
    left, top, right, bottom = line.box
    ink = np.argwhere(np.asarray(image.convert("L")) < 128)
    assert np.abs(np.array([top, left]) - ink.min(axis=0)).max() < 30
    assert np.abs(np.array([bottom, right]) - ink.max(axis=0)).max() < 30
    assert line.confidence > 0.8


def test_letters_taller_than_a_hundred_pixels_are_read():
    image = Image.new("RGB", (1200, 400), "white")
    font = ImageFont.truetype("DejaVuSans-Bold.ttf", 150)
    ImageDraw.Draw(image).text((600, 200), "FREEDOM", font=font, anchor="mm", fill="black")
    assert seen(image).text == "FREEDOM"


def test_nothing_is_read_in_a_picture_without_letters():
    assert seen(textured()).text == ""


def test_a_smooth_picture_is_not_given_to_tesseract():
    gradient = Image.linear_gradient("L").resize((900, 700))
    assert seen(gradient) == ReadText((), "", ("no_strokes",))


def test_a_picture_of_a_few_pixels_holds_no_text():
    assert seen(Image.new("L", (3, 2))).lines == ()


def test_noise_ends_at_the_limits_and_gives_no_text():
    noise = np.random.default_rng(1).integers(0, 256, (700, 700, 3)).astype(np.uint8)
    assert read(noise, OcrLimits(pixels=1_000_000)).text == ""


def test_a_line_below_the_confidence_is_left_out():
    image = on_white(SENTENCES["eng"])
    assert read(np.asarray(image), OcrLimits(confidence=1.0)).lines == ()


def test_grey_and_coloured_pixels_of_one_picture_give_the_same_text():
    image = on_white(SENTENCES["eng"])
    assert seen(image.convert("L")).text == seen(image).text == SENTENCES["eng"]


def test_a_turned_file_is_read_upright(tmp_path: Path):
    turned = Image.Exif()
    turned[0x0112] = 6
    on_white(SENTENCES["eng"]).transpose(Image.Transpose.ROTATE_90).save(tmp_path / "x.jpg", exif=turned, quality=95)
    assert read_picture(tmp_path / "x.jpg", LIMITS).text == SENTENCES["eng"]


def test_black_letters_on_nothing_are_read_on_white(tmp_path: Path):
    layer = Image.new("RGBA", (1200, 120), (0, 0, 0, 0))
    write(layer, SENTENCES["eng"], (600, 60), fill="black").save(tmp_path / "x.png")
    assert read_picture(tmp_path / "x.png", LIMITS).text == SENTENCES["eng"]


def test_a_file_that_is_no_picture_says_so(tmp_path: Path):
    (tmp_path / "x").write_bytes(b"no picture at all")
    with pytest.raises(Undecodable, match="not_an_image"):
        read_picture(tmp_path / "x", LIMITS)


def test_only_the_languages_that_are_asked_for_and_there_are_used():
    assert warm(("eng", "xyz")) == ("eng",)
    assert set(warm()) == set(SENTENCES)
    assert seen(on_white(SENTENCES["eng"]), languages=("eng", "xyz")).language == "eng"


def test_without_languages_the_error_says_what_to_install(tmp_path: Path):
    with pytest.raises(Undecodable, match=r"unsupported: no Tesseract languages.*install tesseract-ocr-ara"):
        seen(on_white("x"), folder=str(tmp_path))


def test_the_folder_named_by_the_environment_comes_before_the_systems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "eng.traineddata").write_bytes(b"")
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    assert tessdata() == tmp_path


def test_a_damaged_language_file_is_an_error_that_names_it(tmp_path: Path):
    (tmp_path / "eng.traineddata").write_bytes(b"garbage")
    with pytest.raises(Undecodable, match=r"unsupported.*eng"):
        seen(on_white("x"), folder=str(tmp_path))
