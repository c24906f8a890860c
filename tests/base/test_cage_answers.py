from __future__ import annotations

import json
from typing import Any

import pytest

from ischia.base.cage.answers import Undecodable, image_result, parse

GOOD: dict[str, Any] = {
    "signals": [{"algorithm": "pdq", "version": 1, "value": "0f" * 32, "quality": 80}],
    "width": 640,
    "height": 480,
    "format": "JPEG",
    "frames": 1,
    "notes": ["orientation_applied"],
}


def framed(document: object, further: bytes = b"") -> bytes:
    head = json.dumps(document).encode()
    return len(head).to_bytes(4, "big") + head + further


def test_a_good_answer_becomes_a_result() -> None:
    result = image_result(*parse(framed(GOOD)))
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
        image_result(*parse(framed(GOOD | change)))
    assert caught.value.reason == "garbled"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0\0\0\0",
        b"\xff\xff\xff\xff{}",
        b"\0\0\0\x02[]",
        b"\0\0\0\x02{]",
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
        image_result(*parse(framed(GOOD, b"<script>alert(1)</script>")))


def test_a_refusal_keeps_its_reason_and_loses_its_control_characters() -> None:
    with pytest.raises(Undecodable) as caught:
        parse(framed({"error": {"reason": "truncated", "detail": "cut\r\noff\x1b[31m\u202e"}}))
    assert caught.value.reason == "truncated"
    assert caught.value.detail == "cut??off?[31m?"
