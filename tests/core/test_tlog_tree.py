"""The Merkle tree against the vectors of RFC 6962, the definition itself and another implementation."""

from __future__ import annotations

import random
from collections.abc import Sequence
from hashlib import sha256

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ischia.core.tlog import (
    EMPTY_ROOT,
    Frontier,
    LedgerError,
    Node,
    consistency_proof,
    frontier_at,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_at,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# Leaves and roots of the test data that Certificate Transparency implementations share.
RECORDS = [
    bytes.fromhex(each)
    for each in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def definition(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(definition(leaves[:split]), definition(leaves[split:]))


def grow(count: int, seed: int = 0) -> tuple[list[bytes], Node, list[bytes]]:
    """Leaf hashes, their complete nodes, and the root at each size from 0."""
    leaves = [leaf_hash(f"{seed} {at}".encode()) for at in range(count)]
    frontier, roots = Frontier(), [EMPTY_ROOT]
    nodes: dict[tuple[int, int], bytes] = {}
    for leaf in leaves:
        nodes |= {(each.level, each.index): each.hash for each in frontier.append(leaf)}
        roots.append(frontier.root())
    return leaves, lambda level, index: nodes[level, index], roots


@pytest.mark.parametrize("count", range(1, 9))
def test_the_roots_are_those_that_certificate_transparency_publishes(count: int) -> None:
    assert root_of(map(leaf_hash, RECORDS[:count])).hex() == ROOTS[count - 1]


def test_the_paths_are_those_of_the_example_in_rfc_6962_section_2_1_3() -> None:
    leaves, node, _ = grow(7)
    g = node_hash(leaves[0], leaves[1])
    h, i = node_hash(leaves[2], leaves[3]), node_hash(leaves[4], leaves[5])
    k = node_hash(g, h)
    last = node_hash(i, leaves[6])
    assert inclusion_proof(0, 7, node) == [leaves[1], h, last]
    assert inclusion_proof(3, 7, node) == [leaves[2], g, last]
    assert inclusion_proof(4, 7, node) == [leaves[5], leaves[6], k]
    assert inclusion_proof(6, 7, node) == [i, k]
    assert consistency_proof(3, 7, node) == [leaves[2], leaves[3], g, last]
    assert consistency_proof(4, 7, node) == [last]
    assert consistency_proof(6, 7, node) == [i, leaves[6], k]


def test_an_empty_tree_has_the_hash_of_nothing_as_its_root() -> None:
    assert Frontier().root() == EMPTY_ROOT == definition([])


def test_every_root_up_to_130_leaves_follows_the_definition() -> None:
    leaves, node, roots = grow(130)
    for size in range(131):
        assert roots[size] == definition(leaves[:size]) == root_at(size, node)


def test_another_implementation_computes_the_same_roots_and_paths_and_accepts_the_same_history() -> None:
    oracle = pymerkle.InmemoryTree(algorithm="sha256")
    leaves, node, roots = grow(70)
    for at in range(70):
        oracle.append_entry(f"0 {at}".encode())
        assert roots[at + 1] == oracle.get_root()
    for size in range(1, 71):
        for index in range(size):
            path = oracle.prove_inclusion(index + 1, size).path
            assert [leaves[index], *inclusion_proof(index, size, node)] == path
        for old in range(1, size):
            # Its consistency proofs have a form of their own; what must agree is the history that both accept.
            pymerkle.verify_consistency(roots[old], roots[size], oracle.prove_consistency(old, size))


@given(st.integers(1, 600), st.data())
def test_every_leaf_has_a_proof_that_verifies_under_the_root(size: int, data: st.DataObject) -> None:
    leaves, node, roots = grow(size)
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_proof(index, size, node)
    assert verify_inclusion(index, size, leaves[index], path, roots[size])
    other = data.draw(st.integers(0, size - 1))
    assert verify_inclusion(other, size, leaves[index], path, roots[size]) == (other == index)


@given(st.integers(0, 600), st.integers(0, 600))
def test_every_earlier_tree_has_a_proof_that_the_later_one_extends_it(one: int, two: int) -> None:
    old, new = sorted((one, two))
    _, node, roots = grow(new)
    path = consistency_proof(old, new, node)
    assert verify_consistency(old, new, roots[old], roots[new], path)


@given(st.integers(2, 80), st.data())
def test_a_rewritten_history_has_no_consistency_proof(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new - 1))
    _, node, roots = grow(new)
    _, other_node, other_roots = grow(new, seed=1)
    for path in (consistency_proof(old, new, node), consistency_proof(old, new, other_node)):
        assert not verify_consistency(old, new, roots[old], other_roots[new], path)


def test_no_flipped_bit_in_leaf_path_or_root_survives_verification() -> None:
    leaves, node, roots = grow(77)
    path = inclusion_proof(41, 77, node)
    whole = leaves[41] + b"".join(path) + roots[77]
    for bit in range(len(whole) * 8):
        altered = bytearray(whole)
        altered[bit // 8] ^= 1 << bit % 8
        parts = [bytes(altered[at : at + 32]) for at in range(0, len(altered), 32)]
        assert not verify_inclusion(41, 77, parts[0], parts[1:-1], parts[-1])


def test_no_flipped_bit_in_a_consistency_proof_survives_verification() -> None:
    _, node, roots = grow(77)
    for old in (32, 41):
        whole = roots[old] + b"".join(consistency_proof(old, 77, node)) + roots[77]
        for bit in range(len(whole) * 8):
            altered = bytearray(whole)
            altered[bit // 8] ^= 1 << bit % 8
            parts = [bytes(altered[at : at + 32]) for at in range(0, len(altered), 32)]
            assert not verify_consistency(old, 77, parts[0], parts[-1], parts[1:-1])


def test_a_path_with_one_hash_more_or_less_or_of_another_length_is_refused() -> None:
    leaves, node, roots = grow(21)
    for index in range(21):
        path = inclusion_proof(index, 21, node)
        for wrong in (path[:-1], path[1:], [*path, path[-1]], [path[0][:31], *path[1:]]):
            assert not verify_inclusion(index, 21, leaves[index], wrong, roots[21])
    for old in range(1, 21):
        path = consistency_proof(old, 21, node)
        for wrong in (path[:-1], path[1:], [*path, path[-1]], []):
            assert not verify_consistency(old, 21, roots[old], roots[21], wrong)


def test_sizes_that_make_no_sense_are_refused_and_not_an_error() -> None:
    leaves, node, roots = grow(5)
    path = inclusion_proof(2, 5, node)
    assert not verify_inclusion(5, 5, leaves[2], path, roots[5])
    assert not verify_inclusion(-1, 5, leaves[2], path, roots[5])
    assert not verify_consistency(5, 3, roots[5], roots[3], [])
    assert not verify_consistency(0, 3, roots[2], roots[3], [])
    assert not verify_consistency(3, 3, roots[2], roots[3], [])
    assert verify_consistency(0, 3, EMPTY_ROOT, roots[3], [])


def test_a_proof_of_what_is_not_there_says_so() -> None:
    _, node, _ = grow(3)
    with pytest.raises(LedgerError, match="leaf 3 is not in a tree of 3 leaves"):
        inclusion_proof(3, 3, node)
    with pytest.raises(LedgerError, match="cannot extend one of 3 leaves"):
        consistency_proof(3, 2, node)


@given(st.integers(0, 300))
def test_a_frontier_that_was_stored_goes_on_where_it_stopped(size: int) -> None:
    _, node, roots = grow(size + 1)
    stored = Frontier.from_bytes(size, frontier_at(size, node).to_bytes())
    stored.append(node(0, size))
    assert stored.root() == roots[size + 1]


def test_a_stored_frontier_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(LedgerError, match="takes 64 bytes, but 32 are stored"):
        Frontier.from_bytes(3, bytes(32))
    with pytest.raises(LedgerError, match="has 2 hashes, not 1"):
        Frontier(3, [bytes(32)])


def test_random_histories_agree_with_the_definition() -> None:
    chance = random.Random(5)
    for _ in range(20):
        size = chance.randrange(1, 500)
        leaves, _, roots = grow(size, seed=chance.randrange(1000))
        assert roots[size] == definition(leaves)
