"""Writers, the sequencer, the compactor and readers at once: what was committed before a search is in its answer."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from ischia.base import clock
from ischia.ledger.jobs import tick
from ischia.ledger.verbs import SEQUENCED
from ischia.segments.jobs import Follower
from ischia.segments.models import Change
from ischia.segments.queries import catalog, refresh
from ischia.segments.verbs import publish_segment, sequence_changes
from tests.segments.build import NOON, found, reader, record, retire, sequence, value_of

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS, EACH = 3, 25


def in_threads(*functions: Callable[[], None]) -> list[BaseException]:
    """Run all at once, each with its own connection; return what they raised."""
    raised: list[BaseException] = []

    def run(function: Callable[[], None]) -> None:
        try:
            function()
        except BaseException as error:  # noqa: BLE001  It is handed to the test.
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(each,)) for each in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_a_writer_finds_its_own_change_at_once_while_all_else_goes_on() -> None:
    index, over = catalog("pdq"), threading.Event()
    writing = threading.Semaphore(0)

    def write(first: int) -> None:
        for signal in range(first, first + EACH):
            record(signal)
            refresh()
            assert found(index, [signal]) == {signal}
            if signal % 5 == 0:
                retire(signal)
                refresh()
                assert found(index, [signal]) == set()
        writing.release()

    def sequence_and_compact() -> None:
        while not over.is_set():
            tick(now=clock.now(), holder="tests")
            publish_segment(algorithm="pdq", now=NOON, fenced=lambda: None, after=10)
            index.reload()

    def end() -> None:
        for _ in range(WRITERS):
            writing.acquire(timeout=60)
        over.set()

    before = list(SEQUENCED)
    SEQUENCED[:] = [sequence_changes]
    try:
        writers = [lambda first=1 + number * EACH: write(first) for number in range(WRITERS)]
        assert in_threads(*writers, sequence_and_compact, end) == []
        tick(now=clock.now(), holder="tests")
    finally:
        SEQUENCED[:] = before
    wanted = {signal for signal in range(1, 1 + WRITERS * EACH) if signal % 5}
    assert found(index, range(1, 1 + WRITERS * EACH)) == found(reader(), range(1, 1 + WRITERS * EACH)) == wanted
    positions = list(Change.objects.order_by("position").values_list("position", flat=True))
    assert positions == list(range(len(positions)))


def test_a_transaction_that_commits_late_with_lower_ids_is_found_and_placed() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    index = reader()
    inserted, commit = threading.Event(), threading.Event()

    def commit_late() -> None:
        with transaction.atomic():
            record(1)
            inserted.set()
            assert commit.wait(10)

    def overtake() -> None:
        assert inserted.wait(10)
        record(2)
        sequence()
        index.refresh()
        assert found(index, [1, 2]) == {2}
        commit.set()

    assert in_threads(commit_late, overtake) == []
    index.refresh()
    assert found(index, [1, 2]) == {1, 2}
    sequence()
    index.refresh()
    assert dict(Change.objects.values_list("signal", "position")) == {2: 0, 1: 1}
    assert (len(index), index.tail_length) == (2, 2)


def test_a_process_that_only_follows_finds_a_change() -> None:
    index = catalog("pdq")
    follower = Follower()
    follower.start()
    try:
        record(7)
        began = clock.now()
        while not index.search(value_of(7), 0):
            assert (clock.now() - began).total_seconds() < 30, "the follower never saw the change"
            threading.Event().wait(0.01)
    finally:
        follower.stop()
