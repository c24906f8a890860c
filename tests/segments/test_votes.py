"""Large signals: what is committed is found, from files, the tail or the log, as one index over all would find it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.db import transaction
from django.db.models.functions import Length
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from ischia.base import clock
from ischia.base.config import config
from ischia.base.events import EventRow
from ischia.core.matching import SegmentError
from ischia.core.signals import TYPES
from ischia.segments import kinds, votes_compaction
from ischia.segments.jobs import Follower, follow, missing, publish
from ischia.segments.kinds import NotServedError, Votes
from ischia.segments.models import Change, Manifest
from ischia.segments.queries import active_segments, catalog, refresh, votes
from ischia.segments.reading import SOURCES
from ischia.segments.verbs import NewChange, delete_superseded, let_go, publish_segment
from tests.core.matching_votes import value
from tests.segments.build import NOON, file_path, sequence, value_of
from tests.segments.large import agrees, append, compact, reader, record, retire
from tests.segments.test_concurrency import in_threads
from tests.segments.test_segments import flip, published

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_small_index")]


def test_what_is_added_or_retired_is_so_at_once() -> None:
    index = votes("shingles")
    record(1, 2, 3)
    retire(2)
    refresh()
    assert agrees(index, [1, 3])
    record(2)
    refresh()
    assert agrees(index, [1, 2, 3])
    assert index.search(value(2), limit=1)[0].entry == 2


def test_the_log_holds_the_bytes_of_what_is_added_and_none_of_what_is_retired() -> None:
    record(1)
    retire(1)
    sizes = Change.objects.order_by("id").annotate(size=Length("value")).values_list("op", "size")
    assert list(sizes) == [("add", len(value(1))), ("retire", 0)]


def test_files_and_tail_are_one_index_after_a_restart() -> None:
    record(*range(20))
    sequence()
    compact()
    record(20, 21)
    retire(3)
    assert agrees(reader(), set(range(22)) - {3})
    assert reader().tail_length == 3


def test_a_running_reader_takes_over_a_new_file_and_opens_old_ones_once(monkeypatch: pytest.MonkeyPatch) -> None:
    index = reader()
    record(*range(30))
    sequence()
    index.refresh()
    compact()
    index.reload()
    assert index.tail_length == 0
    record(30)
    sequence()
    compact()
    read = []
    monkeypatch.setattr("ischia.core.matching.VotesSegment.verify", lambda segment: read.append(segment.path.name))
    index.reload()
    assert read == published()[1:]
    assert len(published()) == 2
    assert agrees(index, range(31))


def test_small_files_are_merged_and_a_large_one_is_left_alone() -> None:
    record(*range(100))
    sequence()
    large = compact().file
    for signal in range(100, 106):
        record(signal)
        sequence()
        compact()
    retire(2, 101)
    sequence()
    compact()
    assert published()[0] == large
    assert len(published()) <= 2
    assert agrees(reader(), set(range(106)) - {2, 101})
    assert delete_superseded(now=NOON + timedelta(minutes=11)) > 0
    assert agrees(reader(), set(range(106)) - {2, 101})


def test_no_file_grows_beyond_its_bound_and_a_long_log_becomes_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(votes_compaction, "LARGEST_SEGMENT", 2000)
    monkeypatch.setattr(votes_compaction, "LARGE_UNIT", 1)
    record(*range(50))
    sequence()
    while publish_segment(algorithm="shingles", now=NOON, fenced=lambda: None, after=1):
        pass
    total = sum(len(value(signal)) for signal in range(50))
    assert len(published()) >= total / 2000
    assert agrees(reader(), range(50))
    assert reader().tail_length == 0
    retire(*range(0, 50, 2))
    sequence()
    while publish_segment(algorithm="shingles", now=NOON, fenced=lambda: None, after=1):
        pass
    assert agrees(reader(), range(1, 50, 2))


def test_a_log_of_many_bytes_has_grown_enough_though_its_changes_are_few() -> None:
    append("shingles", {1: bytes(50 * 1024), 2: value(2)})
    sequence()
    assert publish_segment(algorithm="shingles", now=NOON, fenced=lambda: None, after=51) is None
    assert publish_segment(algorithm="shingles", now=NOON, fenced=lambda: None, after=50) is not None


@pytest.mark.parametrize("damage", ["missing", "cut", "header", "foreign"])
@pytest.mark.parametrize("which", [0, 1])
def test_a_file_that_does_not_open_is_replaced_from_its_stretch_of_the_log(damage: str, which: int) -> None:
    record(*range(30))
    retire(4)
    sequence()
    compact()
    record(30)
    retire(5)
    sequence()
    compact()
    path = file_path(published()[which])
    others = set(published()) - {path.name}
    record(31)
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    elif damage == "header":
        flip(path, 60)
    else:
        path.write_bytes(b"GIF89a" * 2000)
    living = set(range(32)) - {4, 5}
    index = reader()
    assert index.damaged
    assert agrees(index, living)
    rebuilt = publish_segment(algorithm="shingles", now=NOON, fenced=lambda: None, after=1000)
    assert rebuilt is not None
    assert set(published()) == {rebuilt.file, *others}
    index.reload()
    assert index.damaged == ""
    assert agrees(index, living)
    assert agrees(reader(), living)


def test_damaged_content_is_noticed_before_it_is_searched_and_every_process_leaves_the_file_aside() -> None:
    record(*range(30))
    sequence()
    path = file_path(compact().file)
    other = reader()
    flip(path, 4096 * 4 + 3)
    index = votes("shingles")
    assert "checksum" in index.damaged
    assert agrees(index, range(30))
    follow(now=NOON)
    assert EventRow.objects.filter(kind="segments.segment_damaged").count() == 1
    follow(now=NOON)
    other.reload()
    assert index.damaged == other.damaged == "its content failed a checksum"
    assert agrees(other, range(30))
    rebuilt = publish_segment(algorithm="shingles", now=NOON, fenced=lambda: None)
    assert rebuilt is not None
    assert published() == [rebuilt.file]
    follow(now=NOON)
    assert index.damaged == ""
    assert agrees(index, range(30))


def test_damaged_content_is_never_copied_into_a_new_file() -> None:
    record(*range(30))
    sequence()
    flip(file_path(compact().file), 4096 * 4 + 3)
    record(*range(30, 60))
    sequence()
    compact()
    compact()
    assert len(published()) == 1
    assert reader().damaged == ""
    assert agrees(reader(), range(60))


def test_another_whole_file_under_the_manifests_name_is_not_trusted() -> None:
    record(1)
    sequence()
    stolen = file_path(compact().file).read_bytes()
    record(*range(5, 30))
    sequence()
    file_path(compact().file).write_bytes(stolen)
    index = reader()
    assert "not the one that the manifest names" in index.damaged
    assert agrees(index, {1, *range(5, 30)})


def test_a_signal_number_that_a_rollback_gave_back_takes_its_new_value() -> None:
    index = votes("shingles")
    with transaction.atomic():
        append("shingles", {1: value(50)})
        index.refresh()
        transaction.set_rollback(True)
    record(1)
    index.refresh()
    assert agrees(index, [1])


def test_kinds_are_asked_for_in_the_way_in_which_they_are_found() -> None:
    with pytest.raises(NotServedError, match="found by votes"):
        catalog("shingles")
    with pytest.raises(NotServedError, match="found by distance"):
        votes("pdq")
    with pytest.raises(NotServedError, match="found by equality"):
        catalog("sha256")


def test_a_kind_whose_class_is_not_there_is_left_out_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kinds.VOTES, "sound", Votes("tests.core.matching_votes", "NoSuchIndex", "shared"))
    kinds.index_class.cache_clear()
    with pytest.raises(NotServedError, match="NoSuchIndex, cannot be loaded"):
        votes("sound")
    follow(now=NOON)
    assert missing() is None


@pytest.mark.parametrize(
    ("algorithm", "data", "why"),
    [
        ("shingles", b"", "no bytes of shingles"),
        ("frames", bytes(36), "37 bytes each"),
        ("pdq", bytes(33), "has 32 bytes"),
        ("gate", b"x", "has no index"),
    ],
)
def test_a_change_whose_bytes_cannot_be_indexed_is_refused(algorithm: str, data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        NewChange(algorithm=algorithm, signal=5, value=data, quality=None, op="add")


def test_what_an_older_version_left_stays_searchable_beside_the_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    append("pdq", {1: value_of(1)})
    record(1)
    sequence()
    compact()
    append("pdq", {2: value_of(2)})
    newer = {name: replace(cast("Any", TYPES[name]), version=2) for name in ("pdq", "shingles")}
    monkeypatch.setattr("ischia.segments.reading.TYPES", {**TYPES, **newer})
    append("pdq", {3: value_of(3)})
    record(3)
    follow(now=NOON)
    assert catalog("pdq").search(value_of(1), 31) == ()
    assert catalog("pdq").search(value_of(3), 0) == ((3, 0),)
    assert [catalog("pdq", 1).search(value_of(signal), 0) for signal in (1, 2)] == [((1, 0),), ((2, 0),)]
    assert agrees(votes("shingles"), [3])
    assert agrees(votes("shingles", 1), [1])
    append("pdq", {1: value_of(1)}, "retire", 1)
    refresh()
    assert catalog("pdq", 1).search(value_of(1), 0) == ()


@pytest.fixture(autouse=True)
def _nothing_kept_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Banks keep the bytes as well; these tests say themselves what does."""
    monkeypatch.delitem(SOURCES, "shingles", raising=False)


