"""What is inside of files counts: sounds, words and pictures of documents, files in archives."""

from __future__ import annotations

import io
import wave
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ischia.console.dossier import dossier
from ischia.content.models import Item, PartContent
from tests.journeys.conftest import LONG_TEXT, Platform
from tests.journeys.test_pictures_that_come_back_changed import jpeg, scene
from tests.journeys.work import run_jobs


def melody(seed: int, seconds: float = 20.0) -> np.ndarray[Any, Any]:
    """A tune of four voices, the same for the same seed, at 22,050 Hz."""
    random, rate = np.random.default_rng(seed), 22_050
    time = np.arange(int(seconds * rate)) / rate
    beat = (time * 3).astype(int)
    scale = 220 * 2 ** (random.integers(0, 24, (4, int(seconds * 3) + 2)) / 12)
    voices = sum(np.sin(2 * np.pi * np.cumsum(voice[beat]) / rate) for voice in scale)
    return (voices / 4 * 20_000).astype(np.int16)


def wav(samples: np.ndarray[Any, Any]) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22_050)
        file.writeframes(samples.tobytes())
    return target.getvalue()


def archive(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name, content in files.items():
            file.writestr(name.replace("_", "."), content)
    return target.getvalue()


def pdf(text: str) -> bytes:
    """A page with a line of Latin text, written by hand."""
    lines = [text[i : i + 80] for i in range(0, len(text), 80)]
    shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
    stream = f"BT /F1 11 Tf 40 780 Td {shown} ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def screen(platform: Platform, kind: str, content: bytes, item: str = "1") -> Any:
    parts = [{"id": "it", "type": kind, "file": "f"}]
    document = {"surface": "posts", "id": item, "author": "a", "parts": parts}
    return platform.send("/screen", "submission", document, f=content).json()


def test_a_piece_of_a_known_sound_goes_before_a_person_with_its_seconds(platform: Platform) -> None:
    platform.add_picture(wav(melody(1)))
    piece = (melody(1)[8 * 22_050 : 19 * 22_050] * 0.4).astype(np.int16)
    answer = screen(platform, "audio", wav(piece))
    assert answer["verdict"] == "queue"
    (match,) = answer["matches"]
    assert (match["algorithm"], match["kind"]) == ("sound", "same_sound")
    start, end, entry_start, entry_end = match["where"]["seconds"][0]
    assert abs((entry_start - start) - 8) < 1
    assert end - start > 7
    assert entry_end <= 20.5
    assert screen(platform, "audio", wav(melody(2)), "2")["match_count"] == 0


def test_a_hunt_finds_a_known_sound(platform: Platform) -> None:
    screen(platform, "audio", wav(melody(1)[: 12 * 22_050]))
    platform.add_picture(wav(melody(1)))
    run_jobs()
    assert platform.get("/items/posts/1").json()["matches"][0]["algorithm"] == "sound"


def test_a_known_picture_in_an_archive_in_an_archive_is_found_where_it_is(platform: Platform) -> None:
    platform.add_picture(jpeg(scene()))
    inner = archive(photo_jpg=jpeg(scene(), 60), note_txt=b"hello")
    answer = screen(platform, "file", archive(inner_zip=inner))
    assert answer["verdict"] in {"queue", "remove"}
    assert answer["matches"][0]["inside"] == "inner.zip › photo.jpg"


def test_a_protected_picture_in_an_archive_is_no_evidence(platform: Platform) -> None:
    platform.post("/banks", {"name": "logos", "purpose": "logos of news", "protects": True})
    platform.add_picture(jpeg(scene()))
    platform.add_picture(jpeg(scene()), bank="logos")
    assert screen(platform, "file", archive(logo_jpg=jpeg(scene())))["match_count"] == 0


def test_a_known_text_in_a_document_is_found_on_its_page(platform: Platform) -> None:
    platform.add_text(LONG_TEXT)
    answer = screen(platform, "file", pdf(LONG_TEXT))
    assert answer["parts"][0]["pages"] == 1
    assert {match["inside"] for match in answer["matches"]} == {"page 1"}
    assert answer["verdict"] in {"queue", "remove"}


def test_a_person_reads_the_known_words_of_a_page_beside_its_picture(platform: Platform) -> None:
    platform.add_text(LONG_TEXT)
    screen(platform, "file", pdf(LONG_TEXT))
    (page,) = PartContent.objects.filter(inside="page 1")
    assert LONG_TEXT[:40] in page.text
    assert page.file
    shown = dossier(Item.objects.get(), may_look=True)["pairs"][0].probe
    assert (shown.kind, LONG_TEXT[:40] in shown.text) == ("text", True)
    assert str(page.pk) in shown.src


@pytest.mark.parametrize(
    ("kind", "make", "reason"),
    [
        ("audio", lambda: b"not a sound", "unsupported"),
        ("file", lambda: archive(broken_jpg=b"\xff\xd8\xff\xe0broken"), ""),
        ("file", lambda: b"#EXTM3U\nfile:///etc/passwd\n", "unsupported"),
        ("file", lambda: b"%PDF-1.4\nbroken", "decoder_error"),
    ],
)
def test_what_cannot_be_opened_is_recorded_and_goes_before_a_person(
    platform: Platform, kind: str, make: Callable[[], bytes], reason: str
) -> None:
    answer = screen(platform, kind, make())
    assert answer["verdict"] == "queue"
    (part,) = answer["parts"]
    if reason:
        assert part["state"] == "undecodable"
    else:
        assert part["left_out"][0]["inside"] == "broken.jpg"


def test_a_file_of_unknown_kind_is_known_by_its_bytes_alone(platform: Platform) -> None:
    assert screen(platform, "file", b"just bytes")["verdict"] == "allow"
