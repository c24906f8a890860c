"""Segments take over what the log says; one that is lost or damaged costs time and no match."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ischia.base.events import EventRow
from ischia.core.matching import Header
from ischia.segments.compaction import kept_segments, write
from ischia.segments.jobs import follow
from ischia.segments.models import Manifest
from ischia.segments.queries import active_segments, catalog
from ischia.segments.verbs import SupersededError, delete_superseded, publish_segment
from tests.segments.build import NOON, compact, file_path, found, reader, record, retire, sequence

pytestmark = pytest.mark.django_db


def published() -> list[str]:
    return [segment.file for segment in active_segments()]


def flip(path: Path, offset: int) -> None:
    content = bytearray(path.read_bytes())
    content[offset] ^= 0xFF
    path.write_bytes(content)


def test_nothing_is_published_before_the_tail_is_long_enough() -> None:
    record(*range(10))
    assert publish_segment(algorithm="pdq", now=NOON, fenced=lambda: None, after=1) is None
    sequence(9)
    assert publish_segment(algorithm="pdq", now=NOON, fenced=lambda: None, after=10) is None
    segment = publish_segment(algorithm="pdq", now=NOON, fenced=lambda: None, after=9)
    assert segment is not None
    assert (segment.count, segment.upto) == (9, 8)
    assert EventRow.objects.filter(kind="segments.segment_published").count() == 1


def test_a_segment_and_the_changes_after_it_are_found_together() -> None:
    record(*range(20))
    sequence()
    compact()
    record(20, 21)
    retire(3)
    index = reader()
    assert index.tail_length == 3
    assert found(index, range(25)) == set(range(22)) - {3}


def test_a_running_reader_takes_over_a_new_segment_and_its_tail_shrinks() -> None:
    index = reader()
    record(*range(20))
    sequence()
    index.refresh()
    record(20)
    index.refresh()
    compact()
    assert index.tail_length == 21
    index.reload()
    assert index.tail_length == 1
    assert found(index, range(25)) == set(range(21))


def test_small_segments_are_merged_and_a_large_one_is_left_alone() -> None:
    record(*range(40))
    sequence()
    large = compact().file
    for signal in range(40, 44):
        record(signal)
        sequence()
        compact()
    retire(2, 41)
    sequence()
    compact()
    assert published()[0] == large
    assert len(published()) <= 3
    assert found(reader(), range(50)) == set(range(44)) - {2, 41}
    record(2)
    sequence()
    compact()
    assert found(reader(), range(50)) == set(range(44)) - {41}


@pytest.mark.parametrize(
    ("sizes", "new", "kept"), [([], 5, 0), ([10], 5, 0), ([11], 5, 1), ([100, 30, 9], 5, 2), ([100, 20, 9], 30, 0)]
)
def test_segments_more_than_twice_as_large_as_all_that_is_newer_are_kept(sizes: list[int], new: int, kept: int) -> None:
    assert kept_segments(sizes, new) == kept


@pytest.mark.parametrize("damage", ["missing", "cut", "header", "foreign"])
def test_a_file_that_does_not_open_is_left_aside_and_rebuilt(damage: str) -> None:
    record(*range(20))
    retire(4)
    sequence()
    path = file_path(compact().file)
    record(20)
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    elif damage == "header":
        flip(path, 60)
    else:
        path.write_bytes(b"GIF89a" * 2000)
    index = reader()
    assert index.damaged
    assert found(index, range(25)) == set(range(21)) - {4}
    sequence()
    rebuilt = publish_segment(algorithm="pdq", now=NOON, fenced=lambda: None, after=1000)
    assert rebuilt is not None
    assert rebuilt.file != path.name
    index.reload()
    assert index.damaged == ""
    assert index.tail_length == 0
    assert found(index, range(25)) == set(range(21)) - {4}


def test_another_whole_segment_under_the_manifests_name_is_not_trusted() -> None:
    record(*range(5))
    sequence()
    first = compact().file
    stolen = file_path(first).read_bytes()
    record(*range(5, 30))
    sequence()
    second = compact().file
    file_path(second).write_bytes(stolen)
    index = reader()
    assert "not the one that the manifest names" in index.damaged
    assert found(index, range(30)) == set(range(30))


def test_damaged_content_is_found_in_the_background_and_every_process_leaves_the_file_aside() -> None:
    record(*range(30))
    sequence()
    path = file_path(compact().file)
    flip(path, 4096 + 3)
    index, other = catalog("pdq"), reader()
    assert index.damaged == other.damaged == ""
    follow(now=NOON)
    assert EventRow.objects.filter(kind="segments.segment_damaged").count() == 1
    follow(now=NOON)
    other.reload()
    assert index.damaged == other.damaged == "its content failed a checksum"
    assert found(index, range(30)) == found(other, range(30)) == set(range(30))
    rebuilt = publish_segment(algorithm="pdq", now=NOON, fenced=lambda: None)
    assert rebuilt is not None
    assert published() == [rebuilt.file]
    follow(now=NOON)
    assert index.damaged == ""
    assert found(index, range(30)) == set(range(30))


def test_damaged_content_is_never_copied_into_a_new_segment() -> None:
    record(*range(30))
    sequence()
    path = file_path(compact().file)
    flip(path, 4096 + 3)
    record(*range(30, 60))
    sequence()
    compact()
    assert len(published()) == 1
    assert found(reader(), range(60)) == set(range(60))


def test_a_builder_that_lost_its_place_publishes_nothing_and_leaves_no_file() -> None:
    class LostError(Exception):
        pass

    def fenced() -> None:
        raise LostError

    record(1)
    sequence()
    with pytest.raises(LostError):
        publish_segment(algorithm="pdq", now=NOON, fenced=fenced, after=1)
    assert published() == []
    assert list(file_path("x").parent.iterdir()) == []


def test_a_builder_whose_segments_were_replaced_meanwhile_publishes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    record(*range(3))
    sequence()

    def slow_write(*arguments: Any) -> Header:
        monkeypatch.undo()
        compact()
        return write(*arguments)

    monkeypatch.setattr("ischia.segments.verbs.write", slow_write)
    with pytest.raises(SupersededError):
        publish_segment(algorithm="pdq", now=NOON, fenced=lambda: None, after=1)
    assert published() == [path.name for path in file_path("x").parent.iterdir()]
    assert len(published()) == 1


def test_superseded_files_are_deleted_after_ten_minutes_and_readers_keep_what_they_mapped() -> None:
    record(*range(10))
    sequence()
    first = compact().file
    index = reader()
    record(*range(10, 30))
    sequence()
    compact()
    assert delete_superseded(now=NOON + timedelta(minutes=9)) == 0
    assert delete_superseded(now=NOON + timedelta(minutes=11)) == 1
    assert not file_path(first).exists()
    index.refresh()
    assert found(index, range(30)) == set(range(30))
    assert not Manifest.objects.filter(file=first).exists()


def test_what_a_dead_build_left_behind_is_deleted_after_hours_and_nothing_else() -> None:
    record(1)
    sequence()
    kept = compact().file
    left, fresh = file_path(".pdq-7.segment.123.tmp"), file_path("pdq-8.segment")
    for path, age in ((left, 7), (fresh, 5), (file_path(kept), 7)):
        path.touch()
        past = (NOON - timedelta(hours=age)).timestamp()
        os.utime(path, (past, past))
    assert delete_superseded(now=NOON) == 1
    assert sorted(path.name for path in fresh.parent.iterdir()) == sorted([kept, fresh.name])
