from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from ischia.base.cage import Undecodable, results
from ischia.base.cage.answers import Answer, parse
from ischia.core.signals.frames import pack
from ischia.core.sound import Sound

GOOD: dict[str, Any] = {
    "signals": [{"algorithm": "pdq", "version": 1, "value": "0f" * 32, "quality": 80}],
    "width": 640,
    "height": 480,
    "format": "JPEG",
    "frames": 1,
    "notes": ["orientation_applied"],
}


def framed(document: object, **blobs: Sequence[bytes]) -> bytes:
    if isinstance(document, dict):
        document = {"blobs": {name: [len(blob) for blob in group] for name, group in blobs.items()}} | document
    head = json.dumps(document).encode()
    return len(head).to_bytes(4, "big") + head + b"".join(blob for group in blobs.values() for blob in group)


def test_a_good_answer_becomes_a_result() -> None:
    result = results.image(parse(framed(GOOD)))
    assert result.signals[0].value == "0f" * 32
    assert (result.width, result.height, result.format, result.thumbnail) == (640, 480, "JPEG", None)


@pytest.mark.parametrize(
    "change",
    [
        {"signals": None},
        {"signals": [{"algorithm": "pdq"}]},
        {"signals": [{"algorithm": "pdq", "version": 1, "value": "zz", "quality": 1}]},
        {"signals": [{"algorithm": "pdq", "version": 2, "value": "0f" * 32, "quality": 1}]},
        {"signals": [{"algorithm": "pdq", "version": 1, "value": "0f" * 32, "quality": 101}]},
        {"signals": [{"algorithm": "pdq", "version": True, "value": "0f" * 32, "quality": 1}]},
        {"signals": [{"algorithm": ["pdq"], "version": 1, "value": "0f" * 32, "quality": 1}]},
        {"signals": [{"algorithm": "none", "version": 1, "value": "0f" * 32, "quality": 1}]},
        {"signals": [GOOD["signals"][0]] * 65},
        {"width": 0},
        {"width": 10**12},
        {"height": "480"},
        {"height": 1.5},
        {"frames": -1},
        {"format": "EXE"},
        {"format": {}},
        {"notes": ["a\nforged=line"]},
        {"notes": "first_frame_only"},
    ],
)
def test_an_answer_with_a_field_that_cannot_be_is_garbled(change: dict[str, Any]) -> None:
    with pytest.raises(Undecodable) as caught:
        results.image(parse(framed(GOOD | change)))
    assert caught.value.reason == "garbled"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0\0\0\0",
        b"\xff\xff\xff\xff{}",
        b"\0\0\0\x02[]",
        b"\0\0\0\x02{]",
        framed({"blobs": None}),
        framed({"blobs": {"a": 5}}),
        framed({"blobs": {"a": [1]}}),
        framed({"blobs": {"a": [1, -1, True]}}, a=[b"x"]),
        framed({"blobs": {"../a": [1]}}) + b"x",
        framed({"blobs": {"a": [0] * 30_000}}),
        framed("text"),
        framed({"error": "no"}),
        framed({"error": {"reason": "unheard_of", "detail": "x"}}),
        framed({"error": {"reason": "truncated", "detail": 5}}),
        (100_000).to_bytes(4, "big") + b"[" * 100_000,
    ],
)
def test_bytes_that_are_no_answer_are_garbled(answer: bytes) -> None:
    with pytest.raises(Undecodable) as caught:
        parse(answer)
    assert caught.value.reason == "garbled"


def test_a_thumbnail_is_a_webp_or_nothing() -> None:
    with pytest.raises(Undecodable, match="thumbnail"):
        results.image(parse(framed(GOOD, thumbnail=[b"<script>alert(1)</script>"])))


def test_blobs_come_back_by_name_and_order() -> None:
    answer = parse(framed({}, a=[b"1", b"", b"333"], b=[b"4"]))
    assert answer.blobs == {"a": (b"1", b"", b"333"), "b": (b"4",)}


def test_a_plane_has_the_size_that_it_says() -> None:
    plane = results.image(parse(framed(GOOD | {"plane": [2, 3]}, planes=[bytes(range(6))]))).plane
    assert plane is not None
    assert plane.tolist() == [[0, 1, 2], [3, 4, 5]]


PICTURE = {"page": 1, "width": 64, "height": 64, "pdq": None, "plane": None}
PDF = {"pages": 1, "links": ["https://example.org"], "pictures": [PICTURE], "drawn": [], "files": ["a"], "notes": []}
FILM = {
    "seconds": 2,
    "width": 64,
    "height": 48,
    "every": 0.25,
    "variants": ["", "mirrored"],
    "stills": [[0.5, 1, 2]],
    "notes": [],
}
FRAMES = pack(np.array([0, 250], np.uint32), np.ones((2, 32), np.uint8), np.array([0, 90], np.uint8))
BACK = FRAMES[37:] + FRAMES[:37]
ARCHIVE = {
    "members": [["a", "b"]],
    "texts": [["a"]],
    "left_out": [{"names": ["c"], "reason": "encrypted"}],
    "notes": [],
}


