from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from django.db import connection

from ischia.base.events import SYSTEM, EventRow
from ischia.policies import queries, verbs

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
AT_ONCE = 4


def at_once(work: Callable[[int], object]) -> list[object]:
    """Run the work in as many threads as there are numbers, all started together."""
    start = Barrier(AT_ONCE)

    def one(number: int) -> object:
        try:
            start.wait()
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def test_processes_that_start_together_install_the_shipped_policy_once() -> None:
    installed = at_once(lambda _: verbs.ensure_default(NOW))
    assert len(queries.versions()) == 1
    assert queries.active().number == 1
    assert True in installed
    assert EventRow.objects.filter(kind__startswith="policies.").count() == 2


def test_texts_saved_at_once_get_numbers_without_gaps() -> None:
    verbs.ensure_default(NOW)
    at_once(lambda number: verbs.save_version(source=f"policy: p{number}\nrules: []\n", actor=SYSTEM, now=NOW))
    assert [view.number for view in queries.versions()] == [5, 4, 3, 2, 1]


def test_versions_activated_at_once_leave_one_that_rules() -> None:
    for number in range(AT_ONCE):
        verbs.save_version(source=f"policy: p{number}\nrules: []\n", actor=SYSTEM, now=NOW)
    at_once(lambda number: verbs.activate(number=number + 1, actor=SYSTEM, now=NOW))
    ruling = [view.number for view in queries.versions() if view.active]
    assert ruling == [queries.active().number]
    assert EventRow.objects.filter(kind="policies.activated").count() == AT_ONCE
