"""Tiles hold the tree as C2SP tlog-tiles lays it out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ischia.core.tlog import (
    ENTRIES,
    Frontier,
    LedgerError,
    Tile,
    entry_bundle,
    inclusion_proof,
    leaf_hash,
    node_reader,
    parse_tile_path,
    root_at,
    tile_path,
    tile_place,
    tile_width,
    tiles_of,
    verify_inclusion,
)


def tiled(count: int) -> tuple[dict[tuple[int, int], bytes], list[bytes], bytes]:
    """Tiles, leaf hashes and root of a tree, kept as an application would keep them."""
    tiles: dict[tuple[int, int], bytes] = {}
    leaves = [leaf_hash(at.to_bytes(4, "big")) for at in range(count)]
    frontier = Frontier()
    for leaf in leaves:
        for node in frontier.append(leaf):
            if place := tile_place(node):
                tiles[place] = tiles.get(place, b"") + node.hash
    return tiles, leaves, frontier.root()


def test_the_example_of_70_000_leaves_in_the_specification_holds() -> None:
    tiles = tiles_of(70_000)
    assert [each for each in tiles if each.width < 256] == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert len([each for each in tiles if each.level == 0 and each.width == 256]) == 273
    assert tiles_of(256) == [Tile(0, 0, 256), Tile(1, 0, 1)]
    assert tiles_of(0) == []


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1500) | st.just(66_000))
def test_appending_fills_exactly_the_tiles_of_that_size(count: int) -> None:
    tiles, _, _ = tiled(count)
    assert {place: len(data) // 32 for place, data in tiles.items()} == {
        (each.level, each.index): each.width for each in tiles_of(count)
    }
    assert all(tile_width(each.level, each.index, count) == each.width for each in tiles_of(count))
    assert tile_width(0, count // 256 + 1, count) == 0


@settings(deadline=None)
@given(st.integers(1, 1500), st.data())
def test_proofs_and_roots_come_from_tiles_alone(count: int, data: st.DataObject) -> None:
    tiles, leaves, root = tiled(count)
    node = node_reader(lambda level, index: tiles[level, index])
    index = data.draw(st.integers(0, count - 1))
    assert root_at(count, node) == root
    assert verify_inclusion(index, count, leaves[index], inclusion_proof(index, count, node), root)


def test_a_tile_that_lost_its_end_is_named() -> None:
    tiles, _, _ = tiled(300)
    node = node_reader(lambda level, index: tiles[level, index][:64])
    with pytest.raises(LedgerError, match="tile 0/1 is too short for node 5/8"):
        root_at(300, node)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1_234_067, 256), "tile/0/x001/x234/067"),
        (Tile(0, 273, 112), "tile/0/273.p/112"),
        (Tile(2, 0, 1), "tile/2/000.p/1"),
        (Tile(ENTRIES, 1000, 256), "tile/entries/x001/000"),
    ],
)
def test_paths_are_written_and_read_as_the_specification_says(tile: Tile, path: str) -> None:
    assert tile_path(tile) == path
    assert parse_tile_path(path) == tile


@given(st.integers(0, 63), st.integers(0, 2**40), st.integers(1, 256))
def test_every_tile_has_one_path(level: int, index: int, width: int) -> None:
    assert parse_tile_path(tile_path(Tile(level, index, width))) == Tile(level, index, width)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/1", "tile/00/001", "tile/64/001", "tile/0/x000/001", "tile/0/001.p/0", "tile/0/001.p/256",
        "tile/0/001.p/999", "tile/0/001.p/01", "tile/0/001/", "/tile/0/001", "tile/-1/001", "tile/0/x001", "tile/0/001\n",
        "tile/0/\u0661\u0661\u0661",
    ],
)  # fmt: skip
def test_a_path_written_another_way_is_refused(path: str) -> None:
    with pytest.raises(LedgerError):
        parse_tile_path(path)


def test_a_bundle_of_entries_carries_each_record_behind_its_length() -> None:
    assert entry_bundle([b"ab", b"", b"c" * 258]) == b"\x00\x02ab" + b"\x00\x00" + b"\x01\x02" + b"c" * 258
    with pytest.raises(LedgerError, match="at most 65535"):
        entry_bundle([bytes(65_536)])
