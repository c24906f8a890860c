"""The receipt: a `.tlog-proof` file (C2SP tlog-proof), which shows offline that a record is in the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ischia.core.tlog.errors import LedgerError
from ischia.core.tlog.note import NUMBER, TreeHead, Verifier, decode64, encode64, parse_and_verify
from ischia.core.tlog.tree import HASH_SIZE, leaf_hash, verify_inclusion

_HEADER = "c2sp.org/tlog-proof@v1"
_MAX_PATH = 64


@dataclass(frozen=True, slots=True)
class TlogProof:
    """A checkpoint, a leaf's index and the hashes from the leaf to the root.

    `extra` is not signed. Ischia puts the leaf itself there, which the proof then covers.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def to_text(self) -> str:
        """Write the content of the file."""
        lines = [_HEADER]
        lines += [f"extra {encode64(self.extra)}"] if self.extra is not None else []
        lines += [f"index {self.index}", *map(encode64, self.path), "", self.checkpoint]
        return "\n".join(lines)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read the content of a file; nothing in it is verified yet. Raises `LedgerError` with the line at fault."""
        head, blank, checkpoint = text.partition("\n\n")
        header, *lines = head.split("\n")
        if header != _HEADER or not blank:
            raise LedgerError(f"a proof begins with the line {_HEADER!r} and has a blank line before its checkpoint")
        extra = decode64(lines.pop(0)[6:], "the extra line") if lines and lines[0].startswith("extra ") else None
        if not lines or not lines[0].startswith("index ") or not NUMBER.fullmatch(lines[0][6:]):
            raise LedgerError("a proof names the leaf in a line such as 'index 73894'")
        path = tuple(decode64(each, f"hash {at} of the path") for at, each in enumerate(lines[1:], start=1))
        if len(path) > _MAX_PATH or any(len(each) != HASH_SIZE for each in path):
            raise LedgerError(f"the path of a proof has at most {_MAX_PATH} hashes of {HASH_SIZE} bytes")
        return cls(int(lines[0][6:]), path, checkpoint, extra)


def verify_proof(text: str, verifier: Verifier, leaf: bytes | None = None) -> tuple[TlogProof, TreeHead]:
    """Check a `.tlog-proof` against the log's key, offline: the checkpoint's signature, then the path to its root.

    `leaf` is the record's bytes; without it they are taken from the proof's extra line. Given both, they must agree.
    Raises `LedgerError` with what does not hold.
    """
    proof = TlogProof.from_text(text)
    if leaf is None:
        leaf = proof.extra
    if leaf is None:
        raise LedgerError("the proof does not carry its record: give the record's bytes")
    if proof.extra is not None and proof.extra != leaf:
        raise LedgerError("the record is not the one that the proof carries")
    head = parse_and_verify(proof.checkpoint, verifier)
    if not verify_inclusion(proof.index, head.size, leaf_hash(leaf), proof.path, head.root):
        raise LedgerError(f"the record is not at index {proof.index} of the log of {head.size}: one was altered")
    return proof, head
