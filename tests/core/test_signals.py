"""Every signal type, from its own examples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ischia.core import signals
from ischia.core.signals import TYPES, Example, Signal, SignalError, SignalType

EXAMPLES = [(kind, example) for kind in TYPES.values() for example in kind.examples()]
pairs = pytest.mark.parametrize(("kind", "example"), EXAMPLES, ids=lambda value: getattr(value, "name", None))
every = pytest.mark.parametrize("kind", TYPES.values(), ids=list(TYPES))


@pairs
def test_an_example_has_the_distance_it_names(kind: SignalType, example: Example) -> None:
    a, b = kind.parse(example.a), kind.parse(example.b)
    assert kind.compare(a, b) == example.distance
    assert kind.compare(b, a) == example.distance


@pairs
def test_a_value_is_at_distance_zero_from_itself(kind: SignalType, example: Example) -> None:
    assert kind.compare(kind.parse(example.a), kind.parse(example.a)) == 0


@pairs
def test_only_examples_of_the_same_thing_are_within_the_threshold(kind: SignalType, example: Example) -> None:
    distance = kind.compare(kind.parse(example.a), kind.parse(example.b))
    assert (distance <= kind.default_threshold) is example.same_thing


@pairs
def test_parsing_a_canonical_value_changes_nothing(kind: SignalType, example: Example) -> None:
    assert kind.parse(kind.parse(example.b)) == kind.parse(example.b)


@every
def test_a_type_shows_what_matches_and_what_does_not(kind: SignalType) -> None:
    assert {example.same_thing for example in kind.examples()} == {True, False}


@every
@pytest.mark.parametrize("value", ["", "nonsense", "g" * 64, "\x00", "\ud800", "é" * 64])
def test_a_bad_value_is_refused_with_the_name_of_the_type(kind: SignalType, value: str) -> None:
    with pytest.raises(SignalError, match=f"^{kind.name}: "):
        kind.parse(value)


@given(value=st.text(max_size=80))
@pytest.mark.parametrize("kind", TYPES.values(), ids=list(TYPES))
def test_any_text_is_a_value_or_a_clear_error(kind: SignalType, value: str) -> None:
    try:
        parsed = kind.parse(value)
    except SignalError as error:
        message = str(error)
    else:
        assert kind.parse(parsed) == parsed
        return
    assert message.startswith(f"{kind.name}: ")


def test_the_thresholds_are_those_of_the_field() -> None:
    assert {name: kind.default_threshold for name, kind in TYPES.items()} == {
        **dict.fromkeys(TYPES, 0),
        "pdq": 31,
    }


def test_a_digest_of_the_wrong_length_says_how_many_digits_are_needed() -> None:
    with pytest.raises(SignalError, match="md5: 31 characters, need 32 hexadecimal digits"):
        TYPES["md5"].parse("a" * 31)


def test_a_digest_with_a_wrong_character_says_which_and_where() -> None:
    with pytest.raises(SignalError, match="'x' at position 3 "):
        TYPES["pdq"].parse("00x" + "0" * 61)


def test_an_unknown_type_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(SignalError, match="no signal type 'phash'; there are content_id, corners, "):
        signals.get("phash")


@pytest.mark.parametrize("name", ["corners", "gate", "frames", "sound", "shingles", "phrase"])
def test_a_large_signal_is_made_of_its_bytes_and_not_of_a_value(name: str) -> None:
    with pytest.raises(SignalError, match=f"{name}: such a signal is computed from the content; send that, or one of"):
        signals.make(name, "0" * 64)
    made = signals.large(TYPES[name], b"abc")
    assert (made.value, made.data) == (TYPES["sha256"].examples()[0].a, b"abc")


def test_a_signal_is_made_in_canonical_form_with_the_version_of_its_type() -> None:
    assert signals.make("md5", "D41D8CD98F00B204E9800998ECF8427E") == Signal(
        "md5", 1, "d41d8cd98f00b204e9800998ecf8427e"
    )


@pytest.mark.parametrize(("algorithm", "quality"), [("pdq", 101), ("pdq", -1), ("text", -1)])
def test_a_quality_out_of_range_is_refused(algorithm: str, quality: int) -> None:
    with pytest.raises(SignalError, match=f"{algorithm}: quality {quality} is out of range"):
        signals.make(algorithm, "0" * 64, quality)


def test_the_quality_of_a_text_has_no_upper_end() -> None:
    assert signals.make("text", "0" * 64, 1_000_000).quality == 1_000_000


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_the_distance_of_two_hashes_counts_their_bits_one_by_one(a: bytes, b: bytes) -> None:
    slow = sum((x ^ y) >> bit & 1 for x, y in zip(a, b, strict=True) for bit in range(8))
    assert signals.hamming(a, b) == signals.hamming(a.hex(), b.hex()) == slow


def test_hashes_of_different_length_have_no_distance() -> None:
    with pytest.raises(SignalError, match="cannot compare 8 bits with 16 bits"):
        signals.hamming("00", "0000")
