"""Phrases word by word: clitics before each word, one letter wrong in each, and neither in words that are too short."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ischia.core.text import Phrase, PhraseList, weigh

GARDEN = "حراس الحديقة الصغيرة"
"""Guards of the small garden."""


def listed(*texts: str, kind: str = "word") -> PhraseList:
    return PhraseList([Phrase(text, 1, "test", "test", kind=kind) for text in texts])  # type: ignore[arg-type]


def ways(phrases: PhraseList, text: str) -> list[tuple[str, str]]:
    return [(match.reading, text[match.start : match.end]) for match in phrases.find(text)]


@pytest.mark.parametrize(
    ("written", "reading"),
    [
        ("وحراس بالحديقة والصغيرة", "clitics"),
        ("حراس للحديقة فالصغيرة", "clitics"),
        ("حراس الحديقتهم الصغيرة", "clitics"),
        ("حراس الحديرة الصغيرة", "typo"),
        ("حراص الحديقة الصغيرة", "typo"),
        ("حراس وبالحديقة الصميرة", "typo"),
        ("حراس الحدقية الصغيررة", "typo"),
        ("حراس الحديرة الصميرة", "typos"),
        ("وحراس الحدسيقة الصغورة", "typos"),
    ],
)
def test_each_word_of_a_phrase_may_be_a_little_different(written: str, reading: str) -> None:
    phrases = listed(GARDEN)
    text = f"قال {written} ثم"
    assert [name for name, _ in ways(phrases, text)] == [reading]
    assert phrases.find(text)[0].level == "candidate"
    assert weigh(phrases.find(text)).queues


@pytest.mark.parametrize(
    "text",
    [
        "حراص الحديرة الصغيرة",  # a short word and another one
        "حراس الحمبرة الصغيرة",  # two letters in one word
        "حراس البيت الصغيرة",
        "الحديقة الصغيرة حراس",
        "حراس كل الحديرة الصغيرة",
    ],
)
def test_what_differs_more_is_not_the_phrase(text: str) -> None:
    assert ways(listed(GARDEN), text) == []


def test_a_name_takes_no_article_and_no_ending_in_any_of_its_words() -> None:
    assert ways(listed("حركة شباب", kind="name"), "وحركة وشباب") == [("clitics", "حركة وشباب")]
    assert ways(listed("حركة شباب", kind="name"), "الحركة الشباب") == []
    assert ways(listed("حركة شباب"), "الحركة الشباب") == [("clitics", "حركة الشباب")]


def test_phrases_that_share_words_are_told_apart() -> None:
    phrases = listed("بيت قديم", "بيت قديم جميل", "قديم جميل", "جميل", "بيت جميل")
    found = phrases.find("بيت وقديم وجميل")
    assert sorted(match.phrase.text for match in found) == ["بيت قديم", "بيت قديم جميل", "جميل", "قديم جميل"]


WORDS = st.sampled_from(["بيت", "قديم", "جميل", "حديقة", "مدرسة", "نافذة"])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(WORDS, min_size=2, max_size=4).map(tuple), min_size=1, max_size=8, unique=True),
       st.lists(WORDS, min_size=1, max_size=12))  # fmt: skip
def test_every_phrase_is_found_wherever_its_words_stand_with_something_before_each(
    phrases: list[tuple[str, ...]], text: list[str]
) -> None:
    found = {match.phrase.text for match in listed(*map(" ".join, phrases)).find(" ".join(f"و{word}" for word in text))}
    for phrase in phrases:
        stands = any(tuple(text[at : at + len(phrase)]) == phrase for at in range(len(text)))
        assert (" ".join(phrase) in found) == stands
