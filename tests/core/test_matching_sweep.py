"""Pairs within a radius among many stored and many wanted values are those that comparing each with each finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ischia.core.matching import MAX_RADIUS, near
from ischia.core.matching.sweep import WANTED_AT_ONCE


def slow(stored: Any, wanted: Any, radius: int) -> list[tuple[int, int, int]]:
    """Every pair within the radius, compared one by one."""
    apart = np.bitwise_count(stored[:, None] ^ wanted[None]).sum(axis=2)
    return [(int(row), int(place), int(apart[row, place])) for row, place in np.argwhere(apart <= radius)]


def given_pairs(stored: Any, wanted: Any, radius: int) -> list[tuple[int, int, int]]:
    found = near(stored, wanted, radius)
    return list(zip(*(column.tolist() for column in found), strict=True))


def values(count: int, random: np.random.Generator, flips: int) -> Any:
    """Values around three centres, each with so many bits changed, in any half."""
    bits = random.integers(0, 2, (3, 256), np.uint8)[random.integers(0, 3, count)]
    for row in bits:
        row[random.choice(256, random.integers(0, flips + 1), replace=False)] ^= 1
    return np.packbits(bits, axis=1)


@given(
    seed=st.integers(0, 2**32), radius=st.integers(0, MAX_RADIUS), count=st.integers(0, 60), wanted=st.integers(0, 40)
)
@settings(max_examples=100, deadline=None)
def test_every_pair_within_the_radius_is_found_once(seed: int, radius: int, count: int, wanted: int) -> None:
    random = np.random.default_rng(seed)
    both = values(count + wanted, random, 20)
    stored, ours = both[:count], both[count:]
    assert given_pairs(stored, ours, radius) == slow(stored, ours, radius)


@pytest.mark.parametrize("half", ["first", "second", "both"])
@pytest.mark.parametrize("flips", [30, 31, 32])
def test_the_bits_that_differ_may_lie_anywhere(half: str, flips: int) -> None:
    places = {"first": range(flips), "second": range(255, 255 - flips, -1), "both": range(0, 8 * flips, 8)}[half]
    bits = np.zeros((1, 256), np.uint8)
    bits[0, list(places)] = 1
    found = near(np.packbits(bits, axis=1), np.zeros((1, 32), np.uint8), 31)
    assert found.distances.tolist() == ([flips] if flips <= 31 else [])


def test_more_are_wanted_than_fit_into_one_pass() -> None:
    random = np.random.default_rng(1)
    wanted = random.integers(0, 256, (2 * WANTED_AT_ONCE + 5, 32), np.uint8)
    stored = wanted[::-7]
    assert given_pairs(stored, wanted, 31) == slow(stored, wanted, 31)


def test_pairs_in_any_number_are_returned() -> None:
    same = np.zeros((300, 32), np.uint8)
    found = near(same, same[:40], 0)
    assert len(found.stored) == 300 * 40
    assert np.array_equal(found.stored, np.repeat(np.arange(300), 40))


def test_nothing_stored_or_nothing_wanted_gives_no_pairs() -> None:
    some, none = np.zeros((3, 32), np.uint8), np.zeros((0, 32), np.uint8)
    assert given_pairs(some, none, 31) == given_pairs(none, some, 31) == []


def test_arrays_that_are_mapped_or_of_every_other_row_are_taken() -> None:
    stored = np.frombuffer(bytes(64), np.uint8).reshape(2, 32)
    every_other = np.zeros((6, 32), np.uint8)[::2]
    assert len(near(stored, every_other, 31).stored) == 6


@pytest.mark.parametrize(
    ("stored", "radius", "why"),
    [
        (np.zeros((3, 31), np.uint8), 31, "stored must be uint8.n, 32., got uint8.3, 31."),
        (np.zeros((3, 32), np.int64), 31, "got int64"),
        (np.zeros(32, np.uint8), 31, "got uint8.32."),
        (np.zeros((3, 32), np.uint8), 32, "radius 32 is out of bounds"),
        (np.zeros((3, 32), np.uint8), -1, "radius -1 is out of bounds"),
    ],
)
def test_what_does_not_fit_is_refused(stored: Any, radius: int, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        near(stored, np.zeros((1, 32), np.uint8), radius)
