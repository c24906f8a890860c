"""Files and layers of large values: what is found is what one index over all of it would find."""

from __future__ import annotations

import threading
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ischia.core.matching import (
    Edit,
    LiveVotes,
    MemoryLayer,
    SegmentError,
    VotesSegment,
    build_votes,
    known_in,
    open_segment,
    open_votes,
    read_header,
)
from ischia.core.matching.segment_file import HEADER_BYTES
from tests.core.matching_votes import WordIndex, fresh, value

KNOWN = {number: value(number) for number in range(3, 60, 2)}
IDS = st.integers(0, 12)
strength = attrgetter("shared")


def write(path: Path, known: dict[int, bytes], retired: list[int] | None = None) -> VotesSegment:
    hidden = np.array(retired or [], np.int64)
    build_votes(path, sorted(known.items()), WordIndex, algorithm="shingles", version=1, retired=hidden)
    return opened(path)


def opened(path: Path) -> VotesSegment:
    return open_votes(path, WordIndex, algorithm="shingles", version=1)


def live(*layers: Any) -> LiveVotes:
    return LiveVotes(WordIndex, layers, strength=strength)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write(tmp_path / "segment", KNOWN, [7, 2, 7])
    return tmp_path / "segment"


def flip(path: Path, offset: int) -> None:
    content = bytearray(path.read_bytes())
    content[offset] ^= 0xFF
    path.write_bytes(content)


def test_a_file_gives_back_every_value_and_its_index_finds_what_a_fresh_one_finds(path: Path) -> None:
    segment = opened(path)
    segment.verify()
    assert (len(segment), segment.retired.tolist()) == (len(KNOWN), [2, 7])
    assert {identity: segment.data_of(identity) for identity in range(61)} == {n: KNOWN.get(n) for n in range(61)}
    assert segment.nbytes == sum(map(len, KNOWN.values()))
    for number in range(61):
        assert segment.index().candidates(value(number), limit=5) == fresh(KNOWN, value(number), 5)


def test_the_arrays_of_an_index_are_mapped_and_not_copied(path: Path) -> None:
    index = opened(path).index()
    for array in index.arrays().values():
        assert not array.flags.owndata
        assert not array.flags.writeable


def test_a_file_of_nothing_can_be_searched(tmp_path: Path) -> None:
    segment = write(tmp_path / "empty", {}, [4])
    segment.verify()
    assert segment.index().candidates(value(1), limit=5) == []
    assert segment.data_of(1) is None


@given(offset=st.integers(0, HEADER_BYTES - 1))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_changed_byte_of_the_header_is_noticed_on_opening(path: Path, offset: int) -> None:
    flip(path, offset)
    with pytest.raises(SegmentError, match="rebuild it"):
        opened(path)
    flip(path, offset)


