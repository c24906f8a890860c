"""What others may know of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ischia.base.events import EventRow
from ischia.core.tlog import (
    HASH_SIZE,
    LedgerError,
    Tile,
    TlogProof,
    consistency_proof,
    inclusion_proof,
    node_reader,
    root_at,
    tile_width,
)
from ischia.ledger import keys
from ischia.ledger.errors import NotInLedgerError
from ischia.ledger.models import Checkpoint, Head
from ischia.ledger.tree import read_tile


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A checkpoint: the signed note as it is served, what it says, and when it was signed."""

    number: int
    size: int
    root: bytes
    note: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """A record's `.tlog-proof` (`text`, which carries `leaf`), with its place and the size it was proved under."""

    record: UUID
    position: int
    size: int
    leaf: str
    text: str


@dataclass(frozen=True, slots=True)
class Consistency:
    """Proof that the tree of `new` records extends the tree of `old` records."""

    old: int
    new: int
    old_root: bytes
    new_root: bytes
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One event as the ledger holds it; `position` is `None` until it is sequenced."""

    id: UUID
    position: int | None
    kind: str
    at: datetime
    leaf: str


@dataclass(frozen=True, slots=True)
class Status:
    """How far the ledger is: records in the tree, the newest checkpoint, and events that wait for their place."""

    size: int
    waiting: int
    checkpoint: SignedHead | None


def key() -> str | None:
    """Tell the ledger's public key as text, `origin+id+key`: what an outsider needs to check anything.

    None before the first checkpoint was signed: a key that a reader made would be nobody's.
    """
    return keys.verifier().to_string() if keys.key_path().exists() else None


def checkpoint() -> SignedHead | None:
    """Return the newest checkpoint; `None` before the first."""
    return _signed(Checkpoint.objects.order_by("-number").first())


def checkpoints(*, limit: int = 50) -> list[SignedHead]:
    """List the newest checkpoints, newest first."""
    return [_to_signed(each) for each in Checkpoint.objects.order_by("-number")[:limit]]


def status() -> Status:
    """Where the ledger stands."""
    head = Head.objects.first()
    waiting = EventRow.objects.filter(position=None).count()
    return Status(size=head.size if head else 0, waiting=waiting, checkpoint=checkpoint())


def proof(record: UUID) -> Receipt:
    """Make the receipt of a record under the newest checkpoint. Raises `NotInLedgerError`."""
    row = EventRow.objects.filter(id=record).values_list("position", "leaf").first()
    if row is None:
        raise NotInLedgerError(f"there is no record {record}")
    position, leaf = row
    signed = Checkpoint.objects.order_by("-number").first()
    if signed is None or position is None or position >= signed.size:
        raise NotInLedgerError(f"record {record} is not under a checkpoint yet; ask again in a minute", waiting=True)
    path = inclusion_proof(position, signed.size, node_reader(read_tile))
    text = TlogProof(position, tuple(path), signed.note, leaf.encode()).to_text()
    return Receipt(record=record, position=position, size=signed.size, leaf=leaf, text=text)


def consistency(old: int, new: int) -> Consistency:
    """Prove that the tree of `new` records extends the one of `old`. Raises `LedgerError` for sizes it never had."""
    head = Head.objects.first()
    size = head.size if head else 0
    if not 0 <= old <= new <= size:
        raise LedgerError(f"expected 0 <= from <= to <= {size}, the ledger's size; got from={old} to={new}")
    node = node_reader(read_tile)
    hashes = tuple(consistency_proof(old, new, node))
    return Consistency(old=old, new=new, old_root=root_at(old, node), new_root=root_at(new, node), hashes=hashes)


def tile(wanted: Tile) -> bytes:
    """Return the hashes of a tile of the tree under the newest checkpoint. Raises `NotInLedgerError`.

    A partial tile is served in every width up to the present one, as C2SP tlog-tiles wants for earlier checkpoints.
    """
    signed = Checkpoint.objects.order_by("-number").first()
    if wanted.level < 0 or tile_width(wanted.level, wanted.index, signed.size if signed else 0) < wanted.width:
        raise NotInLedgerError("there is no such tile under the newest checkpoint")
    return read_tile(wanted.level, wanted.index)[: wanted.width * HASH_SIZE]


def record(wanted: UUID) -> Record:
    """One record. Raises `NotInLedgerError`."""
    row = EventRow.objects.filter(id=wanted).first()
    if row is None:
        raise NotInLedgerError(f"there is no record {wanted}")
    return _to_record(row)


def records(*, kind: str = "", before: int | None = None, limit: int = 50) -> list[Record]:
    """Sequenced records, newest first: those of one kind, those before a position (for the next page)."""
    rows = EventRow.objects.filter(position__isnull=False)
    if kind:
        rows = rows.filter(kind=kind)
    if before is not None:
        rows = rows.filter(position__lt=before)
    return [_to_record(each) for each in rows.order_by("-position")[:limit]]


def _to_record(row: EventRow) -> Record:
    return Record(id=row.id, position=row.position, kind=row.kind, at=row.at, leaf=row.leaf)


def _signed(row: Checkpoint | None) -> SignedHead | None:
    return None if row is None else _to_signed(row)


def _to_signed(row: Checkpoint) -> SignedHead:
    return SignedHead(number=row.number, size=row.size, root=bytes(row.root), note=row.note, signed_at=row.signed_at)
