"""What the cage says about text in pictures."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ischia.base.cage import Cage, Undecodable, results
from ischia.base.cage.answers import parse
from ischia.core.media.ocr import Line, OcrLimits, read_picture, tessdata
from ischia.core.media.scans import ScanLimits, read_scans
from tests.base.numba_cache import numba_cache

pytestmark = pytest.mark.skipif(
    not os.environ.get("CI") and not tessdata(), reason="Tesseract's languages: run tools/system as root"
)
WORDS = "Everyone has the right to life"
GOOD: dict[str, Any] = {"lines": [[0.9, 1, 2, 30, 40]], "language": "ara", "notes": ["more_regions"]}


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    cage = Cage(cache=numba_cache(), size=1)
    cage.start()
    yield cage
    cage.stop()


def written(path: Path) -> Path:
    image = Image.new("RGB", (900, 120), "white")
    ImageDraw.Draw(image).text((40, 30), WORDS, font_size=40, fill="black")
    image.save(path, "PNG")
    return path


def answer(document: dict[str, Any], *texts: bytes) -> bytes:
    head = json.dumps(document | {"blobs": {"texts": [len(text) for text in texts]}}).encode()
    return len(head).to_bytes(4, "big") + head + b"".join(texts)


def test_confinement_changes_nothing_in_what_is_read(cage: Cage, tmp_path: Path) -> None:
    path = written(tmp_path / "file")
    found = cage.ocr(path)
    assert found == read_picture(path, OcrLimits())
    assert found.text == WORDS


def test_a_picture_of_noise_is_read_within_its_budget(cage: Cage, tmp_path: Path) -> None:
    noise = np.random.default_rng(5).integers(0, 256, (600, 800, 3)).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "file", "PNG")
    assert cage.ocr(tmp_path / "file").text == ""


def test_confinement_changes_nothing_in_what_is_read_in_a_document(cage: Cage, tmp_path: Path) -> None:
    path = tmp_path / "scan"
    with Image.open(written(tmp_path / "file")) as picture:
        picture.save(path, "PDF")
    found = cage.scans(path)
    assert found == read_scans(path, ScanLimits())
    assert [(page.page, page.text.text) for page in found] == [(1, WORDS)]


def test_a_file_that_is_no_picture_is_refused(cage: Cage, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"words in no picture")
    with pytest.raises(Undecodable, match="not_an_image"):
        cage.ocr(tmp_path / "file")


def test_without_tesserocr_the_work_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from ischia.base.cage.work import WORKS

    monkeypatch.delitem(sys.modules, "tesserocr", raising=False)
    with pytest.raises(Undecodable, match=r"pip install 'ischia\[ocr\]'") as caught:
        WORKS["ocr"](str(written(tmp_path / "file")), {})
    assert caught.value.reason == "unsupported"


def test_a_good_answer_becomes_text() -> None:
    found = results.ocr(parse(answer(GOOD, "حرف".encode())))
    assert found.lines == (Line("حرف", 0.9, (1, 2, 30, 40)),)
    assert (found.language, found.notes) == ("ara", ("more_regions",))


def test_a_good_answer_about_a_document_becomes_pages() -> None:
    second = {**GOOD, "page": 5, "lines": []}
    one, other = results.scans(parse(answer({"pages": [{**GOOD, "page": 2}, second]}, b"x")))
    assert (one.page, one.text.text, other.page, other.text.lines) == (2, "x", 5, ())


@pytest.mark.parametrize(
    ("pages", "texts"),
    [
        ([{**GOOD, "page": 1}], []),
        ([{**GOOD, "page": 1}], [b"x", b"y"]),
        ([{**GOOD, "page": 0}], [b"x"]),
        ([{**GOOD, "page": 1, "more": 1}], [b"x"]),
        ([GOOD], [b"x"]),
        ([{**GOOD, "page": 1, "lines": None}], []),
        ([7], []),
        ([{**GOOD, "page": 1, "lines": []}] * 9, []),
        (None, []),
    ],
)
def test_an_answer_about_a_document_with_what_cannot_be_is_garbled(pages: Any, texts: list[bytes]) -> None:
    with pytest.raises(Undecodable) as caught:
        results.scans(parse(answer({"pages": pages}, *texts)))
    assert caught.value.reason == "garbled"


@pytest.mark.parametrize(
    ("change", "texts"),
    [
        ({}, []),
        ({}, [b"one", b"two"]),
        ({}, [b"two\nlines"]),
        ({}, [b""]),
        ({}, [b"\xff"]),
        ({}, [b"x" * 2001]),
        ({"language": "xyz"}, [b"x"]),
        ({"language": None}, [b"x"]),
        ({"lines": [[1.5, 1, 2, 3, 4]]}, [b"x"]),
        ({"lines": [[0.5, -1, 2, 3, 4]]}, [b"x"]),
        ({"lines": [[0.5, 1, 2, 3]]}, [b"x"]),
        ({"lines": [[]]}, [b"x"]),
        ({"lines": [[0.5, 1, 2, 3, 4]] * 401}, [b"x"] * 401),
        ({"notes": "more_regions"}, [b"x"]),
    ],
)
def test_an_answer_with_a_field_that_cannot_be_is_garbled(change: dict[str, Any], texts: list[bytes]) -> None:
    with pytest.raises(Undecodable) as caught:
        results.ocr(parse(answer(GOOD | change, *texts)))
    assert caught.value.reason == "garbled"
