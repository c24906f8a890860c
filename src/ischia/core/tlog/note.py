"""Signed notes (C2SP signed-note) and checkpoints (C2SP tlog-checkpoint), with Ed25519 keys.

Key strings are those of the Go module `golang.org/x/mod/sumdb/note`, so its tools read and write the same ones.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ischia.core.tlog.errors import LedgerError
from ischia.core.tlog.tree import HASH_SIZE

_ED25519 = b"\x01"
_KEY_SIZE = 32
_MAX_NOTE = 1_000_000
_DASH = "\u2014 "
NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Verifier:
    """A trusted key: its name and 32-byte Ed25519 public key."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        check_key_name(self.name)
        if len(self.public_key) != _KEY_SIZE:
            raise LedgerError(f"an Ed25519 public key has {_KEY_SIZE} bytes, not {len(self.public_key)}")

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name || 0x0A || 0x01 || public key)."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public_key).digest()[:4]

    def to_string(self) -> str:
        """Write the key as text: `name+key id in hexadecimal+base64(0x01 || public key)`."""
        return f"{self.name}+{self.key_id.hex()}+{encode64(_ED25519 + self.public_key)}"

    @classmethod
    def from_string(cls, text: str) -> Self:
        """Read a key from text. Raises `LedgerError` when its parts do not fit together."""
        name, key_id, key = _key_parts(text.strip(), "name+id+key")
        verifier = cls(name, key)
        if verifier.key_id.hex() != key_id:
            raise LedgerError(f"the key {name!r} has the id {verifier.key_id.hex()}, not {key_id}: one was altered")
        return verifier

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether `signature` (64 bytes) over `text` is this key's (RFC 8032)."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """A signing key: its name and 32-byte Ed25519 seed."""

    name: str
    seed: bytes

    def __post_init__(self) -> None:
        check_key_name(self.name)
        if len(self.seed) != _KEY_SIZE:
            raise LedgerError(f"an Ed25519 seed has {_KEY_SIZE} bytes, not {len(self.seed)}")

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw())

    def to_string(self) -> str:
        """Write the secret key as text: `PRIVATE+KEY+name+id+base64(0x01 || seed)`."""
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{encode64(_ED25519 + self.seed)}"

    @classmethod
    def from_string(cls, text: str) -> Self:
        """Read a secret key from text. Raises `LedgerError` when its parts do not fit together."""
        stripped = text.strip()
        if not stripped.startswith("PRIVATE+KEY+"):
            raise LedgerError("a secret key begins with 'PRIVATE+KEY+'")
        name, key_id, seed = _key_parts(stripped.removeprefix("PRIVATE+KEY+"), "PRIVATE+KEY+name+id+key")
        signer = cls(name, seed)
        if signer.verifier.key_id.hex() != key_id:
            raise LedgerError(f"the secret key {name!r} does not belong to the id {key_id}: one was altered")
        return signer

    def sign(self, text: str) -> str:
        """Make the signed note: `text`, a blank line, one signature line."""
        _check_text(text)
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"{text}\n{_DASH}{self.name} {encode64(self.verifier.key_id + signature)}\n"


@dataclass(frozen=True, slots=True)
class TreeHead:
    """What a checkpoint says: the log's origin, the number of leaves, and the root over them."""

    origin: str
    size: int
    root: bytes

    def to_text(self) -> str:
        """Write the text that is signed: origin, size and base64 root, a line each."""
        return f"{self.origin}\n{self.size}\n{encode64(self.root)}\n"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read the text of a checkpoint; extension lines are allowed and left out. Raises `LedgerError`."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines):
            raise LedgerError("a checkpoint has the lines origin, size and root, and no empty one")
        if not NUMBER.fullmatch(lines[1]):
            raise LedgerError(f"line 2 of the checkpoint: {lines[1][:40]!r} is not a tree size")
        root = decode64(lines[2], "line 3 of the checkpoint")
        if len(root) != HASH_SIZE:
            raise LedgerError(f"line 3 of the checkpoint: a root has {HASH_SIZE} bytes, not {len(root)}")
        return cls(lines[0], int(lines[1]), root)