def test_good_answers_of_the_other_works_become_results() -> None:
    document = results.pdf(parse(framed(PDF, files=[b"content"], texts=["حرف".encode()])))
    assert (document.texts, document.files[0].content) == (("حرف",), b"content")
    archive = results.archive(parse(framed(ARCHIVE, members=[b"content"], texts=[b"words"])))
    assert (archive.members[0].names, archive.texts[0].text, archive.left_out[0].reason) == (
        ("a", "b"),
        "words",
        "encrypted",
    )
    film = results.video(parse(framed(FILM, frames=[FRAMES, FRAMES], planes=[b"12"])))
    assert [(signal.variant, signal.quality, signal.data) for signal in film.frames] == [
        ("", 1, FRAMES),
        ("mirrored", 1, FRAMES),
    ]
    assert [(instant, plane.tolist()) for instant, plane in film.stills] == [(0.5, [[49, 50]])]
    assert film.rest is None
    window = results.video(parse(framed(FILM | {"rest": [120.5, 119, -1]}, frames=[FRAMES, FRAMES], planes=[b"12"])))
    assert window.rest == (120.5, 119.0, -1)
    words = Sound(2000, np.arange(0, 16000, 1000).astype(np.uint32))
    heard = results.sound(parse(framed({"seconds": 2, "notes": []}, sound=[words.data])))
    assert heard.sound == words.signal()


@pytest.mark.parametrize(
    ("read", "document", "blobs"),
    [
        (results.image, GOOD | {"plane": [2, 3]}, {}),
        (results.image, GOOD | {"plane": [2, 3]}, {"planes": [b"12345"]}),
        (results.image, GOOD | {"plane": [0, 3]}, {"planes": [b""]}),
        (results.image, GOOD | {"plane": [1, 513]}, {"planes": [bytes(513)]}),
        (results.image, GOOD | {"plane": "23"}, {"planes": [bytes(6)]}),
        (results.image, GOOD | {"plane": [2.0, 3]}, {"planes": [bytes(6)]}),
        (results.image, GOOD, {"thumbnail": [b"RIFF0000WEBP"] * 2}),
        (results.sound, {"seconds": float("inf"), "notes": []}, {}),
        (results.sound, {"seconds": -1, "notes": []}, {}),
        (results.sound, {"seconds": 1, "notes": []}, {"sound": [b"12345"]}),
        (results.sound, {"seconds": 1, "notes": []}, {"sound": [b"1234"] * 2}),
        (results.video, FILM, {"frames": [FRAMES], "planes": [b"12"]}),
        (results.video, FILM, {"frames": [FRAMES, b"123"], "planes": [b"12"]}),
        (results.video, FILM, {"frames": [FRAMES, BACK], "planes": [b"12"]}),
        (results.video, FILM, {"frames": [FRAMES, FRAMES[:-1] + b"\xff"], "planes": [b"12"]}),
        (results.video, FILM, {"frames": [FRAMES, FRAMES], "planes": [b"1"]}),
        (results.video, FILM | {"variants": ["", "other"]}, {"frames": [FRAMES, FRAMES], "planes": [b"12"]}),
        (results.video, FILM | {"stills": [[0.5]]}, {"frames": [FRAMES, FRAMES], "planes": [b"12"]}),
        (results.video, FILM | {"stills": [5]}, {"frames": [FRAMES, FRAMES], "planes": [b"12"]}),
        (results.video, FILM | {"every": True}, {"frames": [FRAMES, FRAMES], "planes": [b"12"]}),
        (results.video, FILM | {"rest": [1, 2]}, {"frames": [FRAMES, FRAMES], "planes": [b"12"]}),
        (results.video, FILM | {"rest": [1, 2, 3.5]}, {"frames": [FRAMES, FRAMES], "planes": [b"12"]}),
        (results.video, FILM | {"rest": [1, 2, -2]}, {"frames": [FRAMES, FRAMES], "planes": [b"12"]}),
        (results.video, FILM | {"rest": [float("nan"), 2, 3]}, {"frames": [FRAMES, FRAMES], "planes": [b"12"]}),
        (results.pdf, PDF, {}),
        (results.pdf, PDF | {"pages": 0}, {"files": [b""]}),
        (results.pdf, PDF | {"links": ["a\nb"]}, {"files": [b""]}),
        (results.pdf, PDF | {"files": ["a"] * 100}, {"files": [b""] * 100}),
        (results.pdf, PDF | {"pictures": [PICTURE | {"plane": [2, 2]}]}, {"files": [b""]}),
        (results.pdf, PDF | {"pictures": [{}]}, {"files": [b""]}),
        (results.pdf, PDF | {"drawn": [PICTURE | {"pdq": {"algorithm": "pdq"}}]}, {"files": [b""]}),
        (results.pdf, PDF, {"files": [b""], "texts": [b"\xff"]}),
        (results.pdf, PDF, {"files": [b""], "texts": [b""] * 1001}),
        (results.archive, ARCHIVE, {"members": [b""]}),
        (results.archive, ARCHIVE, {"texts": [b""]}),
        (results.archive, ARCHIVE | {"members": ["ab"]}, {"members": [b""], "texts": [b""]}),
        (results.archive, ARCHIVE | {"members": [["a"] * 9]}, {"members": [b""], "texts": [b""]}),
        (results.archive, ARCHIVE | {"members": [["a" * 300]]}, {"members": [b""], "texts": [b""]}),
        (results.archive, ARCHIVE | {"left_out": [{"names": [], "reason": "no"}]}, {"members": [b""], "texts": [b""]}),
    ],
)
def test_an_answer_of_another_work_with_a_field_that_cannot_be_is_garbled(
    read: Callable[[Answer], object], document: dict[str, Any], blobs: dict[str, list[bytes]]
) -> None:
    answer = parse(framed(document, **blobs))
    with pytest.raises(Undecodable) as caught:
        read(answer)
    assert caught.value.reason == "garbled"


def test_a_refusal_keeps_its_reason_and_loses_its_control_characters() -> None:
    with pytest.raises(Undecodable) as caught:
        parse(framed({"error": {"reason": "truncated", "detail": "cut\r\noff\x1b[31m\u202e"}}))
    assert caught.value.reason == "truncated"
    assert caught.value.detail == "cut??off?[31m?"
