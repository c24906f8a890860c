"""Deriving the whole ledger again from its leaves, and comparing it with everything that is stored.

Nothing stored is trusted but the key: positions, leaves, columns, openings, tiles, head and checkpoints are each
compared with what the leaves give. It can run beside a working ledger: it takes the extent under the sequencer's
fence and then reads only what no longer changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max
from django.db.models.functions import Length

from ischia.base.events import EventOpening, EventRow
from ischia.base.problems import Problem
from ischia.core.tlog import (
    EMPTY_ROOT,
    HASH_SIZE,
    TILE_WIDTH,
    Frontier,
    LedgerError,
    TreeHead,
    Verifier,
    leaf_hash,
    parse_and_verify,
    parse_canonical,
    tile_place,
    tiles_of,
    verify_commitment,
)
from ischia.ledger.models import Checkpoint, Fence, Head, Tile
from ischia.ledger.tree import read_tile
from ischia.ledger.verbs import SEQUENCER

INVARIANT = "I4"
"""Of the invariants that `ischia fsck` checks: the log verifies, with one leaf for each change of state."""

_CHUNK = 2000
_ENOUGH = 500

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found: the tree that the leaves give, how many checkpoints were compared, and every problem."""

    size: int
    root: bytes
    checkpoints: int
    waiting: int
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class _Extent:
    """How far the ledger says that it goes, read in one piece."""

    size: int
    root: bytes
    frontier: bytes
    placed: int
    last: int
    tiles: Mapping[tuple[int, int], int]


@dataclass(slots=True)
class _Walk:
    """The tree as the leaves give it so far, and what did not fit."""

    found: Problems
    frontier: Frontier = field(default_factory=Frontier)
    tiles: dict[tuple[int, int], bytearray] = field(default_factory=lambda: defaultdict(bytearray))


class Problems:
    """Collects problems; after 500 it only counts, because one altered leaf shows in everything above it."""

    def __init__(self) -> None:
        self._kept: list[Problem] = []
        self._more = 0

    def add(self, where: str, what: str) -> None:
        """Note one problem."""
        if len(self._kept) < _ENOUGH:
            self._kept.append(Problem(INVARIANT, where, what))
        else:
            self._more += 1

    def all(self) -> tuple[Problem, ...]:
        """Return every problem, altered records before what follows from them, and how many more there were."""
        kept = sorted(self._kept, key=lambda each: not each.where.startswith("record"))
        more = [Problem(INVARIANT, "ledger", f"{self._more} more problems")] if self._more else []
        return (*kept, *more)


def verify(*, verifier: Verifier, progress: Progress, witnessed: Iterable[str] = ()) -> Verification:
    """Derive the ledger again from its leaves and return all that does not fit.

    `progress(done, total)` is called as records are read. `witnessed` are checkpoints that were kept elsewhere (signed
    notes): the ledger has to extend each of them, which is the only way to notice that it was set back as a whole.
    """
    found = Problems()
    extent = _extent()
    signed = _signed_heads(verifier, extent, found)
    kept = _witnessed_heads(verifier, witnessed, found)
    walk = _Walk(found)
    expected = sorted([*signed, *kept], key=lambda each: each[1].size)
    _walk_leaves(walk, extent, iter(expected), progress)
    _check_head(extent, walk.frontier, found)
    _check_tiles(extent, walk, found)
    waiting = _check_waiting(found)
    return Verification(walk.frontier.size, walk.frontier.root(), len(signed), waiting, found.all())


def _extent() -> _Extent:
    with transaction.atomic():
        # Whoever sequences holds this row, so head, positions and tiles are of one moment.
        Fence.objects.select_for_update().filter(name=SEQUENCER).first()
        head = Head.objects.first() or Head(root=EMPTY_ROOT)
        placed = EventRow.objects.aggregate(placed=Count("position"), last=Max("position"))
        lengths = Tile.objects.annotate(bytes=Length("hashes")).values_list("level", "index", "bytes")
        return _Extent(
            size=head.size,
            root=bytes(head.root),
            frontier=bytes(head.frontier),
            placed=placed["placed"],
            last=-1 if placed["last"] is None else placed["last"],
            tiles={(level, index): size for level, index, size in lengths},
        )


