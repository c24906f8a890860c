"""The Merkle tree of RFC 6962 section 2.1, with the proof verification of RFC 9162 sections 2.1.3.2 and 2.1.4.2.

A *node* `(level, index)` is the root of the complete subtree over the leaves `[index << level, (index + 1) << level)`.
Complete nodes never change, so everything here is computed from them through a callback.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from ischia.core.tlog.errors import LedgerError

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()

Node = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    """Hash of one record: SHA-256(0x00 || data), 32 bytes (RFC 6962 section 2.1)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two subtrees: SHA-256(0x01 || left || right), 32 bytes (RFC 6962 section 2.1)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Completed:
    """A node that an append has completed."""

    level: int
    index: int
    hash: bytes


@dataclass(slots=True)
class Frontier:
    """The right edge of a growing tree: one hash for each set bit of `size`, largest subtree first.

    It is all that is needed to append and to compute the root; `size` is the number of leaves so far.
    """

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise LedgerError(
                f"a frontier of {self.size} leaves has {self.size.bit_count()} hashes, not {len(self.hashes)}"
            )
        if any(len(each) != HASH_SIZE for each in self.hashes):
            raise LedgerError(f"a frontier holds hashes of {HASH_SIZE} bytes")

    def append(self, leaf: bytes) -> list[Completed]:
        """Add one leaf hash; return the nodes that are complete because of it, the leaf first."""
        index, level, node = self.size, 0, leaf
        completed = [Completed(0, index, node)]
        while index & 1:
            node = node_hash(self.hashes.pop(), node)
            index, level = index >> 1, level + 1
            completed.append(Completed(level, index, node))
        self.hashes.append(node)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Return the Merkle tree hash of the leaves so far; SHA-256 of nothing for an empty tree."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root

    def copy(self) -> Frontier:
        """Return the same state, independent of this one."""
        return Frontier(self.size, list(self.hashes))

    def to_bytes(self) -> bytes:
        """Return the hashes, concatenated; `from_bytes` reads them back with the size."""
        return b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Frontier:
        """Read what `to_bytes` wrote. Raises `LedgerError` when the length does not fit the size."""
        if len(data) != HASH_SIZE * size.bit_count():
            raise LedgerError(
                f"the frontier of {size} leaves takes {HASH_SIZE * size.bit_count()} bytes, but {len(data)} are stored"
            )
        return cls(size, [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)])


def frontier_at(size: int, node: Node) -> Frontier:
    """Return the frontier of the first `size` leaves of a tree whose complete nodes `node` gives."""
    hashes, start = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            hashes.append(node(level, start >> level))
            start += 1 << level
    return Frontier(size, hashes)


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Root over leaf hashes in order."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def root_at(size: int, node: Node) -> bytes:
    """Root of the first `size` leaves of a tree whose complete nodes `node` gives."""
    return frontier_at(size, node).root()


def _split(count: int) -> int:
    """Return the largest power of two smaller than `count`, which is at least 2."""
    return 1 << (count - 1).bit_length() - 1


def _span_root(start: int, end: int, node: Node) -> bytes:
    """Root of the leaves `[start, end)`, where the largest complete subtree of the span begins at `start`."""
    parts = []
    while (count := end - start).bit_count() > 1:
        level = count.bit_length() - 1
        parts.append(node(level, start >> level))
        start += 1 << level
    level = count.bit_length() - 1
    root = node(level, start >> level)
    for left in reversed(parts):
        root = node_hash(left, root)
    return root


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """Audit path of leaf `index` in the tree of `size` leaves, from the leaf's sibling up (RFC 6962 section 2.1.1)."""
    if not 0 <= index < size:
        raise LedgerError(f"leaf {index} is not in a tree of {size} leaves")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_span_root(middle, end, node))
            end = middle
        else:
            path.append(_span_root(start, middle, node))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """Proof that the tree of `new` leaves extends the tree of `old` leaves (RFC 6962 section 2.1.2).

    Empty when `old` is 0 or equal to `new`. Raises `LedgerError` when `old` is larger than `new`.
    """
    if not 0 <= old <= new:
        raise LedgerError(f"a tree of {new} leaves cannot extend one of {old} leaves")
    if old == 0:
        return []
    path, start, end, known = [], 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_span_root(middle, end, node))
            end = middle
        else:
            path.append(_span_root(start, middle, node))
            start, known = middle, False
    if not known:
        path.append(_span_root(start, end, node))
    return path[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` proves that leaf hash `leaf` stands at `index` under `root` (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size or any(len(each) != HASH_SIZE for each in (leaf, root, *path)):
        return False
    place, last, result = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            result = node_hash(sibling, result)
            place, last = _past_even(place, last)
        else:
            result = node_hash(result, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and result == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether `path` proves that `new_root` over `new` leaves extends `old_root` over `old` (RFC 9162 section 2.1.4.2).

    Every tree extends the empty one, whose root is SHA-256 of nothing.
    """
    if not 0 <= old <= new or any(len(each) != HASH_SIZE for each in (old_root, new_root, *path)):
        return False
    if old == 0:
        return not path and old_root == EMPTY_ROOT and (new > 0 or new_root == EMPTY_ROOT)
    if old == new:
        return not path and old_root == new_root
    if not path:
        return False
    hashes = [old_root, *path] if old.bit_count() == 1 else list(path)
    return _walk_consistency(old - 1, new - 1, old_root, new_root, hashes)


def _walk_consistency(place: int, last: int, old_root: bytes, new_root: bytes, hashes: list[bytes]) -> bool:
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            place, last = _past_even(place, last)
        else:
            after = node_hash(after, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def _past_even(place: int, last: int) -> tuple[int, int]:
    """Shift both until the lowest bit of `place` is set, or `place` is zero."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last
