"""Many phrases at once: read as each alone is read, found as a plain search finds them, and bounded in any text."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ischia.core.text import Phrase, PhraseList, compare, fold, passages, protected_spans, readings, shingles
from ischia.core.text.batch import Batch
from ischia.core.text.fold import code_points
from ischia.core.text.patterns import ANYWHERE, MOST_MATCHES, MOST_OF_ONE, WHOLE, Patterns
from ischia.core.text.words import Words

ODD = st.text("ابلنيه aeoB13'\n\t\u202e\u202d\u202c\u0640\u064e&;x#\U000f0000\ud800\ufdfa", max_size=12)
HOSTILE = {
    "marks": "e" + "\u0301\u0316\u0489" * 60_000,
    "halves of surrogates": "\ud800" * 100_000 + "\udc00" * 100_000,
    "NUL": "\x00" * 200_000,
    "bidi controls": "\u202e\u202d\u2066\u2069" * 50_000,
    "overrides around words": "\u202eقط\u202c " * 40_000,
    "one letter": "ا" * 200_000,
    "two letters": "اب" * 100_000,
    "a phrase": "القط الأزرق " * 16_000,
    "letters of a phrase": "ا ل ق ط " * 24_000,
    "chat spelling": "elqotelazraq " * 16_000,
    "two scripts in turn": "اa" * 100_000,
    "two encodings": "القط".encode().decode("latin-1") * 24_000,
    "ligatures": "\ufdfa" * 20_000,
    "line ends": "ا\n" * 80_000,
    "spaces": " \t\n" * 60_000,
    "nothing": "",
}
CAT = "القط الأزرق"
"""The blue cat."""


def listed(*texts: str) -> PhraseList:
    return PhraseList([Phrase(text, 1, "test", "test") for text in texts])


@settings(deadline=None, max_examples=30)
@given(st.lists(ODD, max_size=8))
def test_each_text_of_a_batch_is_read_as_it_is_alone(texts: list[str]) -> None:
    batch = Batch.of(texts)
    assert len(batch) == len(texts)
    for number, text in enumerate(texts):
        alone = readings(text, candidates=False)[0]
        part = slice(*batch.bounds[number : number + 2].tolist())
        assert batch.codes[part].tolist() == alone.codes.tolist()
        assert batch.starts[part].tolist() == alone.starts.tolist()
        assert batch.runs[part].tolist() == alone.runs.tolist()
        assert batch.text(number) == alone.text


def batch_of(words: list[str]) -> Batch:
    codes = code_points("".join(words)).copy()
    ones = np.ones(codes.size, np.uint8)
    return Batch(codes, ones > 1, ones, np.cumsum([0, *map(len, words)]))


LONG = "دذرزسشصضطظعغ" * 9


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.text("دذر", min_size=1, max_size=12) | st.integers(50, 90).map(LONG.__getitem__) | st.just(LONG[:70]),
             min_size=1, max_size=20),
    st.text("دذر", max_size=60),
    st.integers(0, 99),
)  # fmt: skip
def test_every_pattern_is_found_everywhere_that_a_plain_search_finds_it(words: list[str], text: str, cut: int) -> None:
    text = f"{text}{LONG[:cut]}{text[::-1]}"
    patterns = Patterns(batch_of(words), np.full(len(words), ANYWHERE, np.uint8))
    found = patterns.search(code_points(text).copy(), np.zeros(len(text), np.bool_), np.ones(len(text), np.uint8))
    plain = [
        (number, at, at + len(word))
        for number, word in enumerate(words)
        for at in range(len(text))
        if text.startswith(word, at)
    ]
    assert sorted(map(tuple, found.places.tolist())) == sorted(plain)
    assert not found.truncated


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_word_with_one_letter_wrong_is_found_and_no_other(data: st.DataObject) -> None:
    words = data.draw(st.lists(st.text("دذرزسش", min_size=5, max_size=9), min_size=1, max_size=30, unique=True))
    probe = data.draw(st.sampled_from(words))
    at = data.draw(st.integers(0, len(probe) - 1))
    probe = data.draw(st.sampled_from([
        probe[:at] + probe[at + 1 :], probe[:at] + "ن" + probe[at:], probe[:at] + "ن" + probe[at + 1 :],
        probe[:at] + probe[at : at + 2][::-1] + probe[at + 2 :], "ننننننن",
    ]))  # fmt: skip
    listed_words = Words(batch_starting(words), np.zeros(len(words), np.uint8))
    found = listed_words.search(code_points(probe).copy(), np.arange(len(probe)) == 0).places.tolist()
    assert all(row[1:] == [0, len(probe), 1, 0] for row in found)
    numbers = {row[0] for row in found}
    assert numbers == {n for n, word in enumerate(words) if word != probe and one_edit(word, probe)}


def batch_starting(words: list[str]) -> Batch:
    batch = batch_of(words)
    batch.starts[batch.bounds[:-1]] = True
    return batch


def one_edit(a: str, b: str) -> bool:
    if a == b:
        return True
    letters = {*b, ""}
    edits = {a[:i] + c + a[i + k :] for i in range(len(a) + 1) for k in (0, 1) for c in letters}
    return b in edits | {a[:i] + a[i + 1 : i + 2] + a[i : i + 1] + a[i + 2 :] for i in range(len(a))}


def test_a_large_list_finds_each_of_its_phrases_where_it_stands() -> None:
    chance = random.Random(3)
    words = ["".join(chance.sample("بتثجحخدذرزسشصضطظعغفقكلمن", chance.randint(2, 8))) for _ in range(3000)]
    phrases = sorted({" ".join(chance.choices(words, k=chance.randint(1, 4))) for _ in range(5000)})
    matcher = listed(*phrases)
    for phrase in chance.sample(phrases, 100):
        text = f"قال {phrase} ثم"
        assert (4, 4 + len(phrase)) in {(m.start, m.end) for m in matcher.find(text) if m.phrase.text == phrase}


def test_phrases_that_share_all_but_their_ends_are_told_apart() -> None:
    beginning = "حارس المنارة القديمة على الجزيرة البعيدة في البحر الكبير الهادئ عند الغروب الجميل"
    matcher = listed(*(f"{beginning} {name}" for name in ("يكتب", "يقرا", "ينام")))
    assert [match.phrase.text for match in matcher.find(f"{beginning} يقرأ")] == [f"{beginning} يقرا"]


def test_what_is_left_out_is_said_and_leaves_room_for_other_phrases() -> None:
    found = listed(CAT, "البحر").find(f"{CAT} " * 5000 + "البحر")
    assert found.truncated
    assert [match.phrase.text for match in found].count(CAT) == MOST_OF_ONE
    assert found[-1].phrase.text == "البحر"
    few = listed(CAT, "البحر").find(f"{CAT} " * 20 + "البحر")
    assert not few.truncated
    assert len(few) == 21


def test_no_more_than_the_most_matches_are_kept() -> None:
    words = [f"{a}{b}{c}" for a in "دذرزسشصض" for b in "طظعغفقكم" for c in "جحخبتثنه"]
    patterns = Patterns(batch_of(words), np.full(len(words), WHOLE, np.uint8))
    text = code_points("".join(words) * 100).copy()
    starts = np.arange(text.size) % 3 == 0
    found = patterns.search(text, starts, np.ones(text.size, np.uint8))
    assert (len(found.places), found.truncated) == (MOST_MATCHES, True)
    assert patterns.search(text[:3000], starts[:3000], np.ones(3000, np.uint8)).truncated is False


def test_an_empty_list_finds_nothing() -> None:
    assert listed().find("القط الأزرق al8ot") == []


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_the_text_the_work_is_bounded(name: str) -> None:
    text = HOSTILE[name]
    ways = readings(text)
    assert sum(way.codes.size for way in ways) <= 18 * 5 * (len(text) + 1)
    assert shingles(text).size <= 18 * (len(text) + 1)
    assert len(fold(text).text) <= 18 * (len(text) + 1)
    for candidates in (False, True):
        found = listed(CAT, "قط", "ا ب ا ب").find(text, candidates=candidates)
        assert len(found) <= 3 * MOST_OF_ONE * 3 * len(ways)
        assert all(0 <= match.start < match.end <= len(text) for match in found)
    assert all(0 <= span.start < span.end <= len(text) for span in protected_spans(text[:100_000]))
    assert compare(text, "حارس المنارة يكتب أسماء السفن كلها في دفتر قديم") is None
    passages.fingerprint(ways)
    passages.signal(text)


def test_context_words_are_words_and_no_expressions() -> None:
    bomb = PhraseList([Phrase("القط", 1, "test", "test", near=("(ب+)+$", "[", ".*"))])
    assert bomb.find("ا" * 5000 + " القط " + "ا" * 5000) == []
    assert PhraseList([Phrase("القط", 1, "test", "test", near=("(ازرق)",))]).find("القط أزرق")
