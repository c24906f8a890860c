"""Folding: what reads alike becomes the same text, whatever is in the way."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ischia.core.signals import TYPES
from ischia.core.text import CHARACTER_STEPS, STEPS, fold, text_signal

BENIGN = Path(__file__).parents[3] / "shared" / "data" / "text" / "benign.jsonl"
HUMAN_RIGHTS = "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق"
"""Universal Declaration of Human Rights, article 1, first sentence."""

step = {step.name: step.apply for step in STEPS}
any_text = st.text(st.characters(codec=None), max_size=60)


def test_the_steps_have_the_order_that_the_pipeline_promises() -> None:
    assert [one.name for one in STEPS] == [
        "compatibility",
        "ligatures",
        "marks",
        "invisible",
        "letters",
        "digits",
        "case",
        "separators",
        "spaces",
    ]
    assert all(one.why for one in STEPS)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("compatibility", "ﻣﺮﺣﺒﺎ", "مرحبا"),
        ("compatibility", "ａｂｃ𝐝𝓮", "abcde"),
        ("compatibility", "ﻻ", "لا"),
        ("ligatures", "\ufdfd", "بسم الله الرحمن الرحيم"),
        ("marks", "مَرْحَبًا", "مرحبا"),
        ("marks", "مـــرحـــبا", "مرحبا"),
        ("marks", "z\u0335\u0322a\u0489", "za"),
        ("invisible", "مر\u200cح\u200bبا\u202e\u2066\ufeff", "مرحبا"),
        ("invisible", "a\U000e0041\U000e007fb\x00c\ud800d", "abcd"),
        ("letters", "أإآٱ", "اااا"),
        ("letters", "ىیےې", "يييي"),
        ("letters", "کڪ", "كك"),
        ("letters", "ةەہھۃ", "ههههه"),
        ("letters", "ؤۄ", "وو"),
        ("letters", "شيء", "شي"),
        ("digits", "٢٠٢٤ ۲۰۲۴ २०२४", "2024 2024 2024"),
        ("case", "STRAẞE Σς", "strasse σσ"),
        ("separators", "قال،نعم.لا؟—(x)\u00a0y\n🔥z", "قال نعم لا   x  y  z"),
        ("spaces", "  a \n  b  ", "a b"),
    ],
)
def test_a_step_does_what_its_name_says(name: str, before: str, after: str) -> None:
    assert step[name](before) == after


def between(text: str, inserted: str) -> str:
    return inserted.join(text)


def replaced(text: str, letters: str, variants: str) -> str:
    return text.translate(str.maketrans(letters, variants))


OBFUSCATIONS = {
    "tatweel": between(HUMAN_RIGHTS, "ـ"),
    "harakat": between(HUMAN_RIGHTS, "\u064e\u0651"),
    "zero_width": between(HUMAN_RIGHTS, "\u200b"),
    "bidi_marks": "\u202b" + between(HUMAN_RIGHTS, "\u200f") + "\u202c",
    "tag_characters": between(HUMAN_RIGHTS, "\U000e0061"),
    "zalgo": between(HUMAN_RIGHTS, "\u0300\u0316\u0489"),
    "decomposed": unicodedata.normalize("NFD", HUMAN_RIGHTS),
    "alef_hamza": replaced(HUMAN_RIGHTS, "أ", "ا"),
    "teh_marbuta": replaced(HUMAN_RIGHTS, "ة", "ه"),
    "persian_code_points": replaced(HUMAN_RIGHTS, "يك", "یک"),
    "null_characters": between(HUMAN_RIGHTS, "\x00"),
    "surrogates": between(HUMAN_RIGHTS, "\ud83d"),
    "punctuation": HUMAN_RIGHTS.replace(" ", " ،،، "),
    "emoji": HUMAN_RIGHTS.replace(" ", "🔥 "),
    "spaces": HUMAN_RIGHTS.replace(" ", "\u2003\n\t"),
    "presentation_forms": replaced(HUMAN_RIGHTS, "منس", "\ufee3\ufee7\ufeb3"),
}


@pytest.mark.parametrize("name", OBFUSCATIONS)
def test_an_obfuscated_copy_has_the_signal_of_its_original(name: str) -> None:
    disguised = OBFUSCATIONS[name]
    assert disguised != HUMAN_RIGHTS
    assert text_signal(disguised) == text_signal(HUMAN_RIGHTS)


def test_different_words_have_different_signals() -> None:
    assert text_signal(HUMAN_RIGHTS) != text_signal(HUMAN_RIGHTS.replace("أحرارا", "عبيدا"))


def test_the_signal_is_the_sha256_of_the_folded_text_and_counts_its_letters() -> None:
    signal = text_signal("Don't PANIC, 42!")
    assert signal is not None
    assert signal.value == hashlib.sha256(b"don t panic 42").hexdigest()
    assert (signal.algorithm, signal.version, signal.quality) == ("text", 1, 9)
    assert TYPES["text"].parse(signal.value) == signal.value


@pytest.mark.parametrize("text", ["", " \n", "12345 67", "🔥🔥 !!!", "\u064e\u0651", "\x00\ud800", "ـــ", "ء"])
def test_a_text_without_letters_has_no_signal(text: str) -> None:
    assert text_signal(text) is None


def test_padding_without_letters_does_not_raise_the_quality() -> None:
    padded = HUMAN_RIGHTS + " 1234567890 ... \u064e\u064e\u064e ـــــ"
    assert fold(padded).letters == fold(HUMAN_RIGHTS).letters == 42


@given(any_text)
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fold(text)
    assert fold(once.text) == once


@given(any_text)
def test_folding_is_the_same_for_every_normal_form(text: str) -> None:
    assert (
        len(
            {fold(unicodedata.normalize(form, text)).text for form in ("NFC", "NFD", "NFKC", "NFKD")}
            | {fold(text).text}
        )
        == 1
    )


@given(any_text)
def test_the_table_does_what_the_steps_do_one_after_the_other(text: str) -> None:
    stepwise = text
    for _ in range(3):
        for one in STEPS:
            stepwise = one.apply(stepwise)
    assert fold(text).text == stepwise


@given(any_text)
def test_folding_counts_the_letters_of_what_it_returns(text: str) -> None:
    folded = fold(text)
    assert folded.letters == sum(character.isalpha() for character in folded.text)


@given(any_text, any_text)
def test_folding_words_apart_is_folding_them_together(a: str, b: str) -> None:
    assert fold(f"{a} {b}").text == f"{fold(a).text} {fold(b).text}".strip()


@given(any_text)
def test_any_text_folds_to_what_utf8_can_hold(text: str) -> None:
    fold(text).text.encode()


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "unit", ["\u0301\u0327\u0316", "\U0001d165\u302e", "\ufdfa", "\u0f71\u0f72\u0f74", "\u1100\u1161"]
)
def test_megabytes_of_marks_and_ligatures_take_bounded_time(unit: str) -> None:
    folded = fold("e" + unit * (200_000 // len(unit)))
    assert folded.text[0] == "e"


def test_every_character_of_the_planes_in_use_folds_to_a_fixed_point() -> None:
    characters = "".join(map(chr, [*range(0x20000), *range(0xE0000, 0xE0200)]))
    once = fold(characters)
    assert fold(once.text) == once
    assert once.letters > 60_000


def test_no_character_step_needs_its_neighbours() -> None:
    for one in CHARACTER_STEPS[1:]:
        assert one.apply(HUMAN_RIGHTS) == "".join(map(one.apply, HUMAN_RIGHTS)), one.name


@pytest.mark.skipif(not BENIGN.exists(), reason="needs the shared texts")
def test_real_texts_in_many_languages_keep_their_words_apart() -> None:
    rows = [json.loads(line) for line in BENIGN.read_text().splitlines()]
    folded = [fold(row["text"]) for row in rows]
    assert len({row["lang"] for row in rows}) > 10
    assert all(one.letters > 0 for one in folded)
    assert len({one.text for one in folded}) > 0.98 * len({row["text"] for row in rows})