@pytest.mark.parametrize("name", ["ids", "retired", "starts", "data", "layout", "array.0", "array.1", "array.2"])
def test_a_changed_byte_of_any_section_is_named_by_verify(path: Path, name: str) -> None:
    section = read_header(path).sections[name]
    flip(path, section.offset + section.length // 2)
    with pytest.raises(SegmentError, match=f"checksum of section '{name}' .bytes {section.offset} to"):
        opened(path).verify()


def test_a_changed_layout_is_noticed_before_its_arrays_are_made(path: Path) -> None:
    flip(path, read_header(path).sections["layout"].offset)
    with pytest.raises(SegmentError, match="section 'layout'"):
        opened(path).index()


@pytest.mark.parametrize("size", [0, 4095, 4096, 10_000, -1])
def test_a_file_that_was_cut_is_noticed_on_opening(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(SegmentError, match=r"bytes (instead of|where its header needs)"):
        opened(path)


def test_foreign_files_and_those_of_other_indexes_are_refused(path: Path, tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(b"\xff\xd8\xff\xe0" * 4096)
    with pytest.raises(SegmentError, match="it is no segment"):
        opened(tmp_path / "picture")
    with pytest.raises(SegmentError, match="holds shingles version 1 where sound version 1 is wanted"):
        open_votes(path, WordIndex, algorithm="sound", version=1)
    with pytest.raises(SegmentError, match="section 'rows' is missing"):
        open_segment(path, algorithm="shingles", version=1)


def test_arrays_that_the_index_does_not_take_are_refused(tmp_path: Path) -> None:
    class Other(WordIndex):
        def arrays(self) -> dict[str, Any]:
            return {"letters": np.zeros(3)}

    build_votes(tmp_path / "other", [(1, value(1))], Other, algorithm="shingles", version=1)
    with pytest.raises(SegmentError, match="arrays are not those of such an index"):
        opened(tmp_path / "other").index()


def test_objects_are_never_written(tmp_path: Path) -> None:
    class Pickled(WordIndex):
        def arrays(self) -> dict[str, Any]:
            return {"objects": np.array([{}], object)}

    with pytest.raises(ValueError, match="consists of numbers"):
        build_votes(tmp_path / "x", [(1, value(1))], Pickled, algorithm="shingles", version=1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ids", [(1, 1), (2, 1)])
def test_ids_that_repeat_or_descend_are_refused(tmp_path: Path, ids: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="ids must ascend"):
        build_votes(tmp_path / "x", [(n, value(n)) for n in ids], WordIndex, algorithm="shingles", version=1)


class LiveAgainstFresh(RuleBasedStateMachine):
    """Any sequence of additions, retirements and files leaves what one index over all that lives would find."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.layers: list[VotesSegment] = []
        self.index = live()
        self.model: dict[int, bytes] = {}
        self.since: list[Edit] = []
        self.files = 0

    @rule(numbers=st.lists(IDS, min_size=1, max_size=4))
    def add(self, numbers: list[int]) -> None:
        self.apply([Edit(number, value(number)) for number in numbers])

    @rule(numbers=st.lists(IDS, min_size=1, max_size=3))
    def retire(self, numbers: list[int]) -> None:
        self.apply([Edit(number, None) for number in numbers])

    @rule(number=IDS)
    def retire_and_add_at_once(self, number: int) -> None:
        self.apply([Edit(number, None), Edit(number, value(number)), Edit(number, value(number))])

    @precondition(lambda self: len(self.since) > 0)
    @rule()
    def write_the_edits_to_a_file(self) -> None:
        held = {edit.id: edit.value for edit in self.since}
        known = {number: data for number, data in held.items() if data is not None}
        self.restart([*self.layers, self.file(known, list(held))])

    @precondition(lambda self: len(self.layers) > 1)
    @rule(kept=st.integers(0, 1))
    def merge_files(self, kept: int) -> None:
        merged = self.layers[kept:]
        hidden = np.concatenate([layer.retired for layer in merged]).tolist()
        edits = self.since
        self.restart([*self.layers[:kept], self.file(dict(known_in(merged)), hidden)])
        self.apply(edits)

    @invariant()
    def it_finds_what_a_fresh_index_finds(self) -> None:
        assert len(self.index) == len(self.model)
        for number in (0, 5, 11):
            for limit in (1, 4):
                assert self.index.search(value(number), limit=limit) == fresh(self.model, value(number), limit)
            assert self.index.data(number) == self.model.get(number)

    def apply(self, edits: list[Edit]) -> None:
        self.index.apply(edits)
        self.since = [*self.since, *edits]
        for edit in edits:
            self.model.pop(edit.id, None)
            if edit.value is not None:
                self.model[edit.id] = edit.value

    def restart(self, layers: list[VotesSegment]) -> None:
        self.layers, self.since = layers, []
        self.index = live(*layers)

    def file(self, known: dict[int, bytes], hidden: list[int]) -> VotesSegment:
        self.files += 1
        return write(Path(self.folder.name) / f"{self.files}", known, hidden)

    def teardown(self) -> None:
        self.folder.cleanup()


LiveAgainstFresh.TestCase.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
TestLiveVotes = LiveAgainstFresh.TestCase


def test_an_id_cannot_change_its_value() -> None:
    index = live()
    index.apply([Edit(1, value(1))])
    with pytest.raises(ValueError, match="entry 1 already has another value"):
        index.apply([Edit(1, value(2))])
    index.apply([Edit(1, None), Edit(1, value(2))])
    assert index.data(1) == value(2)


def test_hidden_values_do_not_take_the_places_of_others(path: Path) -> None:
    """Fifty copies of one value, all retired, stand before the one that lives."""
    known = dict.fromkeys(range(50), value(1)) | {50: value(1)[:40]}
    index = live(write(path, known))
    index.apply([Edit(number, None) for number in range(50)])
    assert [candidate.entry for candidate in index.search(value(1), limit=2)] == [50]
    assert (len(index), index.tail_length) == (1, 50)


def test_an_addition_indexes_few_values_anew_and_layers_stay_few(monkeypatch: pytest.MonkeyPatch) -> None:
    built = []

    class Counting(WordIndex):
        @classmethod
        def build(cls, known: Any, /) -> WordIndex:
            built.append(len(known))
            return WordIndex.build(known)

    monkeypatch.setattr("ischia.core.matching.live_votes.LARGEST_LEVEL", 20_000)
    index = LiveVotes(Counting, strength=strength)
    for number in range(500):
        index.apply([Edit(number, value(number))])
    # 20,000 bytes are about 125 values, of which layers of 1, 8 and 64 and more are made.
    assert max(built) <= 200
    assert sum(built) <= 500 * 40
    assert len(index._all) <= 500 / 60 + 3
    assert index.search(value(0), limit=1)[0].entry == 0


def test_readers_never_miss_a_value_while_the_writer_works(path: Path) -> None:
    index = live(opened(path))
    done, failures, searches = threading.Event(), list[str](), [0] * 3

    def read(reader: int) -> None:
        while not done.is_set() or not searches[reader]:
            if index.search(KNOWN[9], limit=1)[0].entry != 9:
                failures.append(f"search {searches[reader]}")
            searches[reader] += 1

    readers = [threading.Thread(target=read, args=(reader,)) for reader in range(3)]
    for reader in readers:
        reader.start()
    for number in range(100, 300):
        index.apply([Edit(number, value(number)), Edit(number - 3, None)])
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert all(searches)


def test_a_layer_in_memory_is_as_good_as_a_file(path: Path) -> None:
    edits = [Edit(3, None), Edit(4, value(4))]
    one, other = live(opened(path)), live(MemoryLayer(WordIndex, KNOWN))
    for index in (one, other):
        index.apply(edits)
    for number in range(20):
        assert one.search(value(number), limit=6) == other.search(value(number), limit=6)
        assert one.data(number) == other.data(number)
