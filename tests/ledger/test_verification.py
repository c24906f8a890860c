"""Whatever is altered behind the ledger's back is found, and named."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.db.models import F

from ischia.base.events import EventOpening, EventRow
from ischia.base.ids import new_id
from ischia.core.tlog import Signer, TreeHead, parse_and_verify, sign_checkpoint
from ischia.ledger import keys, queries
from ischia.ledger.checks import fsck
from ischia.ledger.jobs import tick
from ischia.ledger.models import Checkpoint, Fence, Head, Tile
from tests.ledger.build import NOON, grow, note, verification

pytestmark = pytest.mark.django_db


def places(*witnessed: str) -> set[str]:
    return {each.where for each in verification(*witnessed).problems}


def event_at(position: int) -> EventRow:
    return EventRow.objects.get(position=position)


def flip(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def test_an_untouched_ledger_has_no_problems() -> None:
    grow(100, 200, 250)
    note("waits")
    found = verification()
    assert found.problems == ()
    assert (found.size, found.checkpoints, found.waiting) == (550, 3, 1)
    assert found.root == bytes(Head.objects.get().root)


def test_an_empty_ledger_has_no_problems() -> None:
    assert verification(verifier=keys.signer().verifier).ok
    tick(now=NOON, holder="a")
    assert verification().ok


def test_progress_reaches_the_total() -> None:
    grow(30)
    seen: list[tuple[int, int]] = []
    from ischia.ledger.verification import verify

    verify(verifier=keys.verifier(), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (30, 30)


def test_an_edited_leaf_is_named_with_its_position_and_every_checkpoint_over_it() -> None:
    grow(10, 10)
    row = event_at(4)
    EventRow.objects.filter(pk=row.pk).update(leaf=row.leaf.replace('"note ', '"nota '))
    assert places() == {"record 4", "head", "checkpoint 1", "checkpoint 2"}


def test_a_leaf_that_is_not_canonical_is_named() -> None:
    grow(5)
    row = event_at(2)
    EventRow.objects.filter(pk=row.pk).update(leaf=row.leaf.replace('"version":1', '"version": 1'))
    assert "record 2: its leaf is not canonical JSON" in str(verification().problems[0])


@pytest.mark.parametrize("change", [{"at": NOON - timedelta(days=1)}, {"kind": "tests.other"}])
def test_a_column_that_contradicts_the_leaf_is_named(change: dict[str, object]) -> None:
    grow(10)
    EventRow.objects.filter(position=7).update(**change)
    assert places() == {"record 7"}


def test_a_deleted_event_is_named_as_missing() -> None:
    grow(10, 5)
    event_at(3).delete()
    found = verification().problems
    assert [str(each) for each in found] == [
        "record 3: missing: the event is gone (I4)",
        "head: it says 15 records; 14 events are placed, the last at 14 (I4)",
    ]


def test_events_cut_off_at_the_end_are_named() -> None:
    grow(10, 5)
    EventRow.objects.filter(position__gte=12).delete()
    assert places() == {"records 12 to 14", "head"}


def test_two_events_that_changed_places_are_named() -> None:
    grow(10)
    EventRow.objects.filter(position=2).update(position=99)
    EventRow.objects.filter(position=6).update(position=2)
    EventRow.objects.filter(position=99).update(position=6)
    assert {"record 2", "record 6"} <= places()


def test_an_event_slipped_in_past_the_sequencer_is_named() -> None:
    grow(10)
    EventRow.objects.filter(pk=note("slipped in")).update(position=10)
    assert places() == {"record 10", "head"}


def test_an_event_slipped_in_between_is_named() -> None:
    grow(10)
    EventRow.objects.filter(position__gte=5).update(position=F("position") + 1000)
    EventRow.objects.filter(position__gte=1000).update(position=F("position") - 999)
    EventRow.objects.filter(pk=note("slipped in")).update(position=5)
    assert {"record 5", "record 10", "head"} <= places()


def test_swapped_tiles_are_named() -> None:
    grow(600)
    first, second = Tile.objects.get(level=0, index=0), Tile.objects.get(level=0, index=1)
    Tile.objects.filter(pk=first.pk).update(hashes=second.hashes)
    Tile.objects.filter(pk=second.pk).update(hashes=first.hashes)
    assert {"record 0", "record 256"} <= places()


@pytest.mark.parametrize(("level", "index"), [(0, 0), (0, 2), (1, 0)])
def test_a_missing_shortened_or_lengthened_tile_is_named(level: int, index: int) -> None:
    grow(600)
    tile = Tile.objects.filter(level=level, index=index)
    hashes = bytes(tile.get().hashes)
    tile.update(hashes=hashes + bytes(32))
    assert f"tile {level}/{index}" in places()
    tile.update(hashes=hashes[:-32])
    assert f"tile {level}/{index}" in places()
    tile.delete()
    assert f"tile {level}/{index}" in places()


def test_a_tile_that_does_not_belong_is_named() -> None:
    grow(3)
    Tile.objects.create(level=1, index=0, hashes=bytes(32))
    assert places() == {"tile 1/0"}


def test_a_whole_rewrite_is_betrayed_by_the_checkpoints() -> None:
    now = grow(20, 20)
    rows = list(EventRow.objects.order_by("position"))
    EventRow.objects.all().update(position=None)
    EventRow.objects.filter(pk=rows[3].pk).delete()
    Tile.objects.all().delete()
    Head.objects.all().delete()
    Fence.objects.all().delete()
    note("one more")
    note("and another")
    with pytest.raises(ValueError, match="does not extend"):
        tick(now=now + timedelta(minutes=1), holder="tests")
    assert places() == {"checkpoint 1", "checkpoint 2"}


def test_a_checkpoint_signed_with_another_key_of_the_same_name_is_named() -> None:
    grow(5)
    forged = sign_checkpoint(
        TreeHead(keys.verifier().name, 5, bytes(Head.objects.get().root)), Signer(keys.verifier().name, bytes(32))
    )
    Checkpoint.objects.update(note=forged)
    assert "checkpoint 1" in places()


def test_a_checkpoint_replaced_by_an_earlier_one_is_named() -> None:
    grow(5, 5)
    Checkpoint.objects.filter(number=2).update(note=Checkpoint.objects.get(number=1).note)
    assert places() == {"checkpoint 2"}


def test_a_checkpoint_that_was_removed_leaves_a_gap() -> None:
    grow(5, 5, 5)
    Checkpoint.objects.filter(number=2).delete()
    assert places() == {"checkpoint 3"}


def test_removing_every_checkpoint_is_noticed() -> None:
    grow(5)
    Checkpoint.objects.all().delete()
    assert places() == {"checkpoints"}


def test_a_ledger_set_back_as_a_whole_is_betrayed_by_a_checkpoint_kept_elsewhere() -> None:
    grow(5, 5)
    kept = queries.checkpoint()
    assert kept is not None
    assert verification(kept.note).ok
    Checkpoint.objects.all().delete()
    EventRow.objects.all().delete()
    Head.objects.all().delete()
    Tile.objects.all().delete()
    grow(5, 7)
    assert verification().ok
    assert places(kept.note) == {"witnessed checkpoint 1"}


def test_a_checkpoint_kept_elsewhere_that_nobody_signed_is_refused() -> None:
    grow(5)
    assert places("nonsense") == {"witnessed checkpoint 1"}


def test_an_opening_that_does_not_open_its_commitment_is_named_and_an_erased_one_is_fine() -> None:
    grow(10)
    EventOpening.objects.filter(event__position=3, path="data.author").update(value="somebody else")
    assert places() == {"record 3"}
    EventOpening.objects.filter(event__position=3).delete()
    assert places() == set()


def test_an_event_altered_before_its_turn_is_named() -> None:
    grow(2)
    EventRow.objects.filter(pk=note("waits")).update(leaf="{}")
    assert len(places()) == 1


def test_hundreds_of_consequences_are_counted_and_not_listed() -> None:
    grow(1500)
    Tile.objects.filter(level=0).update(hashes=bytes(8192))
    found = verification().problems
    assert len(found) == 501
    assert "more problems" in str(found[-1])


SIZE = 280


def edit_leaf(chance: random.Random) -> None:
    row = event_at(chance.randrange(SIZE))
    digit = chance.choice([at for at, each in enumerate(row.leaf) if each.isdigit()])
    other = str((int(row.leaf[digit]) + chance.randrange(1, 10)) % 10)
    EventRow.objects.filter(pk=row.pk).update(leaf=row.leaf[:digit] + other + row.leaf[digit + 1 :])


def delete_event(chance: random.Random) -> None:
    event_at(chance.randrange(SIZE)).delete()


def truncate(chance: random.Random) -> None:
    EventRow.objects.filter(position__gte=chance.randrange(1, SIZE)).delete()


def truncate_with_its_head(chance: random.Random) -> None:
    size = chance.randrange(1, SIZE)
    EventRow.objects.filter(position__gte=size).delete()
    Head.objects.update(size=size)


def reorder(chance: random.Random) -> None:
    one, two = chance.sample(range(SIZE), 2)
    EventRow.objects.filter(position=one).update(position=10_000)
    EventRow.objects.filter(position=two).update(position=one)
    EventRow.objects.filter(position=10_000).update(position=two)


def insert(chance: random.Random) -> None:
    at = chance.randrange(SIZE)
    EventRow.objects.filter(position__gte=at).update(position=F("position") + 10_000)
    EventRow.objects.filter(position__gte=10_000).update(position=F("position") - 9_999)
    copied = event_at(at + 1 if at < SIZE - 1 else SIZE)
    EventRow.objects.create(id=new_id(), kind=copied.kind, at=copied.at, leaf=copied.leaf, position=at)


def back_date(chance: random.Random) -> None:
    position = chance.randrange(SIZE)
    EventRow.objects.filter(position=position).update(at=NOON - timedelta(seconds=chance.randrange(1, 10**6)))


def swap_tiles(chance: random.Random) -> None:
    one, two = chance.sample(list(Tile.objects.all()), 2)
    Tile.objects.filter(pk=one.pk).update(hashes=two.hashes)
    Tile.objects.filter(pk=two.pk).update(hashes=one.hashes)


def flip_tile(chance: random.Random) -> None:
    tile = chance.choice(list(Tile.objects.all()))
    Tile.objects.filter(pk=tile.pk).update(hashes=flip(bytes(tile.hashes), chance))


def flip_head(chance: random.Random) -> None:
    name = chance.choice(["root", "frontier"])
    Head.objects.update(**{name: flip(bytes(getattr(Head.objects.get(), name)), chance)})


def replace_checkpoint(chance: random.Random) -> None:
    one, two = chance.sample(list(Checkpoint.objects.all()), 2)
    Checkpoint.objects.filter(pk=one.pk).update(note=two.note)


def alter_checkpoint(chance: random.Random) -> None:
    row = chance.choice(list(Checkpoint.objects.all()))
    at = chance.randrange(len(row.note))
    swapped = "A" if row.note[at] != "A" else "B"
    Checkpoint.objects.filter(pk=row.pk).update(note=row.note[:at] + swapped + row.note[at + 1 :])


def remove_checkpoint(chance: random.Random) -> None:
    # Without the last one the ledger looks like one that has not signed yet: that takes a checkpoint kept elsewhere.
    Checkpoint.objects.filter(number=chance.randrange(1, 4)).delete()


def alter_opening(chance: random.Random) -> None:
    row = chance.choice(list(EventOpening.objects.all()))
    name, value = chance.choice([("value", row.value + "x"), ("salt", flip(bytes(row.salt), chance))])
    EventOpening.objects.filter(pk=row.pk).update(**{name: value})


MUTATIONS: list[Callable[[random.Random], None]] = [
    edit_leaf, delete_event, truncate, truncate_with_its_head, reorder, insert, back_date, swap_tiles, flip_tile,
    flip_head, replace_checkpoint, alter_checkpoint, remove_checkpoint, alter_opening,
]  # fmt: skip


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: each.__name__)
def test_no_random_alteration_goes_unnoticed(mutation: Callable[[random.Random], None]) -> None:
    grow(90, 100, 60, 30)
    assert verification().size == SIZE
    for seed in range(25):
        with transaction.atomic():
            mutation(random.Random(seed))
            assert not verification().ok, f"{mutation.__name__} with seed {seed} went unnoticed"
            transaction.set_rollback(True)
    assert verification().ok


def test_fsck_names_what_waits_too_long() -> None:
    now = grow(5)
    assert list(fsck(now)) == []
    note("waits", now=now)
    assert list(fsck(now + timedelta(seconds=59))) == []
    assert [each.where for each in fsck(now + timedelta(seconds=61))] == ["sequencer"]
    Checkpoint.objects.all().delete()
    assert [each.where for each in fsck(now + timedelta(seconds=61))] == ["sequencer", "checkpoints", "checkpoints"]


def test_fsck_of_a_ledger_whose_key_is_lost_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = grow(5)
    monkeypatch.setattr(keys, "key_path", lambda: tmp_path / "lost.key")
    assert [each.where for each in fsck(now)] == ["key"]


def test_the_last_checkpoint_says_what_the_head_says() -> None:
    grow(5, 6)
    signed = queries.checkpoint()
    assert signed is not None
    assert parse_and_verify(signed.note, keys.verifier()).root == bytes(Head.objects.get().root)
