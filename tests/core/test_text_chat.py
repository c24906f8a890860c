"""Arabizi: a phrase is found in the spellings that people use, and not in words that only sound like it."""

from __future__ import annotations

import pytest

from ischia.core.text import Phrase, PhraseList


def found(phrase: str, text: str) -> list[str]:
    matches = PhraseList([Phrase(phrase, 1, "test", "test")]).find(text)
    assert all(match.level == "candidate" and match.reading == "arabizi" for match in matches)
    return [text[match.start : match.end] for match in matches]


@pytest.mark.parametrize(
    ("phrase", "written"),
    [
        ("الحرية", "al7oriya"),
        ("الحرية", "el7orreya"),
        ("الحرية", "alhurriyah"),
        ("الحرية", "wel7oriya"),
        ("مكتبة", "mktbh"),
        ("مدرسة", "madrasa"),
        ("مدرسة", "mdrsh"),
        ("الشمس", "ashshams"),
        ("الشمس", "elshams"),
        ("غرفة", "3'orfa"),
        ("غرفة", "ghurfeh"),
        ("خيالات", "7'ayalat"),
        ("خيالات", "5ayaalat"),
        ("قلب", "8alb"),
        ("قلب", "galb"),
        ("ضيوفنا", "doyofna"),
        ("جميل", "gamil"),
        ("طريق", "6areeq"),
        ("سعادتنا", "sa3adatna"),
        ("حقوق الإنسان", "7o8oo8 el insan"),
    ],
)
def test_a_phrase_is_found_however_it_is_spelled_in_chat(phrase: str, written: str) -> None:
    assert found(phrase, f"ya {written}, ok") == [written]


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("الحرية", "all her hair, la Loire"),
        ("مدرسة", "modern dress, murders"),
        ("مكتب", "macaroni tub"),
        ("حقوق الإنسان", "the king of Nissan"),
        ("ب", "b ab aba"),
    ],
)
def test_words_that_share_consonants_alone_are_not_the_phrase(phrase: str, text: str) -> None:
    assert found(phrase, text) == []


@pytest.mark.timeout(20)
@pytest.mark.parametrize("unit", ["a", "ao", "aoi", "bao", "baoitai", "3'", "sh", "7a3i"])
@pytest.mark.parametrize(
    "phrase", ["مدرسة الحرية", "باتابواتيابواتيابواتيابات", "البوابة البوابة البوابة البوابة البوابة"]
)
def test_no_text_makes_the_spellings_of_a_phrase_take_long(phrase: str, unit: str) -> None:
    PhraseList([Phrase(phrase, 1, "test", "test")]).find(unit * (60_000 // len(unit)))
    spelled = "baoitaoitaoi" * 30 + "x "
    PhraseList([Phrase(phrase, 1, "test", "test")]).find(spelled * 100)
