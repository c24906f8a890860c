"""Known texts as signals: found in both directions, from their bytes alone, and in an index that is plain arrays."""

from __future__ import annotations

import random

import pytest

from ischia.core.signals import SignalError
from ischia.core.text import kernels, passages
from ischia.core.text.known import compare, cut
from ischia.core.text.readings import readings

WORDS = [
    "the",
    "keeper",
    "of",
    "lighthouse",
    "wrote",
    "every",
    "ship",
    "that",
    "passed",
    "island",
    "winter",
    "name",
    "flag",
    "cargo",
    "page",
    "drew",
    "sea",
    "day",
    "whoever",
    "came",
    "after",
    "would",
    "know",
    "weather",
    "harbour",
    "wind",
    "evening",
    "stairs",
    "lamp",
    "oil",
    "night",
    "morning",
    "fishing",
    "boats",
    "nets",
    "returned",
]
ARABIC = (
    "دوّن حارس المنارة كل سفينة مرّت بالجزيرة في ذلك الشتاء، اسمها ورايتها وحمولتها، ورسم في آخر كل صفحة البحر كما كان "
    "في ذلك اليوم، ليعرف من يأتي بعده لا ما مرّ فحسب بل في أي طقس مرّ، وكيف كانت الريح تهبّ على الخليج عند الغسق."
)


def prose(seed: int, words: int = 120) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=words)) + "."


def data_of(text: str) -> bytes:
    made = passages.signal(text)
    assert made
    return made.data


@pytest.mark.parametrize(
    "probe",
    [ARABIC, ARABIC[:130], f"{prose(1)} {ARABIC} {prose(2)}", ARABIC.replace("ا", "اــ").replace("ي", "ى"), prose(3)],
    ids=["same", "excerpt", "quoted", "respelled", "another"],
)
def test_bytes_of_a_known_text_compare_as_the_text_does(probe: str) -> None:
    ways = readings(probe)
    found, slow = passages.compared(ways, data_of(ARABIC)), compare(probe, ARABIC)
    assert (found is None) == (slow is None)
    if found and slow:
        assert (found.of_known, found.of_probe, found.spans, found.level) == (
            pytest.approx(slow.of_known),
            pytest.approx(slow.of_probe),
            slow.spans,
            slow.level,
        )


def test_a_text_without_nine_consonants_has_no_signal() -> None:
    assert passages.signal("نعم") is None
    assert passages.signal("") is None


@pytest.mark.parametrize("data", [b"", b"abc", b"\x00" * 40])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(SignalError, match="shingles: "):
        passages.known_reading(data)


def test_what_is_kept_of_a_text_does_not_show_it_and_finds_it_again() -> None:
    known = data_of(ARABIC)
    kept = passages.fingerprint(readings(f"{prose(4)} {ARABIC}", candidates=False))
    assert kept
    assert kept.variant == "winnowed"
    hunted = passages.Hunted.of([data_of(prose(6)), known, data_of(prose(7))])
    found = {number: shares for number, *shares in hunted.shared(kept.data)}
    of_known, of_probe = found[1]
    assert of_known >= 0.9
    assert 0 < of_probe < 0.6
    other = passages.fingerprint(readings(prose(5), candidates=False))
    assert other
    assert all(of_known < 0.05 for _, of_known, _ in hunted.shared(other.data))
    assert passages.fingerprint(readings("a short note", candidates=False)) is None


def shingles(text: str) -> list[kernels.Any]:
    return [cut(way)[0] for way in readings(text)]


def test_the_index_names_every_text_that_shares_enough_and_no_other() -> None:
    texts = {100 + n: prose(n) for n in range(40)}
    index = passages.PassageIndex.build([(n, data_of(text)) for n, text in texts.items()])
    for number, text in list(texts.items())[::7]:
        found = index.candidates(shingles(f"{text[150:450]} and then some more about something else"))
        assert found[0].entry == number
        assert found[0].shared >= 3
    assert index.candidates(shingles(ARABIC)) == []


def test_an_index_is_the_same_from_its_arrays() -> None:
    index = passages.PassageIndex.build([(7, data_of(ARABIC)), (9, data_of(prose(1)))])
    arrays = index.arrays()
    for array in arrays.values():
        array.flags.writeable = False
    again = passages.PassageIndex.of_arrays(arrays)
    assert again.candidates(shingles(ARABIC)) == index.candidates(shingles(ARABIC))
    assert [one.entry for one in again.candidates(shingles(ARABIC))] == [7]
    assert passages.PassageIndex.build([]).candidates(shingles(ARABIC)) == []


def test_a_short_known_statement_is_found_inside_a_long_text() -> None:
    short = "ورسم في آخر كل صفحة البحر كما كان في ذلك اليوم"
    index = passages.PassageIndex.build([(1, data_of(short)), *((n, data_of(prose(n))) for n in range(2, 30))])
    text = f"{prose(50, 600)} {short} {prose(51, 600)}"
    assert index.candidates(shingles(text))[0].entry == 1
    found = passages.compared(readings(text), data_of(short))
    assert found
    assert found.of_known > 0.95
    ((start, end),) = found.spans
    assert short[3:-3] in text[start - 6 : end + 6]
