"""The language and script of a text, and of its parts."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ischia.core.text import language

SENTENCES = {
    "ar": ("Arab", "كان الطقس جميلا هذا الصباح فخرجنا إلى الحديقة مع الأولاد ولعبنا بالكرة."),
    "fa": ("Arab", "امروز صبح هوا خیلی خوب بود و با بچه‌ها به پارک رفتیم و توپ بازی کردیم."),
    "ur": ("Arab", "آج صبح موسم بہت اچھا تھا اور ہم بچوں کے ساتھ باغ میں گئے اور گیند سے کھیلے۔"),
    "ckb": ("Arab", "ئەمڕۆ بەیانی کەشوهەوا زۆر خۆش بوو و لەگەڵ منداڵەکان چووینە باخچە و یاریمان کرد."),
    "ug": ("Arab", "بۈگۈن ئەتىگەن ھاۋا ناھايىتى ياخشى بولدى، بىز بالىلار بىلەن باغچىغا باردۇق."),
    "ps": ("Arab", "نن سهار هوا ډېره ښه وه او موږ له ماشومانو سره باغ ته ولاړو او لوبې مو وکړې."),
    "en": ("Latn", "The weather was lovely this morning, so we went to the park with the children."),
    "fr": ("Latn", "Il faisait très beau ce matin, alors nous sommes allés au parc avec les enfants."),
    "tr": ("Latn", "Bu sabah hava çok güzeldi, çocuklarla parka gittik ve birlikte top oynadık."),
    "ru": ("Cyrl", "Сегодня утром была прекрасная погода, и мы пошли с детьми гулять в парк."),
    "he": ("Hebr", "הבוקר היה מזג אוויר נפלא ולכן הלכנו עם הילדים לפארק ושיחקנו בכדור."),
    "el": ("Grek", "Σήμερα το πρωί ο καιρός ήταν υπέροχος και πήγαμε με τα παιδιά στο πάρκο."),
    "ja": ("Hira", "けさはとてもいい天気だったので、こどもたちといっしょにこうえんへあそびにいきました。"),
    "ko": ("Hang", "오늘 아침에는 날씨가 아주 좋아서 아이들과 함께 공원에 놀러 가서 공놀이를 했습니다."),
}


@pytest.mark.parametrize("tag", SENTENCES)
def test_a_sentence_is_in_its_language_and_script(tag: str) -> None:
    script, sentence = SENTENCES[tag]
    found = language.of(sentence)
    assert (found.tag, found.script) == (tag, script)
    assert 0.3 < found.confidence <= 1


@pytest.mark.parametrize(
    ("text", "script"), [("hello", "Latn"), ("مرحبا", "Arab"), ("привет", "Cyrl"), ("שלום", "Hebr")]
)
def test_a_short_text_has_a_script_and_no_language(text: str, script: str) -> None:
    assert language.of(text) == language.Language("und", script, 0.0)


@pytest.mark.parametrize("text", ["", "   \n", "12345 !?", "🙂🙂🙂", "\ud800\ud800", "\0" * 50])
def test_what_has_no_letters_has_no_script(text: str) -> None:
    assert language.of(text) == language.Language("und", "Zyyy", 0.0)


def test_letters_that_only_one_language_has_decide_where_the_guess_does_not_know_it() -> None:
    kurdish = SENTENCES["ckb"][1]
    assert language.of(kurdish) == language.Language("ckb", "Arab", 0.99)
    without = kurdish.translate({ord("ۆ"): "و", ord("ێ"): "ی", ord("ڵ"): "ل", ord("ڕ"): "ر"})
    assert language.of(without).tag != "ckb"


def test_a_mixed_text_has_parts_that_together_are_all_of_it() -> None:
    text = f"{SENTENCES['en'][1]} {SENTENCES['ar'][1]} {SENTENCES['en'][1]}"
    found = language.parts(text)
    assert [part.language.tag for part in found] == ["en", "ar", "en"]
    assert "".join(text[part.start : part.end] for part in found) == text


def test_two_languages_of_one_script_are_told_apart_at_a_sentence() -> None:
    found = language.parts(f"{SENTENCES['ar'][1]} {SENTENCES['ur'][1]}")
    assert [part.language.tag for part in found] == ["ar", "ur"]


def test_scripts_that_change_inside_a_sentence_are_parts() -> None:
    text = "we say سلام عليكم ورحمة الله يا أهل البيت جميعا to everybody who comes to our house"
    assert [part.language.script for part in language.parts(text)] == ["Latn", "Arab", "Latn"]


def test_a_word_of_another_language_inside_a_sentence_makes_no_part_of_its_own() -> None:
    assert len(language.parts("كتبت ok على هاتفي هذا الصباح ثم خرجت إلى العمل مع أخي")) == 1


@pytest.mark.parametrize("unit", ["a", "a. ", "aع", "abcدهو", "\u0301", "。", "\n", "\ud800"])
def test_a_megabyte_takes_seconds_at_most_and_a_bounded_number_of_parts(unit: str) -> None:
    text = unit * (2**20 // len(unit))
    began = time.process_time()
    found = language.parts(text)
    language.of(text)
    assert time.process_time() - began < 10
    assert len(found) <= language.MOST_PARTS
    assert found[-1].end == len(text)


@settings(deadline=None)
@given(st.text(st.characters(codec=None), max_size=80))
def test_any_text_is_cut_without_gaps(text: str) -> None:
    found = language.parts(text)
    assert "".join(text[part.start : part.end] for part in found) == text
    assert all(0 <= part.language.confidence <= 1 for part in found)


def test_the_tags_of_a_text_name_its_languages_with_their_scripts() -> None:
    arabic, english = SENTENCES["ar"][1], SENTENCES["en"][1]
    assert language.tags(f"{english} {arabic} {english}") == ("en-Latn", "ar-Arab")
    assert language.tags("مرحبا") == ("und-Arab",)
    assert language.tags("12345 🙂") == ()
    assert language.tags(f"{arabic * 40} {english}") == ("ar-Arab",)


def test_the_tags_of_a_megabyte_are_told_in_bounded_time() -> None:
    start = time.process_time()
    assert language.tags("a. ب. " * 170_000)
    assert time.process_time() - start < 2
