"""What can be done to a good file without understanding it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

_EXTREMES = (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\x80\0\0\0", b"\0\0\0\x80")
_HEAD = 512


def damaged(chance: random.Random, good: Sequence[bytes], others: Sequence[bytes]) -> tuple[str, bytes]:
    """Return the name of a kind of damage, and one of the good files with it."""
    how = chance.choice(list(_DAMAGES))
    return how, _DAMAGES[how](chance, chance.choice(good), others) or b"\0"


def _cut(chance: random.Random, content: bytes, others: Sequence[bytes]) -> bytes:
    return content[: chance.randrange(len(content))]


def _bits(chance: random.Random, content: bytes, others: Sequence[bytes]) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8, 40, 200))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _head(chance: random.Random, content: bytes, others: Sequence[bytes]) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 3, 9))):
        changed[chance.randrange(min(_HEAD, len(changed)))] = chance.randrange(256)
    return bytes(changed)


def _length(chance: random.Random, content: bytes, others: Sequence[bytes]) -> bytes:
    at = chance.randrange(len(content) if chance.random() < 0.3 else min(_HEAD, len(content)))
    return content[:at] + chance.choice(_EXTREMES) + content[at + 4 :]


def _number(chance: random.Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """Make a number that is written in digits another one: those of PDF files and of tar headers."""
    digits = [at for at, byte in enumerate(content) if 48 <= byte <= 57]
    if not digits:
        return _length(chance, content, ())
    at = chance.choice(digits)
    return content[:at] + chance.choice((b"9999999999", b"-1", b"0", b"4294967295", b"1e99")) + content[at + 1 :]


def _removed(chance: random.Random, content: bytes, others: Sequence[bytes]) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + content[at + chance.randrange(1, 4096) :]


def _repeated(chance: random.Random, content: bytes, others: Sequence[bytes]) -> bytes:
    at = chance.randrange(len(content))
    piece = content[at : at + chance.randrange(1, 4096)]
    return content[:at] + piece * chance.choice((2, 3, 100)) + content[at:]


def _other_head(chance: random.Random, content: bytes, others: Sequence[bytes]) -> bytes:
    at = chance.choice((4, 8, 16, 64, 512))
    return chance.choice(others)[:at] + content[at:]


def _other_tail(chance: random.Random, content: bytes, others: Sequence[bytes]) -> bytes:
    return content[: chance.randrange(len(content))] + chance.choice(others)


def _both(chance: random.Random, content: bytes, others: Sequence[bytes]) -> bytes:
    return content + chance.choice(others)


_DAMAGES: dict[str, Callable[[random.Random, bytes, Sequence[bytes]], bytes]] = {
    "cut": _cut,
    "bits": _bits,
    "head": _head,
    "length": _length,
    "number": _number,
    "removed": _removed,
    "repeated": _repeated,
    "other head": _other_head,
    "other tail": _other_tail,
    "two in one": _both,
}