def test_the_log_lets_go_of_bytes_that_are_kept_elsewhere_and_damage_is_repaired_from_there() -> None:
    bank = {signal: value(signal) for signal in range(40)}
    asked: list[int] = []

    def source(signals: Sequence[int]) -> Iterable[tuple[int, bytes]]:
        asked.extend(signals)
        return [(signal, bank[signal]) for signal in signals if signal in bank]

    record(*range(30))
    sequence()
    first = compact()
    assert let_go(algorithm="shingles") == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SOURCES, "shingles", source)
        record(30)
        assert let_go(algorithm="shingles") == 30
        assert let_go(algorithm="shingles") == 0
        assert set(Change.objects.exclude(value=b"").values_list("signal", flat=True)) == {30}
        retire(3)
        del bank[3]
        sequence()
        compact()
        assert asked == []
        file_path(first.file).write_bytes(b"GIF89a" * 2000)
        living = set(range(31)) - {3}
        assert agrees(reader(), living)
        assert sorted(asked) == list(range(30))
        assert compact().file != first.file
        assert reader().damaged == ""
        assert agrees(reader(), living)
        path = file_path(active_segments()[-1].file)
        path.unlink()
    with pytest.raises(LookupError, match="fill SOURCES"):
        reader()


def test_the_log_lets_go_of_nothing_while_a_file_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SOURCES, "shingles", lambda _signals: [])
    record(*range(30))
    sequence()
    flip(file_path(compact().file), 4096 * 4 + 3)
    with pytest.raises(SegmentError):
        let_go(algorithm="shingles")
    assert not Change.objects.filter(value=b"").exists()


