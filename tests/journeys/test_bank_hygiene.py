"""What is added to a bank is vetted, and an entry that takes down too much is stopped."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ischia.base.config import config
from ischia.screening.vetting import harmless_pictures
from tests.journeys.conftest import LONG_TEXT, Platform
from tests.journeys.work import run_jobs

ARTICLES = (
    "All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience and "
    "should act towards one another in a spirit of brotherhood."
)


def png(pixels: Any) -> bytes:
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize("value", ["0" * 64, "f" * 64, "f" * 20 + "0" * 44])
def test_a_hash_that_says_nothing_is_refused(platform: Platform, value: str) -> None:
    form = {"label": "x", "source": "x", "signals": [{"algorithm": "pdq", "value": value}]}
    answer = platform.post("/banks/known/entries", form)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("nothing here can be recognised: pdq: ")


def test_the_digest_of_an_empty_file_is_refused(platform: Platform) -> None:
    answer = platform.send("/banks/known/entries", "entry", {"label": "x", "source": "x"}, file=b"")
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("nothing here can be recognised: sha256: every empty file has it")


def test_a_blank_picture_is_known_by_its_bytes_alone_and_does_not_act(platform: Platform) -> None:
    blank = png(np.full((200, 300, 3), 250, np.uint8))
    entry = platform.add_picture(blank).json()
    assert (entry["status"], entry["held_back"]) == ("review_only", "structural_junk")
    assert {signal["algorithm"] for signal in entry["signals"]} == {"sha256", "md5"}
    assert entry["told"][0].startswith("pdq: ")
    other = png(np.full((200, 300, 3), 249, np.uint8))
    assert platform.screen_picture("1", other).json()["verdict"] == "allow"
    assert platform.screen_picture("2", blank).json()["verdict"] == "queue"


def test_a_picture_like_one_that_comes_with_ischia_never_acts(platform: Platform) -> None:
    value = harmless_pictures()[0].tobytes().hex()
    form = {
        "label": "x",
        "source": "x",
        "context": "any",
        "signals": [{"algorithm": "pdq", "value": value, "quality": 100}],
    }
    entry = platform.post("/banks/known/entries", form).json()
    assert (entry["status"], entry["held_back"]) == ("review_only", "benign")
    assert "0 bits from a harmless picture" in entry["told"][0]


def test_a_shortened_address_never_acts_and_the_answer_says_why(platform: Platform) -> None:
    form = {"label": "x", "source": "x", "context": "any", "url": "https://bit.ly/3abcdef"}
    entry = platform.post("/banks/known/entries", form).json()
    assert (entry["status"], entry["held_back"]) == ("review_only", "shortened")
    assert "where it leads may change" in entry["told"][0]
    posted = platform.screen_text("1", "look here: bit.ly/3abcdef").json()
    assert (posted["verdict"], posted["match_count"]) == ("queue", 1)


def test_an_address_around_another_one_is_taken_with_a_word_about_the_inner_one(platform: Platform) -> None:
    form = {"label": "x", "source": "x", "url": "https://www.google.com/url?q=https://example.com/x"}
    entry = platform.post("/banks/known/entries", form).json()
    assert (entry["status"], entry["held_back"]) == ("active", "")
    assert "leads through to https://example.com/x" in entry["told"][0]


def test_a_services_own_short_addresses_name_content_and_are_no_matter(platform: Platform) -> None:
    form = {"label": "x", "source": "x", "url": "https://vm.tiktok.com/ZM1234567"}
    entry = platform.post("/banks/known/entries", form).json()
    assert (entry["status"], entry["told"]) == ("active", [])


@pytest.mark.parametrize("everybody", ["bit.ly", "youtube.com", "https://t.co/", "t.me/*"])
def test_a_host_of_everybody_is_refused(platform: Platform, everybody: str) -> None:
    answer = platform.post("/banks/known/entries", {"label": "x", "source": "x", "url": everybody})
    assert answer.status_code == 422
    assert "; name " in answer.json()["detail"]


def test_what_is_like_the_operators_own_harmless_content_never_acts(
    platform: Platform, picture: Callable[..., bytes]
) -> None:
    bank = {"name": "harmless", "purpose": "pictures of our own press office", "protects": True}
    assert platform.post("/banks", bank).status_code == 201
    platform.add_picture(picture(5), bank="harmless")
    entry = platform.add_picture(picture(5, quality=60)).json()
    assert (entry["status"], entry["held_back"]) == ("review_only", "benign")
    assert "protecting bank 'harmless'" in entry["told"][0]


def test_protected_content_is_no_evidence(platform: Platform, picture: Callable[..., bytes]) -> None:
    platform.post("/banks", {"name": "logos", "purpose": "logos of news", "protects": True})
    platform.add_picture(picture(5))
    platform.add_picture(picture(5), bank="logos")
    answer = platform.screen_picture("1", picture(5)).json()
    assert (answer["verdict"], answer["match_count"]) == ("allow", 0)


def test_nothing_is_hunted_for_what_protects(platform: Platform) -> None:
    platform.screen_text("1", LONG_TEXT)
    platform.post("/banks", {"name": "ours", "purpose": "our own texts", "protects": True})
    platform.add_text(LONG_TEXT, bank="ours")
    run_jobs()
    item = platform.get("/items/posts/1").json()
    assert (item["match_count"], item["case"]) == (0, None)


def test_a_bank_cannot_both_protect_and_act(platform: Platform) -> None:
    answer = platform.post("/banks", {"name": "both", "purpose": "x", "protects": True, "acting": True})
    assert answer.status_code == 422
    assert "never evidence" in answer.json()["detail"]


def test_a_text_that_is_mostly_protected_never_acts(platform: Platform) -> None:
    entry = platform.add_text(ARTICLES).json()
    assert (entry["status"], entry["held_back"]) == ("review_only", "protected")


def test_a_word_or_two_never_act(platform: Platform) -> None:
    entry = platform.add_text("Good morning!").json()
    assert (entry["status"], entry["held_back"]) == ("review_only", "structural_junk")
    assert platform.screen_text("1", "good morning").json()["verdict"] == "queue"


def test_an_entry_that_takes_down_too_much_is_stopped_and_one_command_puts_it_back(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISCHIA_BLAST_RADIUS", "3")
    config.cache_clear()
    entry = platform.add_text(LONG_TEXT).json()
    verdicts = [platform.screen_text(str(number), LONG_TEXT).json()["verdict"] for number in range(5)]
    assert verdicts == ["remove", "remove", "remove", "queue", "queue"]
    (row,) = platform.get("/banks/known/entries").json()
    assert (row["status"], row["held_back"]) == ("review_only", "blast_radius")
    restored = platform.post(f"/banks/known/entries/{entry['id']}/restore", {})
    assert restored.json() == {"restored": 3}
    run_jobs()
    for number in range(3):
        (decision,) = platform.get(f"/items/posts/{number}").json()["decisions"]
        assert (decision["state"], decision["actions"][-1]["kind"]) == ("ended", "restore")


def test_a_person_holds_an_entry_back_and_releases_it(platform: Platform) -> None:
    entry = platform.add_text(LONG_TEXT).json()
    held = platform.post(f"/banks/known/entries/{entry['id']}/hold-back", {}).json()
    assert (held["status"], held["held_back"]) == ("review_only", "by_person")
    assert platform.screen_text("1", LONG_TEXT).json()["verdict"] == "queue"
    assert platform.post(f"/banks/known/entries/{entry['id']}/release", {}).json()["status"] == "active"
    assert platform.screen_text("2", LONG_TEXT).json()["verdict"] == "remove"
