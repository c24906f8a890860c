"""Segments, tail and tombstones behave as one index, also while they change."""

from __future__ import annotations

import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ischia.core.matching import (
    BruteForce,
    Edit,
    LiveIndex,
    Segment,
    build_segment,
    even_split,
    live_entries,
    open_segment,
)
from tests.core.test_matching import assert_same, uniform

# A few values near to each other, one for each id: an id has one value for its life.
VALUES = [bytes(30) + bytes([high, low]) for high in (0, 7) for low in (0, 1, 3, 7, 15, 31, 63, 255)]
IDS = st.integers(0, len(VALUES) - 1)


class LiveAgainstBruteForce(RuleBasedStateMachine):
    """Any sequence of additions, retirements and compactions leaves what a dictionary would hold."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.index = LiveIndex()
        self.model: dict[int, bytes] = {}
        self.since: list[Edit] = []
        self.files = 0

    @rule(identity=IDS)
    def add(self, identity: int) -> None:
        self.index.add(identity, VALUES[identity])
        self.model[identity] = VALUES[identity]
        self.since.append(Edit(identity, VALUES[identity]))

    @rule(identity=IDS)
    def retire(self, identity: int) -> None:
        self.index.retire(identity)
        self.model.pop(identity, None)
        self.since.append(Edit(identity, None))

    @precondition(lambda self: len(self.since) > 0)
    @rule(kept=st.integers(0, 3), tables=st.sampled_from([16, 32]))
    def add_a_segment_of_the_older_edits(self, kept: int, tables: int) -> None:
        older, newer = self.since[: len(self.since) - kept], self.since[len(self.since) - kept :]
        held: dict[int, bytes] = {}
        for edit in older:
            held.pop(edit.id, None)
            if edit.value is not None:
                held[edit.id] = edit.value
        # Whatever the segment speaks of is decided by it and hidden in the older ones.
        segment = self.write(held, [edit.id for edit in older], tables)
        self.index.replace_segments([*self.index.segments, segment], pending=newer)
        self.since = newer

    @rule(tables=st.sampled_from([16, 32]))
    def merge_the_segments(self, tables: int) -> None:
        ids, values = live_entries(self.index.segments)
        held = {identity: value.tobytes() for identity, value in zip(ids.tolist(), values, strict=True)}
        self.index.replace_segments([self.write(held, [], tables)], pending=self.since)

    @invariant()
    def it_returns_what_brute_force_returns(self) -> None:
        ids = np.array(list(self.model), np.int64)
        values = np.frombuffer(b"".join(self.model.values()), np.uint8).reshape(-1, 32)
        slow = BruteForce(ids, values)
        assert_same(self.index, slow, [VALUES[0], VALUES[5], VALUES[-1], VALUES[5]], 4)

    def write(self, held: dict[int, bytes], retired: list[int], tables: int) -> Segment:
        path = Path(self.folder.name) / f"{self.files}"
        self.files += 1
        values = np.frombuffer(b"".join(held.values()), np.uint8).reshape(-1, 32)
        ids, hidden = np.array(list(held), np.int64), np.array(retired, np.int64)
        build_segment(path, ids, values, retired=hidden, split=even_split(tables))
        return open_segment(path, algorithm="pdq", version=1)

    def teardown(self) -> None:
        self.folder.cleanup()


LiveAgainstBruteForce.TestCase.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
TestLiveIndex = LiveAgainstBruteForce.TestCase


def test_an_id_cannot_change_its_value() -> None:
    index = LiveIndex()
    index.add(1, VALUES[1])
    with pytest.raises(ValueError, match="entry 1 already has another value"):
        index.add(1, VALUES[2])
    index.retire(1)
    index.add(1, VALUES[2])
    assert index.search(VALUES[2], 0).pairs() == [(1, 0)]


def test_the_tail_counts_what_the_segments_lack() -> None:
    index = LiveIndex()
    index.apply([Edit(1, VALUES[1]), Edit(2, VALUES[2]), Edit(1, None), Edit(9, None)])
    assert (len(index), index.tail_length) == (1, 3)


def test_a_tail_grows_without_disturbing_older_views() -> None:
    values = uniform(3000, np.random.default_rng(1))
    index = LiveIndex()
    for identity, value in enumerate(values):
        index.add(identity, value.tobytes())
    assert index.search(values[0].tobytes(), 0).pairs() == [(0, 0)]
    assert index.search(values[-1].tobytes(), 0).pairs() == [(2999, 0)]


def test_readers_never_miss_an_entry_while_the_writer_works(tmp_path: Path) -> None:
    """Entries that live throughout are found by every search, whatever is added, retired or compacted meanwhile."""
    values = uniform(600, np.random.default_rng(3))
    build_segment(tmp_path / "a", np.arange(200), values[:200], split=even_split(16))
    segment = open_segment(tmp_path / "a", algorithm="pdq", version=1)
    index = LiveIndex([segment])
    index.add(300, values[300].tobytes())
    done, failures, searches = threading.Event(), list[str](), [0] * 4

    def read(reader: int) -> None:
        while not done.is_set() or not searches[reader]:
            for steady in (5, 300):
                if steady not in index.search(values[steady].tobytes(), 31).ids.tolist():
                    failures.append(f"search {searches[reader]} missed {steady}")
            searches[reader] += 1

    readers = [threading.Thread(target=read, args=(reader,)) for reader in range(4)]
    for reader in readers:
        reader.start()
    for identity in range(301, 600):
        index.add(identity, values[identity].tobytes())
        if identity - 200 != 300:
            index.retire(identity - 200)
        if identity % 50 == 0:
            index.replace_segments([segment], pending=[Edit(300, values[300].tobytes())])
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert all(searches)


@given(st.lists(st.tuples(IDS, st.booleans()), max_size=30))
@settings(max_examples=60, deadline=None)
def test_edits_applied_at_once_equal_edits_applied_one_by_one(steps: list[tuple[int, bool]]) -> None:
    edits = [Edit(identity, VALUES[identity] if alive else None) for identity, alive in steps]
    together, single = LiveIndex(), LiveIndex()
    together.apply(edits)
    for edit in edits:
        single.apply([edit])
    assert together.search(VALUES[3], 31).nearest().pairs() == single.search(VALUES[3], 31).nearest().pairs()
    assert len(together) == len(single)