def test_the_job_publishes_every_kind_lets_go_and_has_bad_files_built_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SOURCES, "shingles", lambda signals: [(signal, value(signal)) for signal in signals])
    due_early = config().model_copy(update={"segment_after": 5})
    monkeypatch.setattr("ischia.segments.verbs.config", lambda: due_early)
    record(*range(60))
    sequence()
    compact()
    first = file_path(published()[0])
    flip(first, 4096 * 4 + 3)
    record(*range(60, 66))
    append("pdq", {signal: value_of(signal) for signal in range(5)})
    sequence()
    run_publish()
    assert Manifest.objects.get(file=first.name).state == "damaged"
    run_publish()
    assert first.name not in published()
    assert {segment.algorithm for segment in active_segments()} == {"pdq", "shingles"}
    assert not Change.objects.filter(algorithm="shingles").exclude(value=b"").exists()
    assert reader().damaged == ""
    assert agrees(reader(), range(66))


def run_publish() -> None:
    publish({}, now=NOON, context=cast("Any", SimpleNamespace(fenced=lambda: None)))


class AnyHistory(TestCase):
    """Any mixture of adding, retiring, sequencing, compacting and reading leaves every reader with what the log says."""

    @given(seed=st.integers(0, 2**32))
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_every_reader_returns_what_the_log_says(self, seed: int) -> None:
        chance = random.Random(seed)
        old, lazy = reader(), reader()
        living: set[int] = set()
        for _ in range(25):
            step = chance.choice(["add", "add", "retire", "sequence", "compact", "reload", "lazy"])
            signal = chance.choice(range(8))
            if step == "add" and signal not in living:
                record(signal)
                living.add(signal)
            elif step == "retire" and signal in living:
                retire(signal)
                living.discard(signal)
            elif step == "sequence":
                sequence(chance.randint(1, 4))
            elif step == "compact":
                publish_segment(algorithm="shingles", now=NOON, fenced=lambda: None, after=1)
            elif step == "reload":
                old.reload()
            elif step == "lazy":
                lazy.reload()
                lazy.refresh()
                assert agrees(lazy, living)
            old.refresh()
            assert agrees(old, living)
        assert agrees(reader(), living)


@pytest.mark.django_db(transaction=True)
def test_a_writer_finds_its_own_change_at_once_while_files_are_built_and_taken_over() -> None:
    index = votes("shingles")
    signals = range(1, 40)

    def write() -> None:
        for signal in signals:
            record(signal)
            refresh()
            assert index.data(signal) == value(signal)
            assert index.search(value(signal), limit=1)[0].entry == signal
            if signal % 5 == 0:
                retire(signal)
                refresh()
                assert index.data(signal) is None

    def compact_and_reload() -> None:
        for _ in range(15):
            sequence()
            publish_segment(algorithm="shingles", now=NOON, fenced=lambda: None, after=3)
            index.reload()

    assert in_threads(write, compact_and_reload) == []
    wanted = {signal for signal in signals if signal % 5}
    assert agrees(index, wanted)
    assert agrees(reader(), wanted)
    assert Manifest.objects.filter(algorithm="shingles").exists()
    assert active_segments()


@pytest.mark.django_db(transaction=True)
def test_a_process_that_only_follows_finds_a_change() -> None:
    index = votes("shingles")
    follower = Follower()
    follower.start()
    try:
        record(7)
        began = clock.now()
        while not index.search(value(7), limit=1):
            assert (clock.now() - began).total_seconds() < 30, "the follower never saw the change"
    finally:
        follower.stop()
