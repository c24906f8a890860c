"""Leaves are canonical JSON without floats; personal data stands in them only as commitments."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ischia.core.tlog import LedgerError, canonical_json, commit, parse_canonical, verify_commitment

COMMITMENT_OF_A = "ec524d571ce983e56ca518a431cba39780a1c2b9b5898d828c05e78a0fc158d9"  # sha256sum of the bytes that the docstring of `commit` names
SALT = bytes(range(16))
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
DOCUMENT = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def test_keys_are_sorted_by_utf_16_and_characters_are_escaped_as_rfc_8785_says() -> None:
    document = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\xf6": '\x1b\u20ac/"\\\n'}
    assert canonical_json(document).decode() == (
        '{"\\r":2,"1":4,"\x80":6,"\xf6":"\\u001b\u20ac/\\"\\\\\\n","\u20ac":1,"\U0001f600":5,"\ufb33":3}'
    )


@given(DOCUMENT)
def test_a_leaf_reads_back_as_what_was_written(document: Any) -> None:
    data = canonical_json(document)
    assert parse_canonical(data) == document
    assert json.loads(data) == document
    assert data == rfc8785.dumps(document)


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"a": [1, {"distance": 0.5}]}, r"\$\.a\[1\]\.distance: the float 0\.5"),
        ({"a": float("nan")}, r"\$\.a: the float nan"),
        ([2**53], r"\$\[0\]: the integer"),
        ([-(2**53)], r"\$\[0\]: the integer"),
        ({1: 2}, r"\$: the key 1 is int"),
        ({"a": {"b": b"x"}}, r"\$\.a\.b: bytes is not JSON"),
        ({"a": "\ud800"}, r"\$\.a: character 0 of the text is not valid Unicode"),
        ({"\udfff": 1}, r"\$: character 0"),
    ],
)
def test_what_cannot_be_recorded_is_refused_with_its_place(document: Any, fault: str) -> None:
    with pytest.raises(LedgerError, match=fault):
        canonical_json(document)


def test_nesting_without_end_is_refused() -> None:
    document: list[Any] = []
    for _ in range(5000):
        document = [document]
    with pytest.raises(LedgerError, match="nested more than 64 levels deep"):
        canonical_json(document)
    with pytest.raises(LedgerError):
        parse_canonical(b"[" * 200_000)


@pytest.mark.parametrize(
    "data",
    [b'{"a": 1}', b'{"b":1,"a":2}', b'{"a":1,"a":1}', b'{"a":1.0}', b'{"a":1e2}', b"NaN", b'"\\u0041"', b'{"a":-0}', b"9007199254740992", b"", b"{",
     b"\xff", b"\xef\xbb\xbf{}", b'{"a":1}\n'],
)  # fmt: skip
def test_json_written_another_way_is_no_leaf(data: bytes) -> None:
    with pytest.raises(LedgerError, match="not canonical JSON"):
        parse_canonical(data)


def test_a_commitment_opens_with_its_value_and_salt_only() -> None:
    made = commit("aya@example.org", SALT)
    assert len(made) == 64
    assert verify_commitment(made, "aya@example.org", SALT)
    assert not verify_commitment(made, "aya@example.com", SALT)
    assert not verify_commitment(made, "aya@example.org", bytes(16))
    assert not verify_commitment(made.upper(), "aya@example.org", SALT)
    assert not verify_commitment("\ud800", "aya@example.org", SALT)
    assert not verify_commitment(made, "aya@example.org", b"")


def test_the_commitment_has_this_value_for_ever() -> None:
    assert commit("a", bytes(16)) == COMMITMENT_OF_A


def test_a_value_cannot_borrow_bytes_from_its_salt() -> None:
    assert commit("ab", SALT) != commit("b", SALT + b"a")


@pytest.mark.parametrize("salt", [b"", bytes(15), bytes(256)])
def test_a_salt_that_can_be_guessed_is_refused(salt: bytes) -> None:
    with pytest.raises(LedgerError, match="16 to 255 bytes"):
        commit("a", salt)


def test_a_value_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(LedgerError, match="not valid Unicode"):
        commit("\ud800", SALT)
