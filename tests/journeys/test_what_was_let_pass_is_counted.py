"""Verdicts are counted by the minute, and every one of them comes into the ledger once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ischia.base import clock
from ischia.base.events import EventRow, payload
from ischia.screening import verbs
from ischia.screening.verbs.tally import count_verdict

pytestmark = pytest.mark.django_db


def told() -> list[object]:
    rows = EventRow.objects.filter(kind="screening.verdicts_tallied").order_by("pk")
    return [payload(row)["counts"] for row in rows]


def test_what_a_long_job_adds_to_a_minute_that_was_recorded_is_recorded_as_well() -> None:
    begun = clock.now()
    for _ in range(3):
        count_verdict(surface="posts", verdict="allow", now=begun)
    assert verbs.record_tallies(now=begun + timedelta(minutes=2)) == 0
    assert verbs.record_tallies(now=begun + timedelta(minutes=7)) == 1
    count_verdict(surface="posts", verdict="allow", now=begun)
    count_verdict(surface="posts", verdict="queue", now=begun)
    assert verbs.record_tallies(now=begun + timedelta(minutes=20)) == 1
    assert verbs.record_tallies(now=begun + timedelta(minutes=30)) == 0
    assert told() == [{"allow": 3}, {"allow": 1, "queue": 1}]
