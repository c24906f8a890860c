"""The tile layout of C2SP tlog-tiles: the tree kept as blobs of up to 256 consecutive hashes.

Tile `index` of tile level `level` holds the nodes of tree level `8 * level`; a full tile is the subtree below one
hash of the next tile level. Everything between is recomputed from the tile's hashes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ischia.core.tlog.errors import LedgerError
from ischia.core.tlog.tree import HASH_SIZE, Completed, Node, node_hash

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
MAX_ENTRY = 65_535
"""Bytes in one record: an entry bundle prefixes each with an unsigned 16-bit length."""

ENTRIES = -1

_PATH = re.compile(r"tile/(entries|0|[1-9]\d?)/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?")

ReadTile = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Tile:
    """Where a tile stands: its level (`ENTRIES` for a bundle of entries), its index there, its width in hashes."""

    level: int
    index: int
    width: int


def tile_place(node: Completed) -> tuple[int, int] | None:
    """Tile level and index in which a completed node is kept; `None` for nodes between tile levels."""
    if node.level % TILE_HEIGHT:
        return None
    return node.level // TILE_HEIGHT, node.index // TILE_WIDTH


def tile_width(level: int, index: int, size: int) -> int:
    """How many hashes that tile holds in a tree of `size` leaves: 0 (not there) to 256."""
    count = size >> TILE_HEIGHT * level
    return max(0, min(TILE_WIDTH, count - index * TILE_WIDTH))


def tiles_of(size: int) -> list[Tile]:
    """Every tile of a tree of `size` leaves, lowest level first."""
    tiles, level = [], 0
    while count := size >> TILE_HEIGHT * level:
        full, rest = divmod(count, TILE_WIDTH)
        tiles += [Tile(level, index, TILE_WIDTH) for index in range(full)]
        tiles += [Tile(level, full, rest)] if rest else []
        level += 1
    return tiles


def tile_path(tile: Tile) -> str:
    """Path of a tile below the log's prefix, such as `tile/0/x001/x234/067.p/112`, or `tile/entries/000`."""
    groups = [f"{tile.index % 1000:03d}"]
    rest = tile.index // 1000
    while rest:
        groups.append(f"x{rest % 1000:03d}")
        rest //= 1000
    level = "entries" if tile.level == ENTRIES else str(tile.level)
    partial = "" if tile.width == TILE_WIDTH else f".p/{tile.width}"
    return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"


def parse_tile_path(path: str) -> Tile:
    """Read what `tile_path` writes, and nothing else. Raises `LedgerError`."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise LedgerError(f"{path!r} is not the path of a tile, such as 'tile/0/x001/x234/067.p/112'")
    level, index, width = found.groups()
    tile = Tile(
        level=ENTRIES if level == "entries" else int(level),
        index=int(index.replace("/", "").replace("x", "")),
        width=TILE_WIDTH if width is None else int(width),
    )
    if tile_path(tile) != path or tile.level > 63 or tile.width > TILE_WIDTH:
        raise LedgerError(f"{path!r} is not how the path of a tile is written; {tile_path(tile)!r} might be")
    return tile


def node_reader(read: ReadTile) -> Node:
    """Make a `node(level, index)` over tiles; `read(level, index)` gives all hashes of a tile, concatenated.

    Tiles are read once each and kept for as long as the returned function lives.
    Raises `LedgerError` when a tile is shorter than the node needs.
    """
    tiles: dict[tuple[int, int], bytes] = {}

    def node(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        tile_index, first = divmod(index << height, TILE_WIDTH)
        if (tile_level, tile_index) not in tiles:
            tiles[tile_level, tile_index] = read(tile_level, tile_index)
        span = tiles[tile_level, tile_index][first * HASH_SIZE : (first + (1 << height)) * HASH_SIZE]
        if len(span) != HASH_SIZE << height:
            raise LedgerError(f"tile {tile_level}/{tile_index} is too short for node {level}/{index}")
        return _subtree_root(span)

    return node


def _subtree_root(span: bytes) -> bytes:
    """Root over a power of two of concatenated hashes."""
    hashes = [span[at : at + HASH_SIZE] for at in range(0, len(span), HASH_SIZE)]
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def entry_bundle(entries: Iterable[bytes]) -> bytes:
    """Join records as tlog-tiles serves them: each behind its length as a big-endian unsigned 16-bit integer."""
    return b"".join(len(check_entry(each)).to_bytes(2, "big") + each for each in entries)


def check_entry(entry: bytes) -> bytes:
    """Return the record. Raises `LedgerError` when it is too large for an entry bundle."""
    if len(entry) > MAX_ENTRY:
        raise LedgerError(
            f"a record has {len(entry)} bytes; the log takes at most {MAX_ENTRY}: record a digest instead"
        )
    return entry
