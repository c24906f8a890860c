"""The fast indexes return what the brute-force one returns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ischia.core.matching import (
    MAX_RADIUS,
    BruteForce,
    Hits,
    LiveIndex,
    RadiusIndex,
    Segment,
    Split,
    Tail,
    build_segment,
    even_split,
    kernels,
    open_segment,
    split_for,
    warm,
)
from ischia.core.matching.splits import bytes_an_entry, probes_for, reaches_for

Values = npt.NDArray[np.uint8]
SPLITS = [Split(()), even_split(16), even_split(20), even_split(32), Split((11, 13) * 10 + (16,))]
# Wide substrings have large tables, which would be written anew for every example: fewer of those.
WIDE = [even_split(13), even_split(14)]


@dataclass(frozen=True)
class Catalogue:
    """A few hundred values and queries near to and far from them."""

    ids: npt.NDArray[np.int64]
    values: Values
    queries: list[bytes]


def flipped(value: Values, flips: int, random: np.random.Generator) -> Values:
    bits = np.unpackbits(value)
    bits[random.choice(256, flips, replace=False)] ^= 1
    return np.packbits(bits)


def uniform(count: int, random: np.random.Generator) -> Values:
    return random.integers(0, 256, (count, 32), np.uint8)


def clustered(count: int, random: np.random.Generator) -> Values:
    centres = uniform(max(count // 20, 1), random)
    members = [flipped(centre, int(random.integers(0, 61)), random) for centre in random.choice(centres, count)]
    return np.array(members, np.uint8).reshape(count, 32)


def duplicated(count: int, random: np.random.Generator) -> Values:
    return np.repeat(uniform(max(count // 16, 1), random), 16, axis=0)[:count]


@st.composite
def catalogues(draw: st.DrawFn) -> Catalogue:
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    values = draw(st.sampled_from([uniform, clustered, duplicated]))(draw(st.integers(0, 300)), random)
    ids = random.choice(np.arange(-1000, 1000), len(values), replace=False).astype(np.int64)
    near = [flipped(value, int(random.integers(0, 41)), random).tobytes() for value in values[:20]]
    return Catalogue(ids, values, [*near, random.bytes(32)])


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


def segment_of(folder: Path, ids: npt.NDArray[np.int64], values: Values, split: Split | None) -> Segment:
    path = folder / "s"
    build_segment(path, ids, values, split=split)
    return open_segment(path, algorithm="pdq", version=1)


def assert_same(fast: RadiusIndex, slow: RadiusIndex, queries: list[bytes], radius: int) -> None:
    assert len(fast) == len(slow)
    expected = [slow.search(query, radius).nearest().pairs() for query in queries]
    assert [fast.search(query, radius).nearest().pairs() for query in queries] == expected
    if isinstance(fast, Segment | LiveIndex):
        assert by_query(fast, queries, radius) == expected


def by_query(index: Segment | LiveIndex, queries: list[bytes], radius: int) -> list[list[tuple[int, int]]]:
    """What one search for many queries returns for each, nearest first."""
    found = index.search_many(np.frombuffer(b"".join(queries), np.uint8).reshape(-1, 32), radius)
    hits = [found.where(found.wanted == number) for number in range(len(queries))]
    return [Hits(each.stored, each.distances).nearest().pairs() for each in hits]


@given(catalogues(), st.sampled_from(SPLITS), st.integers(0, MAX_RADIUS))
@settings(max_examples=100, deadline=None)
def test_a_segment_returns_what_brute_force_returns(catalogue: Catalogue, split: Split, radius: int) -> None:
    with TemporaryDirectory() as name:
        segment = segment_of(Path(name), catalogue.ids, catalogue.values, split)
        assert_same(segment, BruteForce(catalogue.ids, catalogue.values), catalogue.queries, radius)


@given(catalogues(), st.sampled_from(WIDE), st.sampled_from([0, 15, 30, 31]))
@settings(max_examples=6, deadline=None)
def test_tables_that_flip_two_bits_return_what_brute_force_returns(
    catalogue: Catalogue, split: Split, radius: int
) -> None:
    assert max(reaches_for(split, MAX_RADIUS, 300)) == 3
    with TemporaryDirectory() as name:
        segment = segment_of(Path(name), catalogue.ids, catalogue.values, split)
        assert_same(segment, BruteForce(catalogue.ids, catalogue.values), catalogue.queries, radius)


@given(catalogues(), st.integers(0, MAX_RADIUS))
@settings(max_examples=50, deadline=None)
def test_a_tail_returns_what_brute_force_returns(catalogue: Catalogue, radius: int) -> None:
    tail = Tail()
    for identity, value in zip(catalogue.ids.tolist(), catalogue.values, strict=True):
        tail.append(identity, value.tobytes())
    assert_same(tail, BruteForce(catalogue.ids, catalogue.values), catalogue.queries, radius)


@pytest.mark.parametrize("count", [0, 1, 199, 200, 201])
def test_the_switch_from_scan_to_tables_changes_no_result(folder: Path, count: int) -> None:
    random = np.random.default_rng(count)
    ids, values = np.arange(count, dtype=np.int64), uniform(count, random)
    split = split_for(count, plain_below=200)
    assert bool(split.widths) == (count >= 200)
    queries = [flipped(value, flips, random).tobytes() for flips, value in enumerate(values[:40])]
    assert_same(segment_of(folder, ids, values, split), BruteForce(ids, values), [*queries, random.bytes(32)], 31)


@pytest.mark.parametrize("exponent", range(15))
@pytest.mark.parametrize("split", [Split(()), even_split(16), even_split(20)], ids=["scan", "m16", "m20"])
def test_a_cluster_of_duplicates_is_returned_whole(folder: Path, exponent: int, split: Split) -> None:
    random = np.random.default_rng(exponent)
    values = np.concatenate([np.tile(uniform(1, random), (2**exponent, 1)), uniform(50, random)])
    segment = segment_of(folder, np.arange(len(values)), values, split)
    hits = segment.search(flipped(values[0], 31, random).tobytes(), 31).nearest()
    assert hits.ids.tolist() == list(range(2**exponent))
    assert set(hits.distances.tolist()) == {31}


def test_a_cluster_of_264_000_is_returned_whole(folder: Path) -> None:
    random = np.random.default_rng(5)
    values = np.concatenate([uniform(1000, random), np.tile(uniform(1, random), (264_000, 1))])
    segment = segment_of(folder, np.arange(len(values)), values, None)
    assert segment.header.split.widths
    hits = segment.search(values[-1].tobytes(), 31)
    assert sorted(hits.ids.tolist()) == list(range(1000, 265_000))


@given(st.integers(0, MAX_RADIUS), st.sampled_from(SPLITS[1:]), st.sampled_from([1, 10**5, 10**6, 10**7]))
def test_every_value_within_the_radius_is_in_a_visited_bucket(radius: int, split: Split, count: int) -> None:
    reaches = reaches_for(split, radius, count)
    # The hardest value to find differs in reach bits in every table: it must lie outside of the radius.
    assert sum(reaches) == radius + 1
    probes = probes_for(split, radius, count)
    for table, reach in enumerate(reaches):
        masks = probes.masks[int(probes.spans[table]) : int(probes.spans[table + 1])]
        assert len(set(masks.tolist())) == masks.size
        assert all(int(mask).bit_count() < reach for mask in masks)


@pytest.mark.parametrize("count", [10**6, 2 * 10**6, 5 * 10**6, 10**7, 5 * 10**7])
def test_a_million_entries_and_more_need_at_most_300_bytes_each(count: int) -> None:
    assert bytes_an_entry(split_for(count), count) <= 300


def test_the_estimated_size_is_the_size_of_the_file(folder: Path) -> None:
    count, split = 20_000, even_split(16)
    segment = segment_of(folder, np.arange(count), uniform(count, np.random.default_rng(1)), split)
    pages = 4 * 4096 + 4096
    assert abs(segment.path.stat().st_size - count * bytes_an_entry(split, count)) <= pages


@pytest.mark.parametrize(("query", "radius"), [(b"short", 31), (bytes(33), 31), (bytes(32), 32), (bytes(32), -1)])
def test_a_query_out_of_bounds_is_refused(query: bytes, radius: int) -> None:
    for index in (Tail(), BruteForce(np.empty(0, np.int64), np.empty((0, 32), np.uint8))):
        with pytest.raises(ValueError, match=r"a query has 32 bytes|out of bounds"):
            index.search(query, radius)


def test_nearest_gives_only_as_many_as_asked_for() -> None:
    tail = Tail()
    for identity in (3, 1, 2):
        tail.append(identity, bytes(31) + bytes([2**identity - 1]))
    assert tail.search(bytes(32), 31).nearest(2).pairs() == [(1, 1), (2, 2)]


@pytest.mark.parametrize(
    ("ids", "values"),
    [
        (np.zeros(2, np.int64), np.zeros((3, 32), np.uint8)),
        (np.zeros(2, np.int32), np.zeros((2, 32), np.uint8)),
        (np.zeros(2, np.int64), np.zeros((2, 31), np.uint8)),
        (np.zeros(2, np.int64), np.zeros((2, 32), np.int64)),
        (np.zeros(2, np.int64), np.zeros((2, 32), np.uint8)),
    ],
    ids=["lengths", "type of ids", "width", "type of values", "repeated ids"],
)
def test_entries_that_do_not_fit_are_refused(folder: Path, ids: Any, values: Any) -> None:
    with pytest.raises(ValueError, match=r"ids must be|values must be|ids repeat"):
        build_segment(folder / "s", ids, values)
    assert list(folder.iterdir()) == []


def test_warming_compiles_all_that_a_search_needs(folder: Path) -> None:
    warm()
    before = {name: list(getattr(kernels, name).signatures) for name in ("scan", "search_tables", "fill_buckets")}
    ids, values = np.arange(300), uniform(300, np.random.default_rng(2))
    for split in (Split(()), even_split(20)):
        segment = segment_of(folder, ids, values, split)
        segment.search(values[0].tobytes(), 5)
        build_segment(folder / "again", segment.ids, segment.values, split=split)
    assert {name: list(getattr(kernels, name).signatures) for name in before} == before