def _signed_heads(verifier: Verifier, extent: _Extent, found: Problems) -> list[tuple[str, TreeHead]]:
    """Return the heads that stored checkpoints sign, each with its name; note what is wrong with the rows."""
    heads: list[tuple[str, TreeHead]] = []
    number, size = 0, -1
    for row in Checkpoint.objects.order_by("number").iterator(chunk_size=_CHUNK):
        where = f"checkpoint {row.number}"
        if row.number != number + 1:
            found.add(where, f"checkpoints {number + 1} to {row.number - 1} are missing before it")
        number = row.number
        head = _open_checkpoint(where, row.note, verifier, found)
        if head is None:
            continue
        if (head.size, head.root) != (row.size, bytes(row.root)):
            found.add(where, f"the row says {row.size} records, the signed note {head.size}, or their roots differ")
        if head.size <= size:
            found.add(where, f"it covers {head.size} records, the one before it {size}: sizes must grow")
        size = max(size, head.size)
        heads.append((where, head))
    if not heads and extent.size:
        found.add("checkpoints", f"nothing has signed the {extent.size} records")
    return heads


def _witnessed_heads(verifier: Verifier, notes: Iterable[str], found: Problems) -> list[tuple[str, TreeHead]]:
    opened = [(f"witnessed checkpoint {at}", note) for at, note in enumerate(notes, start=1)]
    heads = [(where, _open_checkpoint(where, note, verifier, found)) for where, note in opened]
    return [(where, head) for where, head in heads if head is not None]


def _open_checkpoint(where: str, note: str, verifier: Verifier, found: Problems) -> TreeHead | None:
    try:
        return parse_and_verify(note, verifier)
    except LedgerError as error:
        found.add(where, str(error))
        return None


def _walk_leaves(walk: _Walk, extent: _Extent, expected: Iterator[tuple[str, TreeHead]], progress: Progress) -> None:
    """Append every leaf in order of position, comparing tiles as they fill and roots at each signed size."""
    total = max(extent.size, extent.last + 1)
    following = _compare_roots(walk, expected, next(expected, None))
    for rows in _chunks(extent):
        openings = _openings(rows)
        for row in rows:
            position = row[1] or 0
            if position >= extent.size:
                walk.found.add(
                    f"record {position}", f"{row[0]} stands beyond the head, which has {extent.size} records"
                )
                continue
            _fill_gap(walk, position)
            _check_record(f"record {position}", row, openings.get(row[0], ()), walk.found)
            _append(walk, leaf_hash(row[4].encode(errors="replace")))
            following = _compare_roots(walk, expected, following)
        progress(min(walk.frontier.size, total), total)
    _fill_gap(walk, extent.size)
    following = _compare_roots(walk, expected, following)
    while following is not None:
        walk.found.add(following[0], f"it covers {following[1].size} records, but the ledger has {walk.frontier.size}")
        following = next(expected, None)


Row = tuple[UUID, int | None, str, datetime, str]


def _chunks(extent: _Extent) -> Iterator[list[Row]]:
    """Sequenced events in order of position: id, position, kind, at, leaf."""
    rows = EventRow.objects.filter(position__lte=extent.last).order_by("position")
    stream = iter(rows.values_list("id", "position", "kind", "at", "leaf").iterator(chunk_size=_CHUNK))
    while chunk := list(islice(stream, _CHUNK)):
        yield chunk


def _openings(rows: list[Row]) -> Mapping[UUID, list[tuple[str, bytes, str]]]:
    """Return what is kept for the commitments of these rows, which are neighbours in order of position or wait."""
    stored = EventOpening.objects.values_list("event_id", "path", "salt", "value")
    first, last = rows[0][1], rows[-1][1]
    if first is None:
        stored = stored.filter(event__in=[row[0] for row in rows])
    else:
        stored = stored.filter(event__position__gte=first, event__position__lte=last)
    openings: dict[UUID, list[tuple[str, bytes, str]]] = defaultdict(list)
    for event, path, salt, value in stored:
        openings[event].append((path, bytes(salt), value))
    return openings


def _fill_gap(walk: _Walk, position: int) -> None:
    """Note missing records, and go on with the hashes that the tiles kept of them, so that the rest can be compared."""
    if walk.frontier.size >= position:
        return
    first, last = walk.frontier.size, position - 1
    walk.found.add(f"record {first}" if first == last else f"records {first} to {last}", "missing: the event is gone")
    while walk.frontier.size < position:
        tile, at = divmod(walk.frontier.size, TILE_WIDTH)
        kept = read_tile(0, tile)
        for place in range(at, min(TILE_WIDTH, at + position - walk.frontier.size)):
            _append(walk, kept[place * HASH_SIZE : (place + 1) * HASH_SIZE].ljust(HASH_SIZE, b"\0"))


