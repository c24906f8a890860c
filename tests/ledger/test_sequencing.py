"""Events get contiguous positions and a place in the tree, from one process at a time."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from ischia.base.events import EventRow
from ischia.core.tlog import LedgerError, leaf_hash, parse_and_verify, root_of
from ischia.ledger import keys, queries, verbs
from ischia.ledger.fences import LEASE, Held, StaleFenceError, claim, release
from ischia.ledger.jobs import BATCH, place, stop, tick
from ischia.ledger.models import Checkpoint, Fence, Head, Tile
from tests.ledger.build import NOON, grow, note, verification

pytestmark = pytest.mark.django_db


def test_an_event_waits_until_it_is_sequenced_and_then_has_its_place() -> None:
    first, second = note("one"), note("two")
    assert queries.record(first).position is None
    assert tick(now=NOON, holder="a") == 2
    assert [queries.record(each).position for each in (first, second)] == [0, 1]
    assert tick(now=NOON, holder="a") == 0


def test_the_root_is_that_of_the_leaves_in_order_of_position() -> None:
    grow(300, 300, 7)
    leaves = EventRow.objects.order_by("position").values_list("leaf", flat=True)
    assert bytes(Head.objects.get().root) == root_of(leaf_hash(each.encode()) for each in leaves)
    assert {(each.level, each.index): len(each.hashes) // 32 for each in Tile.objects.all()} == {
        (0, 0): 256, (0, 1): 256, (0, 2): 95, (1, 0): 2,
    }  # fmt: skip
    assert verification().ok


def test_a_batch_is_bounded_and_the_loop_asks_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ischia.ledger.jobs.BATCH", 3)
    for at in range(7):
        note(str(at))
    assert [place(NOON, "a") for _ in range(4)] == [True, True, False, False]
    assert Head.objects.get().size == 7
    assert BATCH >= 1000


def test_what_else_needs_positions_is_placed_in_the_same_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def place_changes(limit: int) -> int:
        asked.append(limit)
        return 4

    monkeypatch.setattr(verbs, "SEQUENCED", [place_changes])
    note("one")
    assert tick(now=NOON, holder="a") == 5
    assert asked == [BATCH]


def test_when_something_else_fails_no_event_is_placed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_limit: int) -> int:
        raise RuntimeError("change log")

    monkeypatch.setattr(verbs, "SEQUENCED", [fail])
    note("one")
    with pytest.raises(RuntimeError, match="change log"):
        tick(now=NOON, holder="a")
    assert EventRow.objects.filter(position=None).count() == 1
    assert not Head.objects.exists()


def test_only_the_holder_of_the_lease_sequences() -> None:
    note("one")
    assert tick(now=NOON, holder="a") == 1
    note("two")
    assert tick(now=NOON + timedelta(seconds=4), holder="b") == 0
    assert tick(now=NOON + LEASE, holder="b") == 1
    assert Fence.objects.get().holder == "b"


def test_a_lease_is_renewed_only_when_it_runs_low() -> None:
    tick(now=NOON, holder="a")
    tick(now=NOON + timedelta(seconds=2), holder="a")
    assert Fence.objects.get().lease_until == NOON + LEASE
    tick(now=NOON + timedelta(seconds=4), holder="a")
    assert Fence.objects.get().lease_until == NOON + timedelta(seconds=4) + LEASE
    assert Fence.objects.get().token == 1


def test_a_worker_that_stops_hands_over_at_once() -> None:
    tick(now=NOON, holder="a")
    stop(holder="b")
    assert claim(name="sequencer", holder="b", now=NOON) is None
    stop(holder="a")
    assert claim(name="sequencer", holder="b", now=NOON) == Held("sequencer", 2)


def test_a_process_that_slept_through_its_lease_cannot_write() -> None:
    note("one")
    slept = claim(name="sequencer", holder="a", now=NOON)
    assert slept is not None
    assert claim(name="sequencer", holder="b", now=NOON + LEASE) == Held("sequencer", 2)
    with pytest.raises(StaleFenceError, match="token 1 was taken over, the newest is 2"):
        verbs.sequence(fence=slept, limit=10)
    with pytest.raises(StaleFenceError):
        verbs.sign(fence=slept, signer=keys.signer(), now=NOON)
    assert EventRow.objects.filter(position=None).count() == 1
    assert not Checkpoint.objects.exists()


def test_releasing_does_not_make_an_old_token_good_again() -> None:
    slept = claim(name="sequencer", holder="a", now=NOON)
    release(name="sequencer", holder="a")
    claim(name="sequencer", holder="a", now=NOON)
    assert slept is not None
    with pytest.raises(StaleFenceError):
        verbs.sequence(fence=slept, limit=10)


def test_a_head_that_does_not_fit_the_tiles_stops_the_sequencer() -> None:
    grow(3)
    Tile.objects.filter(level=0).update(hashes=bytes(64))
    note("four")
    with pytest.raises(LedgerError, match="tile 0/0 holds 64 bytes where the head says 96"):
        tick(now=NOON + timedelta(minutes=5), holder="tests")
    assert EventRow.objects.filter(position=None).count() == 1


def test_the_first_tick_signs_even_an_empty_log() -> None:
    tick(now=NOON, holder="a")
    signed = queries.checkpoint()
    assert signed is not None
    assert (signed.number, signed.size) == (1, 0)
    assert parse_and_verify(signed.note, keys.verifier()).size == 0


def test_checkpoints_are_signed_when_something_is_new_and_never_twice_for_one_size() -> None:
    tick(now=NOON, holder="a")
    for second in range(1, 65):
        if second == 1 or second > 40:
            note("x", now=NOON + timedelta(seconds=second))
        tick(now=NOON + timedelta(seconds=second), holder="a")
    assert list(Checkpoint.objects.order_by("number").values_list("number", "size", "signed_at")) == [
        (1, 0, NOON),
        (2, 1, NOON + timedelta(seconds=15)),
        (3, 2, NOON + timedelta(seconds=41)),
        (4, 17, NOON + timedelta(seconds=56)),
    ]


def test_no_record_waits_longer_than_a_minute_for_a_signature_under_steady_load() -> None:
    for second in range(0, 300, 3):
        now = NOON + timedelta(seconds=second)
        note("x", now=now)
        tick(now=now, holder="a")
    times = list(Checkpoint.objects.order_by("number").values_list("signed_at", flat=True))
    assert max(after - before for before, after in pairwise(times)) <= timedelta(seconds=60)


def test_a_clock_that_was_set_back_does_not_stop_the_signing() -> None:
    grow(1)
    note("x")
    tick(now=NOON - timedelta(hours=2), holder="tests")
    assert queries.status().checkpoint is not None
    assert queries.status().checkpoint.size == 2  # type: ignore[union-attr]


def test_a_rewritten_tree_is_not_signed_over() -> None:
    now = grow(5)
    altered = EventRow.objects.order_by("position").first()
    assert altered is not None
    EventRow.objects.all().update(position=None)
    EventRow.objects.filter(id=altered.id).update(leaf="{}")
    Tile.objects.all().delete()
    Head.objects.all().delete()
    note("six")
    with pytest.raises(LedgerError, match="does not extend the checkpoint over 5"):
        tick(now=now + timedelta(minutes=1), holder="tests")
    assert Checkpoint.objects.count() == 1
    assert not EventRow.objects.filter(position=None).exists()


def test_the_key_is_a_file_that_only_its_owner_reads_and_is_in_no_table() -> None:
    grow(1)
    assert keys.key_path().stat().st_mode & 0o777 == 0o600
    assert keys.signer() == keys.signer()
    secret = keys.key_path().read_text().strip().split("+", 4)[4]
    assert len(secret) == 44
    stored = str([list(model.objects.values()) for model in (Head, Tile, Checkpoint, Fence, EventRow)])
    assert secret not in stored
    assert repr(keys.signer().seed)[2:-1] not in stored
