"""Words in the pictures of PDF files: scanned pages are read, typed words are not read twice."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from ischia.core.media import Undecodable
from ischia.core.media.ocr import tessdata
from ischia.core.media.scans import ScanLimits, read_scans
from tests.documents import pdf

WORDS = "Everyone has the right to life"
pytestmark = pytest.mark.skipif(
    not os.environ.get("CI") and not tessdata(), reason="Tesseract's languages: run tools/system as root"
)
LIMITS = ScanLimits(side=1000)


def page(text: str = "", size: tuple[int, int] = (900, 1200)) -> Image.Image:
    image = Image.new("L", size, 240)
    font = ImageFont.truetype("DejaVuSans.ttf", 40)
    ImageDraw.Draw(image).text((80, size[1] // 3), text, font=font, fill=30)
    return image


def scanned(path: Path, pages: Sequence[Image.Image]) -> Path:
    pages[0].save(path, "PDF", save_all=True, append_images=pages[1:], resolution=100)
    return path


def test_a_scanned_page_is_read_and_one_without_words_is_left_out(tmp_path: Path) -> None:
    path = scanned(tmp_path / "x", [page(), page(WORDS)])
    (found,) = read_scans(path, LIMITS, ("eng",))
    assert (found.page, found.text.text) == (2, WORDS)


def test_a_page_that_was_scanned_sideways_is_read_as_the_document_turns_it(tmp_path: Path) -> None:
    path = scanned(tmp_path / "x", [page(WORDS).rotate(90, expand=True)])
    turned = path.read_bytes().replace(b"/Type /Page\n", b"/Type /Page\n/Rotate 90\n")
    path.write_bytes(turned)
    assert b"/Rotate 90" in turned
    assert [one.text.text for one in read_scans(path, LIMITS, ("eng",))] == [WORDS]


def test_what_is_typed_on_a_page_with_a_picture_is_not_read_again(tmp_path: Path) -> None:
    picture = page(WORDS, (900, 600))
    (tmp_path / "x").write_bytes(pdf("Typed words on a page", pixels=picture.tobytes(), size=picture.size))
    assert [one.text.text for one in read_scans(tmp_path / "x", LIMITS, ("eng",))] == [WORDS]


def test_a_page_without_pictures_is_not_drawn(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(pdf("Typed words on a page"))
    assert read_scans(tmp_path / "x", LIMITS, ("eng",)) == ()


def test_only_the_first_pages_with_pictures_are_read(tmp_path: Path) -> None:
    path = scanned(tmp_path / "x", [page(WORDS)] * 3)
    assert [one.page for one in read_scans(path, ScanLimits(pages=2, side=1000), ("eng",))] == [1, 2]


def test_what_is_no_document_and_a_system_without_languages_say_so(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"no document")
    with pytest.raises(Undecodable, match="unsupported"):
        read_scans(tmp_path / "x", LIMITS, ("eng",))
    with pytest.raises(Undecodable, match=r"unsupported: no Tesseract languages"):
        read_scans(tmp_path / "x", LIMITS, folder=str(tmp_path))