def _append(walk: _Walk, leaf: bytes) -> None:
    for node in walk.frontier.append(leaf):
        if place := tile_place(node):
            tile = walk.tiles[place]
            tile += node.hash
            if len(tile) == TILE_WIDTH * HASH_SIZE:
                _compare_tile(place, bytes(walk.tiles.pop(place)), walk.found)


def _compare_tile(place: tuple[int, int], derived: bytes, found: Problems) -> None:
    stored = read_tile(*place)[: len(derived)]
    if stored == derived:
        return
    level, index = place
    if len(stored) < len(derived):
        found.add(f"tile {level}/{index}", f"holds {len(stored) // HASH_SIZE} of {len(derived) // HASH_SIZE} hashes")
    for at in range(0, len(stored), HASH_SIZE):
        if stored[at : at + HASH_SIZE] != derived[at : at + HASH_SIZE]:
            position = index * TILE_WIDTH + at // HASH_SIZE
            where = f"record {position}" if level == 0 else f"tile {level}/{index}, hash {at // HASH_SIZE}"
            found.add(where, f"what is stored now does not give the hash in tile {level}/{index}")


def _compare_roots(
    walk: _Walk, expected: Iterator[tuple[str, TreeHead]], following: tuple[str, TreeHead] | None
) -> tuple[str, TreeHead] | None:
    """Compare all signed heads of the present size; return the next one."""
    while following is not None and following[1].size <= walk.frontier.size:
        where, head = following
        if head.root != walk.frontier.root():
            walk.found.add(
                where, f"its root is not that of the first {head.size} records: something before was altered"
            )
        following = next(expected, None)
    return following


def _check_record(where: str, row: Row, openings: Iterable[tuple[str, bytes, str]], found: Problems) -> None:
    """Leaf in canonical form, columns as in the leaf, openings that open its commitments."""
    pk, _, kind, at, leaf = row
    try:
        document = parse_canonical(leaf.encode())
    except (LedgerError, UnicodeEncodeError) as error:
        found.add(where, f"its leaf is {error}")
        return
    if not isinstance(document, dict):
        found.add(where, "its leaf is not an object")
        return
    for name, value, same in (
        ("id", pk, document.get("id") == str(pk)),
        ("kind", kind, document.get("kind") == kind),
        ("at", at, _is_instant(document.get("at"), at)),
    ):
        if not same:
            found.add(where, f"its row has {name} {str(value)!r}, its leaf {document.get(name)!r}")
    for path, salt, value in openings:
        commitment = _at_path(document, path)
        if not isinstance(commitment, str) or not verify_commitment(commitment, value, salt):
            found.add(where, f"the value kept for {path} is not the one that was committed to")


def _is_instant(text: object, at: datetime) -> bool:
    try:
        return isinstance(text, str) and datetime.fromisoformat(text) == at
    except ValueError:
        return False


def _at_path(document: Any, path: str) -> Any:
    """Return the value at a dotted path, `None` where there is none."""
    for step in path.split("."):
        document = document.get(step) if isinstance(document, dict) else None
    return document


def _check_head(extent: _Extent, frontier: Frontier, found: Problems) -> None:
    if extent.placed != extent.size or extent.last != extent.size - 1:
        found.add(
            "head", f"it says {extent.size} records; {extent.placed} events are placed, the last at {extent.last}"
        )
    if extent.root != frontier.root():
        found.add("head", "its root is not that of the records")
    if extent.frontier != frontier.to_bytes():
        found.add("head", "its frontier is not that of the records")


def _check_tiles(extent: _Extent, walk: _Walk, found: Problems) -> None:
    """Compare the partial tiles at the edge, and note tiles that are missing, or should not be there."""
    for place, derived in walk.tiles.items():
        if derived:
            _compare_tile(place, bytes(derived), found)
    expected = {(each.level, each.index): each.width * HASH_SIZE for each in tiles_of(extent.size)}
    for (level, index), size in extent.tiles.items():
        wanted = expected.pop((level, index), 0)
        if size > wanted:
            found.add(f"tile {level}/{index}", f"{size} bytes are stored where {wanted} belong")
    for level, index in expected:
        found.add(f"tile {level}/{index}", "missing")


def _check_waiting(found: Problems) -> int:
    """Check events that wait for their place; return how many."""
    count = 0
    rows = EventRow.objects.filter(position=None).order_by("id")
    stream = iter(rows.values_list("id", "position", "kind", "at", "leaf").iterator(chunk_size=_CHUNK))
    while chunk := list(islice(stream, _CHUNK)):
        openings = _openings(chunk)
        for row in chunk:
            _check_record(f"waiting event {row[0]}", row, openings.get(row[0], ()), found)
        count += len(chunk)
    return count
