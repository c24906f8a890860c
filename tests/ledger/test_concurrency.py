"""Many workers at once, whose leases keep running out: still one sequence without gaps, and one tree."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.db import connection

from ischia.base.events import EventRow
from ischia.core.tlog import LedgerError
from ischia.ledger import keys
from ischia.ledger.fences import Held, StaleFenceError, claim
from ischia.ledger.jobs import tick
from ischia.ledger.models import Fence, Head
from ischia.ledger.verbs import sequence
from tests.ledger.build import NOON, note, verification

pytestmark = pytest.mark.django_db(transaction=True)


def in_threads(*functions: Callable[[], object]) -> list[BaseException]:
    """Run all at once, each with its own connection; return what they raised."""
    raised: list[BaseException] = []
    start = threading.Barrier(len(functions))

    def run(function: Callable[[], object]) -> None:
        start.wait()
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


def test_publishers_and_quarrelling_sequencers_leave_one_contiguous_verified_log() -> None:
    def publish(name: int) -> Callable[[], object]:
        return lambda: [note(f"{name} {at}") for at in range(40)]

    def quarrel(name: int) -> Callable[[], object]:
        chance = random.Random(name)
        times: Iterator[float] = iter(chance.uniform(0, 60) for _ in range(60))
        return lambda: [tick(now=NOON + timedelta(seconds=each), holder=f"w{name}") for each in times]

    assert in_threads(*map(publish, range(3)), *map(quarrel, range(3))) == []
    while tick(now=NOON + timedelta(hours=1), holder="last"):
        pass
    assert list(EventRow.objects.order_by("position").values_list("position", flat=True)) == list(range(120))
    assert Fence.objects.get().token > 1
    assert verification().problems == ()


def test_of_many_that_claim_at_once_exactly_one_gets_the_work() -> None:
    held: list[Held | None] = []

    def contend(now: datetime, holder: str) -> None:
        held.append(claim(name="sequencer", holder=holder, now=now))

    for at in range(10):
        held.clear()
        now = NOON + timedelta(minutes=at)
        assert in_threads(*[partial(contend, now, f"w{at} {name}") for name in range(4)]) == []
        assert len([each for each in held if each is not None]) == 1


def test_a_worker_that_wakes_with_an_old_token_in_mid_race_writes_nothing() -> None:
    for at in range(50):
        note(str(at))
    old = claim(name="sequencer", holder="sleeper", now=NOON)
    assert old is not None
    raised = in_threads(
        lambda: tick(now=NOON + timedelta(minutes=1), holder="waker"),
        *[lambda: sequence(fence=old, limit=5)] * 3,
    )
    assert all(isinstance(each, StaleFenceError) for each in raised)
    while tick(now=NOON + timedelta(minutes=2), holder="waker"):
        pass
    with pytest.raises(StaleFenceError):
        sequence(fence=old, limit=5)
    assert Head.objects.get().size == 50
    assert verification().problems == ()


def test_two_processes_that_start_together_agree_on_one_key(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    path = keys.key_path().with_name("together.key")
    monkeypatch.setattr(keys, "key_path", lambda: path)
    made: list[str] = []
    assert in_threads(*[lambda: made.append(keys.signer().to_string())] * 8) == []
    assert len(set(made)) == 1
    assert [each.name for each in path.parent.iterdir() if "together" in each.name] == ["together.key"]
    path.write_text("PRIVATE+KEY+broken\n")
    with pytest.raises(LedgerError, match="cannot be used"):
        keys.signer()
    path.unlink()
