"""What outsiders get verifies with the public key alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ischia.base.ids import new_id
from ischia.core.tlog import LedgerError, Tile, Verifier, parse_and_verify, tiles_of, verify_consistency, verify_proof
from ischia.ledger import keys, queries
from ischia.ledger.errors import NotInLedgerError
from ischia.ledger.jobs import tick
from tests.ledger.build import NOON, grow, note

pytestmark = pytest.mark.django_db


def test_the_receipt_of_every_record_verifies_offline() -> None:
    grow(300, 20)
    verifier = Verifier.from_string(queries.key() or "")
    for record in queries.records(limit=1000):
        receipt = queries.proof(record.id)
        proof, head = verify_proof(receipt.text, verifier)
        assert (proof.index, head.size) == (record.position, 320)
        assert proof.extra == record.leaf.encode() == receipt.leaf.encode()


def test_whoever_asks_for_the_key_makes_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(keys, "key_path", lambda: tmp_path / "ledger.key")
    assert queries.key() is None
    assert not keys.key_path().exists()


def test_a_record_without_a_checkpoint_says_that_it_waits() -> None:
    now = grow(1)
    record = note("waits", now=now)
    for _ in range(2):
        with pytest.raises(NotInLedgerError, match="ask again in a minute") as refused:
            queries.proof(record)
        assert refused.value.waiting
        tick(now=now + timedelta(seconds=1), holder="tests")
    tick(now=now + timedelta(seconds=16), holder="tests")
    assert queries.proof(record).position == 1


def test_a_record_that_does_not_exist_is_not_one_that_waits() -> None:
    for ask in (queries.proof, queries.record):
        with pytest.raises(NotInLedgerError, match="there is no record") as refused:
            ask(new_id())
        assert not refused.value.waiting


def test_consistency_is_proved_between_any_two_sizes() -> None:
    grow(40, 5)
    for old in range(46):
        for new in range(old, 46):
            proof = queries.consistency(old, new)
            assert verify_consistency(old, new, proof.old_root, proof.new_root, proof.hashes)


@pytest.mark.parametrize(("old", "new"), [(-1, 2), (3, 2), (0, 46), (2**70, 2**71)])
def test_sizes_that_the_ledger_never_had_are_refused(old: int, new: int) -> None:
    grow(45)
    with pytest.raises(LedgerError, match="expected 0 <= from <= to <= 45"):
        queries.consistency(old, new)


def test_tiles_are_served_as_wide_as_the_signed_tree() -> None:
    grow(300)
    assert [len(queries.tile(each)) // 32 for each in tiles_of(300)] == [256, 44, 1]
    assert queries.tile(Tile(0, 1, 3)) == queries.tile(Tile(0, 1, 44))[:96]
    for missing in (Tile(0, 1, 45), Tile(0, 2, 1), Tile(2, 0, 1), Tile(-1, 0, 1)):
        with pytest.raises(NotInLedgerError):
            queries.tile(missing)


def test_records_are_paged_newest_first_and_by_kind() -> None:
    grow(5)
    assert [each.position for each in queries.records(limit=2)] == [4, 3]
    assert [each.position for each in queries.records(before=3, limit=2)] == [2, 1]
    assert [each.position for each in queries.records(kind="tests.note_taken", before=1)] == [0]
    assert queries.records(kind="tests.other") == []


def test_the_status_tells_size_waiting_events_and_the_newest_checkpoint() -> None:
    assert queries.status() == queries.Status(size=0, waiting=0, checkpoint=None)
    grow(5, 5)
    note("waits")
    status = queries.status()
    assert (status.size, status.waiting) == (10, 1)
    assert status.checkpoint == queries.checkpoint() == queries.checkpoints()[0]
    assert status.checkpoint is not None
    assert status.checkpoint.signed_at == NOON + timedelta(minutes=2)
    assert [each.size for each in queries.checkpoints()] == [10, 5]
    head = parse_and_verify(status.checkpoint.note, Verifier.from_string(queries.key() or ""))
    assert (head.size, head.root) == (10, status.checkpoint.root)


def test_no_personal_value_is_in_a_record() -> None:
    record = note("text", author="aya@example.org")
    assert "aya" not in queries.record(record).leaf
