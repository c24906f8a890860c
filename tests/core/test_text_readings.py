"""Readings: what a person would make of a text, with a map back to how it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ischia.core.text import LOOSE_STEPS, explain, fold, readings
from ischia.core.text.readings import exact, traced

step = {one.name: one.apply for one in LOOSE_STEPS}
any_text = st.text(st.characters(codec=None), max_size=60)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("entities", "&#1575;&#x644;&amp;lt;&qqq;", "ال<&qqq;"),
        ("directions", "\u202dةيرح\u202c abc", "\u202dحرية\u202c abc"),
        ("directions", "\u202ecba\u202c", "\u202eabc\u202c"),
        ("characters", "الحُرِّيَّة", "الحريه"),
        ("words", "الحxر3ية abc 12", "الحرية abc 12"),
        ("words", "pr0pаganda", "propaganda"),
        ("extended", "گلڤڕ", "كلفر"),
    ],
)
def test_a_step_does_what_its_name_says(name: str, before: str, after: str) -> None:
    assert step[name](traced(before)).text == after


@pytest.mark.parametrize(
    ("written", "reading", "text"),
    [
        ("ح ر ي ة", "loose", "ح ر ي ه"),
        ("الحرررية", "loose", "الحريه"),
        ("الح7رية", "look-alikes", "الححريه".replace("حح", "ح")),
        ("ةيرحلا", "reversed", "الحريه"),
        ("al7oriya", "arabizi", "الحوريا"),
        ("3'areeb 9'ayf 7’ayal", "arabizi", "غاريب ضايف خايال"),
        ("ghareeb shukran khayal", "arabizi", "غاريب شوكران خايال"),
    ],
)
def test_a_text_is_read_as_a_person_would(written: str, reading: str, text: str) -> None:
    assert {one.name: one.text for one in readings(written)}[reading] == text


@given(any_text)
def test_the_exact_reading_has_the_letters_of_the_fold(text: str) -> None:
    assert exact(text).text.replace(" ", "") == fold(text).text.replace(" ", "")


@given(any_text)
def test_every_letter_comes_from_a_place_in_the_original(text: str) -> None:
    for one in readings(text):
        assert one.codes.size == one.offsets.size == one.starts.size == one.runs.size
        assert all(0 <= place < len(text) for place in one.offsets.tolist())


def test_a_span_points_to_what_was_written() -> None:
    text = "قبل ا\u200bل\u064eح ر ي ة بعد"
    reading = readings(text)[0]
    start, end = reading.span(3, 9)
    assert text[start:end] == "ا\u200bل\u064eح ر ي ة"


def test_explaining_names_every_step() -> None:
    assert [row[0] for row in explain("x")] == [*step, "repeats", "skeleton"]


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "unit",
    ["\u0301", "\u202e", "\u202d\u202c", "\ud800", "\x00", "&", "&amp;", "&#1575;", "ا", "ا\n", "a0", "\ufdfa", "لا "],
)
def test_a_million_hostile_characters_take_bounded_time(unit: str) -> None:
    assert readings("س" + unit * (1_000_000 // len(unit)))[0].codes.size >= 1
