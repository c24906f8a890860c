"""What is committed is found at once, whatever the sequencer has seen of it, and each change counts once."""

from __future__ import annotations

import random

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from ischia.segments.models import Change, Manifest
from ischia.segments.queries import catalog, refresh, unsequenced
from ischia.segments.verbs import NewChange, append_changes
from tests.segments.build import NOON, compact, found, living, reader, record, retire, sequence, value_of

pytestmark = pytest.mark.django_db


def test_a_change_is_found_before_it_has_a_position() -> None:
    index = catalog("pdq")
    record(1)
    refresh()
    assert unsequenced() == 1
    assert found(index, [1]) == {1}


def test_a_change_that_is_read_without_and_then_with_its_position_counts_once() -> None:
    index = reader()
    record(1, 2)
    index.refresh()
    sequence()
    index.refresh()
    assert (len(index), index.tail_length) == (2, 2)
    retire(1)
    index.refresh()
    sequence()
    index.refresh()
    assert found(index, [1, 2]) == {2}


def test_a_retired_signal_can_be_added_again() -> None:
    index = reader()
    for _ in range(3):
        record(1)
        index.refresh()
        assert found(index, [1]) == {1}
        retire(1)
        index.refresh()
        assert found(index, [1]) == set()
    record(1)
    sequence()
    index.refresh()
    assert found(index, [1]) == found(reader(), [1]) == {1}


def test_positions_are_contiguous_and_given_in_batches() -> None:
    record(*range(25))
    assert [sequence(10), sequence(10), sequence(10), sequence(10)] == [10, 10, 5, 0]
    assert list(Change.objects.order_by("position").values_list("position", flat=True)) == list(range(25))


def test_a_change_with_a_lower_id_that_commits_late_is_not_skipped() -> None:
    """PostgreSQL gives ids at the insert and shows rows at the commit: the order of ids says nothing."""
    record(1, 2, 3)
    late = Change.objects.get(signal=1)
    Change.objects.filter(pk=late.pk).delete()
    index = reader()
    sequence()
    index.refresh()
    Change.objects.bulk_create([late])
    index.refresh()
    assert found(index, [1, 2, 3]) == {1, 2, 3}
    sequence()
    assert Change.objects.get(signal=1).position == 2
    assert found(reader(), [1, 2, 3]) == {1, 2, 3}


def test_a_refresh_reads_what_is_new_and_not_the_whole_log() -> None:
    record(*range(50))
    sequence()
    index = reader()
    record(50)
    with CaptureQueriesContext(connection) as captured:
        index.refresh()
    assert len(captured.captured_queries) == 2
    if connection.vendor == "sqlite":
        for query in captured.captured_queries:
            with connection.cursor() as cursor:
                (step,) = cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}").fetchall()
            assert "(algorithm=? AND version=? AND position" in step[3]


def test_a_signal_number_that_a_rollback_gave_back_takes_its_new_value() -> None:
    index = reader()
    with transaction.atomic():
        append_changes([NewChange(algorithm="pdq", signal=1, value=value_of(99), quality=None, op="add")], now=NOON)
        index.refresh()
        transaction.set_rollback(True)
    record(1)
    index.refresh()
    assert found(index, [1]) == {1}
    assert index.search(value_of(99), 31) == ()


def test_changes_outside_of_a_transaction_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction.get_connection(), "in_atomic_block", False)
    with pytest.raises(RuntimeError, match="append them in its transaction"):
        append_changes([], now=NOON)


@pytest.mark.parametrize(("value", "op"), [(b"short", "add"), (bytes(32), "remove")])
def test_a_change_that_makes_no_sense_is_refused(value: bytes, op: str) -> None:
    with pytest.raises(ValueError, match=r"signal 5: (an indexed value has 32 bytes|op is)"):
        NewChange(algorithm="pdq", signal=5, value=value, quality=None, op=op)


def test_a_search_gives_the_nearest_first_and_no_more_than_asked_for() -> None:
    near = {signal: bytes(31) + bytes([2**signal - 1]) for signal in (3, 1, 2)}
    record(3, 1, 2, values=near)
    assert reader().search(bytes(32), 31) == ((1, 1), (2, 2), (3, 3))
    assert reader().search(bytes(32), 31, limit=2) == ((1, 1), (2, 2))


class AnyHistory(TestCase):
    """Any mixture of adding, retiring, sequencing, compacting and reading leaves every reader with what the log says."""

    @given(seed=st.integers(0, 2**32))
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_every_reader_returns_what_the_log_says(self, seed: int) -> None:
        chance = random.Random(seed)
        old, lazy, signals = reader(), reader(), range(8)
        for _ in range(25):
            step = chance.choice(["add", "add", "retire", "sequence", "compact", "reload", "lazy"])
            signal = chance.choice(signals)
            alive = signal in living()
            if step == "add" and not alive:
                record(signal)
            elif step == "retire" and alive:
                retire(signal)
            elif step == "sequence":
                sequence(chance.randint(1, 4))
            elif step == "compact" and Change.objects.exclude(position=None).exists() and _behind():
                compact()
            elif step == "reload":
                old.reload()
            elif step == "lazy":
                lazy.reload()
                lazy.refresh()
                assert found(lazy, signals) == living()
            old.refresh()
            assert found(old, signals) == living()
            assert len(old) == len(living())
        assert found(reader(), signals) == living()


def _behind() -> bool:
    newest = Manifest.objects.exclude(state="superseded").order_by("-id").first()
    return Change.objects.filter(position__gt=newest.upto if newest else -1).exists()
