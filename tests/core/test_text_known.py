"""Known and protected texts: excerpts are found both ways, and what is only similar is not."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest

from ischia.core.text import ProtectedTexts, TextIndex, compare, protected_spans, shingles

LINES = (files("ischia.core.text") / "protected_texts" / "udhr-ar.txt").read_text(encoding="utf-8").splitlines()
ARTICLES = [line for line in LINES if len(line) > 120]
KNOWN = ARTICLES[3]


@pytest.fixture(scope="module")
def index() -> TextIndex:
    built = TextIndex()
    for number, text in enumerate(ARTICLES):
        built.add(number, shingles(text))
    return built


@pytest.mark.parametrize(
    "probe",
    [
        KNOWN,
        "ـ".join(KNOWN),
        " ".join(KNOWN.replace(" ", "")),
        KNOWN[: len(KNOWN) // 2],
        KNOWN[::-1],
        " ".join(reversed(KNOWN.split("."))),
        "كان يا ما كان في قديم الزمان " * 40 + KNOWN + " وهذه نهاية القصة التي رويت لكم " * 40,
    ],
)
def test_an_altered_known_text_is_found_first(index: TextIndex, probe: str) -> None:
    assert index.search(probe)[0].id == 3
    overlap = compare(probe, KNOWN)
    assert overlap is not None
    assert max(overlap.of_known, overlap.of_probe) > 0.9


def test_the_span_of_a_quotation_lies_in_the_original() -> None:
    before = "كلام آخر لا صلة له بالموضوع. "
    overlap = compare(before + "ـ".join(KNOWN) + " ثم ختام", KNOWN)
    assert overlap is not None
    (start, end) = overlap.spans[0][0], overlap.spans[-1][1]
    assert abs(start - len(before)) < 6
    assert abs(end - len(before) - 2 * len(KNOWN)) < 14


def test_an_unrelated_text_shares_nothing(index: TextIndex) -> None:
    assert compare("وصفة المندي بالدجاج والأرز تحتاج إلى ساعتين من الطهي على نار هادئة", KNOWN) is None
    assert index.search("وصفة المندي بالدجاج والأرز تحتاج إلى ساعتين من الطهي على نار هادئة") == []


def test_what_holds_only_without_dots_is_a_candidate() -> None:
    rasm = KNOWN.translate(str.maketrans("بتثجخذزشضظغفقني", "ٮٮٮححدرسصطعڡٯںى"))
    overlap = compare(rasm, KNOWN)
    assert overlap is not None
    assert overlap.level in ("loose", "candidate")
    assert overlap.of_known > 0.5


def test_a_removed_text_is_not_found_and_a_number_is_used_once(index: TextIndex) -> None:
    own = TextIndex()
    own.add(1, shingles(KNOWN))
    with pytest.raises(ValueError, match="already in the index"):
        own.add(1, shingles(KNOWN))
    own.remove(1)
    assert own.search(KNOWN) == []
    with pytest.raises(ValueError, match="fewer than 9 consonants"):
        own.add(2, shingles("لا"))


def test_segments_find_what_a_plain_comparison_finds() -> None:
    chance = np.random.default_rng(1)
    texts = {number: np.unique(chance.integers(0, 1 << 63, 50, np.uint64)) for number in range(3000)}
    built = TextIndex()
    for number, hashes in texts.items():
        built.add(number, hashes)
    for number in (0, 1, 700, 2999):
        assert [(one.id, one.shared) for one in built.lookup(texts[number])] == [(number, texts[number].size)]


def test_a_quoted_article_is_protected_and_a_story_is_not() -> None:
    text = "كتب الصحفي: " + KNOWN + " انتهى الخبر."
    spans = protected_spans(text)
    assert any(span.name.endswith("Human Rights (ar)") and span.end - span.start > 0.9 * len(KNOWN) for span in spans)
    assert protected_spans("وصفة المندي بالدجاج والأرز تحتاج إلى ساعتين") == ()
    assert [span.name for span in protected_spans("قال إن شاء الله غدا")] == ["إن شاء الله"]


def test_an_operator_adds_texts_from_a_folder(tmp_path) -> None:
    own = "نص طويل من مصدر إخباري معروف يصف أحوال الطقس والبحر والرياح والأمطار في الشمال والجنوب"
    (tmp_path / "weather.txt").write_text(own, encoding="utf-8")
    texts = ProtectedTexts.load(tmp_path)
    assert [span.name for span in texts.spans("قالوا " + own)] == ["weather"]
    assert texts.share(own) > 0.9
    assert texts.share("") == 0