def sign_checkpoint(head: TreeHead, signer: Signer) -> str:
    """Sign a checkpoint over `head`. The log's key carries the name of its origin."""
    if head.origin != signer.name:
        raise LedgerError(f"the key {signer.name!r} does not sign for the origin {head.origin!r}")
    return signer.sign(head.to_text())


def parse_and_verify(note: str, verifier: Verifier) -> TreeHead:
    """Return the tree head of a checkpoint signed by the log. Raises `LedgerError` unless the signature verifies.

    The origin has to be the name of the key, so that one log's checkpoint never passes for another's.
    """
    head = TreeHead.from_text(open_note(note, [verifier]))
    if head.origin != verifier.name:
        raise LedgerError(f"the checkpoint is of {head.origin!r}, the key of {verifier.name!r}")
    return head


def open_note(note: str, verifiers: Sequence[Verifier]) -> str:
    """Return the text of a note that at least one trusted key signed. Raises `LedgerError`.

    Signatures of unknown keys are ignored; a wrong signature of a known key refuses the whole note (C2SP signed-note).
    """
    if len(note) > _MAX_NOTE:
        raise LedgerError(f"a note of {len(note)} characters is more than {_MAX_NOTE}")
    text, blank, tail = note.rpartition("\n\n")
    text += "\n"
    if not blank or not tail.endswith("\n"):
        raise LedgerError("a signed note has a blank line before its signatures and ends in a newline")
    _check_text(text)
    known = {(each.name, each.key_id): each for each in verifiers}
    signed = False
    for line in tail[:-1].split("\n"):
        name, key_id, signature = _signature(line)
        if verifier := known.get((name, key_id)):
            if not verifier.verifies(text, signature):
                raise LedgerError(f"the signature of {name!r} does not fit the text: one was altered")
            signed = True
    if not signed:
        raise LedgerError(f"no signature of {', '.join(each.name for each in verifiers)} is on the note")
    return text


def check_key_name(name: str) -> str:
    """Return the name. Raises `LedgerError` when it cannot name a key: empty, or with spaces, plus or controls."""
    if not name or "+" in name or any(each.isspace() or ord(each) < 0x20 for each in name):
        raise LedgerError(f"{name!r} cannot name a key: write it like a host and a path, such as 'example.org/ledger'")
    return name


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise LedgerError(f"{line[:60]!r} is not a signature line")
    check_key_name(name)
    data = decode64(encoded, f"the signature of {name!r}")
    if len(data) < 5:
        raise LedgerError(f"the signature of {name!r} is too short")
    return name, data[:4], data[4:]


def _key_parts(text: str, form: str) -> tuple[str, str, bytes]:
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise LedgerError(f"a key is written {form}")
    data = decode64(parts[2], f"the key {parts[0]!r}")
    if data[:1] != _ED25519 or len(data) != 1 + _KEY_SIZE:
        raise LedgerError(f"the key {parts[0]!r} is not an Ed25519 key of {_KEY_SIZE} bytes (type 1)")
    return parts[0], parts[1], data[1:]


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise LedgerError("the text of a note ends in a newline")
    if any(ord(each) < 0x20 and each != "\n" for each in text):
        raise LedgerError("a note holds no control characters but newlines")


def encode64(data: bytes) -> str:
    """Encode as standard base64 (RFC 4648 section 4)."""
    return base64.b64encode(data).decode()


def decode64(text: str, what: str) -> bytes:
    """Decode base64, strictly: what `encode64` would write differently (spare bits, missing padding) is refused."""
    try:
        data = base64.b64decode(text.encode(), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise LedgerError(f"{what} is not base64") from error
    if encode64(data) != text:
        raise LedgerError(f"{what} is not written in canonical base64")
    return data
