"""Readings: what a person would make of a text, with a map back to how it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ischia.core.text import CHARACTER_STEPS, LOOSE_STEPS, explain, fold, readings
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
    fold_steps = [one.name for one in CHARACTER_STEPS]
    names = ["entities", "directions", *fold_steps, "words", "extended", "repeats", "skeleton"]
    assert [row[0] for row in explain("x")] == names


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "unit",
    ["\u0301", "\u202e", "\u202d\u202c", "\ud800", "\x00", "&", "&amp;", "&#1575;", "ا", "ا\n", "a0", "\ufdfa", "لا "],
)
def test_hostile_characters_take_bounded_time(unit: str) -> None:
    assert readings("س" + unit * (200_000 // len(unit)))[0].codes.size >= 1


SPELLINGS = {
    "compatibility": ("ｆｒｅｅｄｏｍ 𝐟𝐫𝐨𝐦", "loose", "fredom from"),
    "presentation forms": ("\ufeca\ufef4\ufeaa", "loose", "عيد"),
    "ligatures": ("\ufefb\ufdf2", "loose", "لاله"),
    "marks": ("عِيـٰدٌ", "loose", "عيد"),
    "stacked marks": ("ع\u0300\u0316\u0489يد", "loose", "عيد"),
    "tatweel": ("عــيـــد", "loose", "عيد"),
    "zero width": ("ع\u200bي\u200c\u200d\ufeffد", "loose", "عيد"),
    "bidi marks": ("\u200fع\u2068ي\u2069د\u061c", "loose", "عيد"),
    "tags": ("ع\U000e0061ي\U000e007fد", "loose", "عيد"),
    "alef": ("أإآٱاحمد", "loose", "احمد"),
    "yeh and kaf": ("کیف ڪىف", "loose", "كيف كيف"),
    "heh and teh": ("مدرسة مدرسه مدرسۃ مدرسہ", "loose", "مدرسه مدرسه مدرسه مدرسه"),
    "waw and hamza": ("مؤمن سماء مومن", "loose", "مومن سما مومن"),
    "extended": ("ڤيلا پاريس ژاله ڭ", "loose", "فيلا باريس زاله ك"),
    "digits": ("١٢٣ ۱۲۳ 123", "loose", "123 123 123"),
    "digits inside a word": ("الح7رية", "look-alikes", "الحريه"),
    "homoglyphs": ("pаypаl мир", "words", "paypal мир"),
    "Latin inside a word": ("عxيzد", "words", "عيد"),
    "emoji inside a word": ("ع🔥ي❤️د", "loose", "ع ي د"),
    "spaces": ("ع ي  د", "loose", "ع ي د"),
    "punctuation": ("ع.ي-د", "loose", "ع ي د"),
    "vertical": ("ع\nي\nد", "loose", "ع ي د"),
    "repeats": ("عييييد", "loose", "عيد"),
    "entities": ("&#1593;&#x64a;&#1583;", "loose", "عيد"),
    "override": ("\u202dديع\u202c", "loose", "عيد"),
    "reversed": ("ديع", "reversed", "عيد"),
    "chat": ("3eed", "arabizi", "عيد"),
    "Persian": ("می\u200cخواهم کتاب گل", "loose", "ميخواهم كتاب كل"),
    "Urdu": ("ہے ٹوپی بڑا", "loose", "هي توبي برا"),
    "Kurdish": ("ئازادی ڕێگا", "loose", "يازادي ريكا"),
    "Turkish": ("ISPARTA ısparta İzmir", "loose", "isparta isparta izmir"),
    "Hebrew": ("שָׁלוֹם מלך", "loose", "שלומ מלכ"),
    "Hebrew forms": ("\ufb2a\ufb4b", "loose", "שו"),
    "Cyrillic": ("ПрИвЕт йод", "loose", "привет иод"),
    "German": ("STRAẞE Straße", "loose", "strase strase"),
    "mixed": ("سلام shalom שלום мир", "loose", "سلام shalom שלומ мир"),
}


@pytest.mark.parametrize("kind", SPELLINGS)
def test_every_kind_of_spelling_is_read_and_leads_back_to_all_of_the_original(kind: str) -> None:
    written, name, text = SPELLINGS[kind]
    way = {one.name: one for one in readings(written)}[name]
    assert way.text == text
    start, end = way.span(0, way.codes.size)
    assert all(not character.isalnum() for character in written[:start])
    if kind not in ("entities", "chat"):
        assert all(not character.isalpha() for character in written[end:])
    assert sorted(set(way.offsets.tolist())) == sorted(way.offsets.tolist()) or "ligatures" in kind


@pytest.mark.parametrize("name", step)
def test_each_step_keeps_the_map_to_the_original(name: str) -> None:
    source = traced("A\u202dدي\u0651ع\u202c &amp; ع7يxد ۱ ڤ")
    after = step[name](source)
    assert after.codes.size == after.offsets.size
    same = [int(place) for place, code in zip(after.offsets, after.codes, strict=True) if source.codes[place] == code]
    assert len(same) >= 8
    assert set(after.offsets.tolist()) <= set(range(source.codes.size))


def test_the_skeleton_takes_dotted_and_dotless_spelling_for_the_same() -> None:
    dotted, dotless = (explain(text)[-1][2] for text in ("بيت", "ٮىٮ"))
    assert dotted == dotless
