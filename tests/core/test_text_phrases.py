"""Phrases: found however they are spelled, and not found in words that only look the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ischia.core.text import Phrase, PhraseList
from ischia.core.text.readings import GAP, differs, nearby, readings


def listed(*phrases: Phrase) -> PhraseList:
    return PhraseList(phrases)


def entry(text: str, **more: object) -> Phrase:
    return Phrase(text, 1.0, "test", "test", **more)  # type: ignore[arg-type]


FREEDOM = listed(entry("الحرية"))


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("عن الحرية", "exact"),
        ("والحُرِّيّة", "exact"),
        ("للحرية", "loose"),
        ("ا ل ح ر ي ة", "loose"),
        ("ا\nل\nح\nر\nي\nة", "loose"),
        ("ال.حر.ية", "loose"),
        ("ال🔥حرية", "loose"),
        ("الحxرxية", "loose"),
        ("&#1575;لحرية", "loose"),
        ("الخزنة", "candidate"),
        ("الحريات ةيرحلا", "candidate"),
        ("الحرة", "candidate"),
    ],
)
def test_a_phrase_is_found_at_its_level(text: str, level: str) -> None:
    found = FREEDOM.find(text)
    assert [match.level for match in found] == [level]
    assert 0 <= found[0].start < found[0].end <= len(text)


def test_candidates_can_be_left_out() -> None:
    assert FREEDOM.find("الخزنة", candidates=False) == []


@pytest.mark.parametrize("text", ["", " ", "المحرية", "حر", "\x00\ud800", "12"])
def test_other_words_are_not_the_phrase(text: str) -> None:
    assert FREEDOM.find(text, candidates=False) == []


def test_a_word_takes_pronouns_and_a_name_does_not() -> None:
    assert listed(entry("حرية")).find("حريتهم")[0].level == "loose"
    assert listed(entry("حماس", kind="name")).find("وحماس")
    assert not listed(entry("حماس", kind="name")).find("الحماس وحماسهم", candidates=False)


def test_context_tells_the_base_from_the_organisation() -> None:
    matcher = listed(entry("القاعدة", near=("تنظيم",), unless=("البيانات",)))
    assert matcher.find("قال تنظيم القاعدة إن")
    assert not matcher.find("القاعدة العسكرية شمال المدينة")
    assert not matcher.find("تنظيم القاعدة في قواعد البيانات")


def test_doubled_latin_letters_are_not_single_ones() -> None:
    assert not listed(entry("god")).find("good", candidates=False)
    assert listed(entry("god")).find("goood", candidates=False)


def test_a_phrase_of_several_words_is_found_with_the_score_of_its_reading() -> None:
    match = listed(entry("الكرامة الإنسانية")).find("في الكرامه\nالانسانيه.")[0]
    assert (match.start, match.end, match.score) == (3, 20, 1.0)


def test_a_phrase_without_letters_is_refused_by_its_number() -> None:
    with pytest.raises(ValueError, match=r"phrase 2 \('12'\) has no letters"):
        listed(entry("كلمة"), entry("12"))


@given(st.lists(st.text("ابتح", min_size=1, max_size=4), min_size=1, max_size=12), st.text("ابتح ", max_size=80))
def test_a_list_finds_what_a_plain_search_finds(words: list[str], text: str) -> None:
    matcher = listed(*(entry(word, kind="anywhere") for word in words))
    found = {match.phrase.text for match in matcher.find(text, candidates=False)}
    squeezed = "".join(c for i, c in enumerate(text) if i == 0 or c != text[i - 1])
    for word in words:
        if len(set(word)) == len(word) and word in squeezed:
            assert word in found


@pytest.mark.timeout(30)
@pytest.mark.parametrize("unit", ["الحرية ", "ا ", "الحريه", "aaaaaaaaab "])
def test_hostile_repetition_takes_bounded_time(unit: str) -> None:
    FREEDOM.find(unit * (100_000 // len(unit)))


def test_other_readings_are_searched_only_where_they_differ() -> None:
    text = f"{'كلمة أخرى ' * 300}ال7رية {'كلمة أخرى ' * 300}ال حر ية"
    first, cleaned, *_ = readings(text, candidates=False)
    near = nearby(cleaned, differs(cleaned, first), 20)
    assert 20 <= near.codes.size <= 50
    assert chr(near.codes[0]) == chr(near.codes[-1]) == chr(GAP)
    assert [text[match.start : match.end] for match in FREEDOM.find(text)][-2:] == ["ال7رية", "ال حر ية"]


@settings(deadline=None)
@given(st.text("ابx7 1", max_size=60), st.integers(0, 5))
def test_what_is_near_a_difference_is_every_letter_that_differs(text: str, reach: int) -> None:
    first, *others = readings(text, candidates=False)
    for way in others:
        changed = differs(way, first)
        near = nearby(way, changed, reach)
        assert {*way.offsets[changed].tolist()} <= {*near.offsets[near.codes != GAP].tolist()}
        assert near.codes.size <= way.codes.size
