"""Known and protected texts: excerpts are found both ways, and what is only similar is not."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest

from ischia.core.text import PassageIndex, ProtectedTexts, compare, passages, protected_spans, readings
from ischia.core.text.known import Segment, cut

LINES = (files("ischia.core.text") / "protected_texts" / "udhr-ar.txt").read_text(encoding="utf-8").splitlines()
ARTICLES = [line for line in LINES if len(line) > 120]
KNOWN = ARTICLES[3]


@pytest.fixture(scope="module")
def index() -> PassageIndex:
    signals = [passages.signal(text) for text in ARTICLES]
    return PassageIndex.build([(number, signal.data) for number, signal in enumerate(signals) if signal])


def candidates(index: PassageIndex, text: str) -> list[int]:
    return [one.entry for one in index.candidates([cut(way)[0] for way in readings(text)])]


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
def test_an_altered_known_text_is_found_first(index: PassageIndex, probe: str) -> None:
    assert candidates(index, probe)[0] == 3
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


def test_an_unrelated_text_shares_nothing(index: PassageIndex) -> None:
    assert compare("وصفة المندي بالدجاج والأرز تحتاج إلى ساعتين من الطهي على نار هادئة", KNOWN) is None
    assert candidates(index, "وصفة المندي بالدجاج والأرز تحتاج إلى ساعتين من الطهي على نار هادئة") == []


def test_what_holds_only_without_dots_is_a_candidate() -> None:
    rasm = KNOWN.translate(str.maketrans("بتثجخذزشضظغفقني", "ٮٮٮححدرسصطعڡٯںى"))
    overlap = compare(rasm, KNOWN)
    assert overlap is not None
    assert overlap.level in ("loose", "candidate")
    assert overlap.of_known > 0.5


def test_postings_are_what_a_plain_comparison_finds() -> None:
    chance = np.random.default_rng(1)
    hashes = np.repeat(chance.integers(0, 1 << 63, 4000, np.uint64) << np.uint64(1), 2)
    numbers = chance.integers(0, 300, hashes.size).astype(np.uint32)
    probe = np.unique(chance.choice(hashes, 500))
    for bits in (8, 20):
        where, which = Segment(hashes, numbers, bits).find(probe)
        found = sorted(zip(probe[where].tolist(), which.tolist(), strict=True))
        known = np.isin(hashes, probe)
        assert found == sorted(zip(hashes[known].tolist(), numbers[known].tolist(), strict=True))


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
