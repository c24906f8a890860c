"""Protected texts: what quotes them is excluded, whatever its spelling, and nothing else is."""

from __future__ import annotations

import random
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ischia.core.text import ProtectedTexts, mostly_protected, protected_spans, shingles
from ischia.core.text.known import WINDOW
from ischia.core.text.prints import MAGIC, Prints, prints, read, write
from ischia.core.text.protected import shipped

FOLDER = files("ischia.core.text") / "protected_texts"
UTHMANI = "ٱلْحَمْدُ لِلَّهِ رَبِّ ٱلْعَٰلَمِينَ ٱلرَّحْمَٰنِ ٱلرَّحِيمِ مَٰلِكِ يَوْمِ ٱلدِّينِ إِيَّاكَ نَعْبُدُ وَإِيَّاكَ نَسْتَعِينُ"
MODERN = "الحمد لله رب العالمين الرحمن الرحيم مالك يوم الدين إياك نعبد وإياك نستعين"
GENESIS = "In the beginning God created the heaven and the earth. And the earth was without form, and void;"
BERESHIT = "בְּרֵאשִׁית בָּרָא אֱלֹהִים אֵת הַשָּׁמַיִם וְאֵת הָאָרֶץ וְהָאָרֶץ הָיְתָה תֹהוּ וָבֹהוּ וְחֹשֶׁךְ עַל פְּנֵי תְהוֹם"
RECIPES = (
    "تحتاج وصفة المندي بالدجاج والأرز إلى ساعتين من الطبخ على نار هادئة مع البهارات",
    "Fold the flour into the butter, rest the dough for an hour and bake it until it is golden brown all over.",
    "مباراة اليوم كانت رائعة والجمهور شجع الفريقين حتى آخر دقيقة",
    "הרכבת לחיפה יוצאת בשעה שמונה בבוקר מתחנת הצפון ומגיעה אחרי שעה וחצי",
)


def names(text: str) -> set[str]:
    return {span.name for span in protected_spans(text)}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (UTHMANI, "Qur'an, Uthmani orthography"),
        (MODERN, "Qur'an, Uthmani orthography"),
        (MODERN.replace("ي", "ی").replace("ة", "ه"), "Qur'an, Uthmani orthography"),
        ("ـ".join(MODERN), "Qur'an, Uthmani orthography"),
        (GENESIS, "Bible, King James Version"),
        (BERESHIT, "Hebrew Bible"),
        ("All human beings are born free and equal in dignity", "Universal Declaration of Human Rights (en)"),
        (
            "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar",
            "Universal Declaration of Human Rights (tr)",
        ),
        ("التحيات لله والصلوات والطيبات السلام عليك أيها النبي ورحمة الله وبركاته", "prayers (ar)"),
    ],
)
def test_a_quotation_is_named_whatever_its_spelling(text: str, name: str) -> None:
    assert name in names(text)
    assert mostly_protected(text)


@pytest.mark.parametrize("text", RECIPES)
def test_other_texts_are_not_protected(text: str) -> None:
    assert protected_spans(text) == ()
    assert shipped().share(text) == 0.0


def test_a_span_shows_the_quotation_in_the_original() -> None:
    text = f"{RECIPES[0]}. {UTHMANI}. {RECIPES[2]}"
    inside = [span for span in protected_spans(text) if span.name.startswith("Qur'an")]
    assert len(inside) == 1
    quoted = text[inside[0].start : inside[0].end]
    assert UTHMANI[:-1] in quoted
    assert len(quoted) <= len(UTHMANI) + 4


def test_a_statement_with_a_verse_in_it_is_not_mostly_protected() -> None:
    text = " ".join([*RECIPES[:1] * 2, MODERN[:45], RECIPES[2]])
    assert 0 < shipped().share(text) < 0.5
    assert not mostly_protected(text)


@pytest.mark.parametrize(
    "formula", ["إن شاء الله", "السلام عليكم ورحمة الله وبركاته", "رحمه الله", "inshallah", "שבת שלום", "eid mubarak"]
)
def test_a_formula_is_found_inside_other_words(formula: str) -> None:
    found = ProtectedTexts({}, ["eid mubarak"]) if formula.startswith("eid") else shipped()
    text = f"مرحبا، {formula} يا صديقي"
    assert formula in {text[span.start : span.end] for span in found.spans(text)}


def test_an_operators_folder_is_read_by_the_names_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "kitchen.txt").write_text(RECIPES[1], encoding="utf-8")
    texts = ProtectedTexts.load(tmp_path)
    assert {span.name for span in texts.spans(RECIPES[1])} == {"kitchen"}
    assert texts.mostly_protected(MODERN)


def test_the_file_gives_back_what_was_written() -> None:
    chance = np.random.default_rng(3)
    texts = [prints(f"text {n}", chance.integers(0, 1 << 63, n, np.uint64), 0) for n in (0, 1, 2, 50, 4000)]
    back = read(write(texts))
    assert [one.name for one in back] == [one.name for one in texts]
    for ours, theirs in zip(texts, back, strict=True):
        assert np.array_equal(ours.values, theirs.values)


@given(st.lists(st.integers(0, (1 << 30) - 1), max_size=50, unique=True))
def test_any_numbers_survive_the_packing(numbers: list[int]) -> None:
    values = np.array(sorted(numbers), np.uint32)
    assert read(write([Prints("x", 0, values)]))[0].values.tolist() == values.tolist()


def test_another_file_is_refused() -> None:
    with pytest.raises(ValueError, match="not a file of protected texts"):
        read(b"PNG" + MAGIC)


def test_the_shipped_file_is_small_and_holds_the_declaration_and_the_prayers_as_they_are() -> None:
    data = (FOLDER / "texts.bin").read_bytes()
    assert len(data) <= 2_000_000
    held = {one.name: one for one in read(data)}
    for path in ("prayers-ar", "prayers-en", "prayers-he"):
        text = (FOLDER / f"{path}.txt").read_text(encoding="utf-8")
        fresh = prints("", shingles(text), 0).values
        assert np.array_equal(held[f"prayers ({path[-2:]})"].values, fresh), "build it anew: tools/protected_texts.py"
    assert all(one.window in (0, WINDOW) for one in held.values())


def test_random_letters_quote_nothing() -> None:
    chance = random.Random(5)
    for _ in range(50):
        assert protected_spans("".join(chance.choices("ابتجحدرسصعفقكلمنهوي ", k=2000))) == ()


@pytest.mark.timeout(30)
@pytest.mark.parametrize("text", ["", " ", "\x00\ud800", "الله أكبر " * 30_000, MODERN * 3000, "ا" * 1_000_000])
def test_bad_and_endless_input_takes_bounded_time(text: str) -> None:
    assert 0 <= shipped().share(text) <= 1
