"""A signal of frames: each frame that says something is found by distance, under the number of signal and frame."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from ischia.core.matching import BruteForce
from ischia.core.signals import Signal
from ischia.core.signals.frames import unpack
from ischia.core.signals.hygiene import junk
from ischia.segments.catalog import LiveCatalog
from ischia.segments.queries import active_segments, catalog, refresh
from ischia.segments.verbs import publish_segment
from tests.segments.build import NOON, file_path, sequence
from tests.segments.large import append, compact, film, films
from tests.segments.test_segments import flip

pytestmark = pytest.mark.django_db


def record(*signals: int, op: str = "add") -> None:
    append("frames", {signal: film(signal) for signal in signals}, op)


def retire(*signals: int) -> None:
    record(*signals, op="retire")


def slow(living: Iterable[int]) -> BruteForce:
    """Every frame of the living that hygiene lets pass, one by one."""
    rows = {
        signal << 16 | number: frame["pdq"].tobytes()
        for signal in living
        for number, frame in enumerate(unpack(film(signal)))
        if not junk(Signal("pdq", 1, frame["pdq"].tobytes().hex(), int(frame["quality"])))
    }
    values = np.frombuffer(b"".join(rows.values()), np.uint8).reshape(-1, 32)
    return BruteForce(np.array(list(rows), np.int64), values)


def agrees(index: LiveCatalog, living: Iterable[int]) -> bool:
    """Whether every frame of films 0 to 9 finds what comparing it with all frames of the living finds."""
    wanted = slow(living)
    frames = np.concatenate([unpack(film(signal))["pdq"] for signal in range(10)])
    expected = [tuple(wanted.search(frame.tobytes(), 31).nearest().pairs()) for frame in frames]
    found = [index.search(frame.tobytes(), 31) for frame in frames]
    together = index.search_many(frames, 31)
    pairs = sorted(zip(*(column.tolist() for column in together), strict=True))
    hits = sorted((hit, row, distance) for row, each in enumerate(expected) for hit, distance in each)
    return len(index) == len(wanted) and found == expected and pairs == hits


def test_frames_are_found_and_blank_or_poor_ones_are_not_indexed() -> None:
    index = catalog("frames")
    record(1, 2)
    refresh()
    frames = unpack(film(2))
    assert index.search(frames[3]["pdq"].tobytes(), 31) == ((2 << 16 | 3, 0),)
    assert index.search(frames[4]["pdq"].tobytes(), 31) == ()
    assert index.search(frames[5]["pdq"].tobytes(), 31) == ()
    assert len(index) == 2 * (12 - 4 - 1)
    assert agrees(index, [1, 2])


def test_all_frames_of_a_retired_signal_go_from_tail_and_file() -> None:
    record(*range(6))
    sequence()
    compact("frames")
    record(6)
    retire(2, 6)
    assert agrees(films(), [0, 1, 3, 4, 5])
    sequence()
    compact("frames")
    assert agrees(films(), [0, 1, 3, 4, 5])
    record(2)
    assert agrees(films(), range(6))


def test_a_segment_is_due_by_its_frames_and_not_by_its_films() -> None:
    record(1, 2)
    sequence()
    assert publish_segment(algorithm="frames", now=NOON, fenced=lambda: None, after=25) is None
    published = publish_segment(algorithm="frames", now=NOON, fenced=lambda: None, after=24)
    assert published is not None
    assert published.count == len(slow([1, 2]))


def test_a_damaged_segment_is_rebuilt_from_the_log() -> None:
    record(*range(8))
    retire(3)
    sequence()
    path = file_path(compact("frames").file)
    flip(path, 4096 + 3)
    index = catalog("frames")
    assert index.verify() == [path.name]
    path.unlink()
    assert agrees(films(), {*range(8)} - {3})
    sequence()
    publish_segment(algorithm="frames", now=NOON, fenced=lambda: None, after=1000)
    assert [segment.count for segment in active_segments()] == [len(slow({*range(8)} - {3}))]
    assert agrees(films(), {*range(8)} - {3})


class AnyHistory(TestCase):
    """Any mixture of adding, retiring, sequencing, compacting and reading leaves what brute force finds."""

    @given(steps=st.lists(st.tuples(st.sampled_from(["turn", "sequence", "compact", "reload"]), st.integers(0, 4))))
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_a_reader_and_a_new_one_agree_with_brute_force(self, steps: list[tuple[str, int]]) -> None:
        index, living = films(), set[int]()
        for step, signal in steps:
            if step == "turn":
                record(signal, op="retire" if signal in living else "add")
                living ^= {signal}
            elif step == "sequence":
                sequence(signal + 1)
            elif step == "compact":
                publish_segment(algorithm="frames", now=NOON, fenced=lambda: None, after=1)
            else:
                index.reload()
            index.refresh()
        assert agrees(index, living)
        assert agrees(films(), living)
