"""The two writes of the ledger: giving events their place in the tree, and signing the tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from ischia.base.events import EventRow
from ischia.core.tlog import (
    EMPTY_ROOT,
    HASH_SIZE,
    TILE_WIDTH,
    Frontier,
    LedgerError,
    Signer,
    TreeHead,
    consistency_proof,
    leaf_hash,
    node_reader,
    parse_and_verify,
    sign_checkpoint,
    tile_place,
    verify_consistency,
)
from ischia.ledger.fences import Held, require
from ischia.ledger.models import Checkpoint, Head, Tile
from ischia.ledger.tree import read_tile

SEQUENCER = "sequencer"
CHECKPOINT_EVERY = timedelta(seconds=15)
"""Between two checkpoints while something new comes in; the promise to the outside is 60 seconds."""

SEQUENCED: list[Callable[[int], int]] = []
"""What else is given contiguous positions, filled by `wiring.py`: takes a limit, returns how many it placed."""


def sequence(*, fence: Held, limit: int) -> int:
    """Place up to `limit` waiting events in the tree, and as much of everything in `SEQUENCED`; return how many.

    Positions, tiles and head change in one transaction. Raises `StaleFenceError`, with nothing written, when another
    process has taken over, and `LedgerError` when head and tiles do not fit together.
    """
    with transaction.atomic():
        require(fence)
        waiting = list(EventRow.objects.filter(position=None).order_by("id").values_list("id", "leaf")[:limit])
        if waiting:
            _append(waiting, fence)
        return len(waiting) + sum(place(limit) for place in SEQUENCED)


def sign(*, fence: Held, signer: Signer, now: datetime) -> bool:
    """Sign a checkpoint when one is due; return whether one was signed.

    One is due when there is none yet, and `CHECKPOINT_EVERY` after the last when the tree has grown (before it too:
    a clock that was set back must not stop the signing). Raises
    `LedgerError` and signs nothing when the tree does not extend what the last checkpoint says (C2SP tlog-checkpoint:
    a log must not sign what is inconsistent with what it signed before).
    """
    last = Checkpoint.objects.order_by("-number").first()
    head = Head.objects.first() or Head(root=EMPTY_ROOT)
    if last is not None and (head.size == last.size or abs(now - last.signed_at) < CHECKPOINT_EVERY):
        return False
    with transaction.atomic():
        require(fence)
        last = Checkpoint.objects.order_by("-number").first()
        head = Head.objects.first() or Head(root=EMPTY_ROOT)
        tree = TreeHead(signer.name, head.size, bytes(head.root))
        if last is not None:
            _require_extension(parse_and_verify(last.note, signer.verifier), tree)
        Checkpoint.objects.create(
            number=last.number + 1 if last else 1,
            size=tree.size,
            root=tree.root,
            note=sign_checkpoint(tree, signer),
            signed_at=now,
        )
    return True


def _append(waiting: Sequence[tuple[object, str]], fence: Held) -> None:
    head, _ = Head.objects.get_or_create(id=1, defaults={"root": EMPTY_ROOT})
    frontier = Frontier.from_bytes(head.size, bytes(head.frontier))
    tiles: dict[tuple[int, int], bytearray] = {}
    for _, leaf in waiting:
        for node in frontier.append(leaf_hash(leaf.encode())):
            if place := tile_place(node):
                _open_tile(tiles, place, node.index)
                tiles[place] += node.hash
    _number([pk for pk, _ in waiting], first=head.size)
    Tile.objects.bulk_create(
        [Tile(level=level, index=index, hashes=bytes(hashes)) for (level, index), hashes in tiles.items()],
        update_conflicts=True,
        unique_fields=["level", "index"],
        update_fields=["hashes"],
    )
    moved = Head.objects.filter(id=1, size=head.size, token__lte=fence.token).update(
        size=frontier.size, root=frontier.root(), frontier=frontier.to_bytes(), token=fence.token
    )
    if moved != 1:
        raise LedgerError(
            f"the head is no longer at {head.size} under token {fence.token}: somebody wrote past the fence"
        )


def _open_tile(tiles: dict[tuple[int, int], bytearray], place: tuple[int, int], node_index: int) -> None:
    """Bring the tile in, so that a node can be added at its end."""
    if place not in tiles:
        tiles[place] = bytearray(read_tile(*place) if node_index % TILE_WIDTH else b"")
    held, expected = len(tiles[place]), node_index % TILE_WIDTH * HASH_SIZE
    if held != expected:
        raise LedgerError(
            f"tile {place[0]}/{place[1]} holds {held} bytes where the head says {expected}: run `ischia ledger verify`"
        )


def _number(ids: Sequence[object], *, first: int) -> None:
    """Write the positions in one prepared statement; the ORM's bulk update would build a CASE over every row."""
    meta = EventRow._meta  # noqa: SLF001
    table, key = connection.ops.quote_name(meta.db_table), meta.pk
    rows = [(first + at, key.get_db_prep_value(each, connection)) for at, each in enumerate(ids)]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET position = %s WHERE id = %s AND position IS NULL", rows)  # noqa: S608
        if cursor.rowcount != len(rows):
            raise LedgerError(f"{len(rows)} events were to be placed but {cursor.rowcount} were waiting")


def _require_extension(old: TreeHead, new: TreeHead) -> None:
    proof = consistency_proof(old.size, new.size, node_reader(read_tile))
    if not verify_consistency(old.size, new.size, old.root, new.root, proof):
        raise LedgerError(
            f"nothing is signed: the tree of {new.size} records does not extend the checkpoint over {old.size}; "
            "run `ischia ledger verify`"
        )
