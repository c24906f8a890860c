"""Fingerprints of protected texts: 30 bits of each shingle, and the small file that holds them.

A fingerprint says nothing of the text that it was cut from, so texts whose licence or size keeps them out of the
package can still be recognised. Sorted numbers are packed after P. Elias and R. Fano: low bits as they are, high bits
in unary.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ischia.core.text import kernels
from ischia.core.text.known import Hashes

BITS: Final = 30
MAGIC: Final = b"ischia protected texts 1\n"


@dataclass(frozen=True, slots=True)
class Prints:
    """The sorted fingerprints of one text; `window` 0 means all shingles, else the winnowed ones."""

    name: str
    window: int
    values: npt.NDArray[np.uint32]


def shortened(hashes: Hashes) -> npt.NDArray[np.uint32]:
    """Return the fingerprints of shingles, in their order."""
    return (hashes >> np.uint64(64 - BITS)).astype(np.uint32)


def prints(name: str, hashes: Hashes, window: int) -> Prints:
    """Return the fingerprints of a text by its shingles."""
    picked = hashes[kernels.winnow(hashes, window)] if window else hashes
    return Prints(name, window, np.unique(shortened(picked)))


def _low_bits(count: int) -> int:
    return max(1, int(np.log2((1 << BITS) / max(1, count))))


def _packed(values: npt.NDArray[np.uint32]) -> bytes:
    low = _low_bits(values.size)
    bits = (values[:, None] >> np.arange(low, dtype=np.uint32)) & 1
    high = np.zeros(values.size + (1 << (BITS - low)), np.uint8)
    high[(values >> np.uint32(low)).astype(np.int64) + np.arange(values.size)] = 1
    return np.packbits(bits.astype(np.uint8)).tobytes() + np.packbits(high).tobytes()


def _unpacked(data: memoryview, count: int) -> npt.NDArray[np.uint32]:
    low = _low_bits(count)
    size = -(-count * low // 8)
    bits = np.zeros((count, 32), np.uint8)
    packed = np.unpackbits(np.frombuffer(data[:size], np.uint8), count=count * low)
    bits[:, :low] = packed.reshape(count, low)
    lows = np.packbits(bits, axis=1, bitorder="little").view("<u4")[:, 0]
    places = np.flatnonzero(np.unpackbits(np.frombuffer(data[size:], np.uint8)))
    high = (places - np.arange(count)).astype(np.uint32)
    values: npt.NDArray[np.uint32] = (high << np.uint32(low)) | lows
    return values


def write(texts: Sequence[Prints]) -> bytes:
    """Return the file of fingerprints."""
    bodies = [_packed(one.values) for one in texts]
    head = [[one.name, one.window, int(one.values.size), len(body)] for one, body in zip(texts, bodies, strict=True)]
    return MAGIC + json.dumps(head, ensure_ascii=False).encode() + b"\n" + b"".join(bodies)


def read(data: bytes) -> list[Prints]:
    """Return the fingerprints of a file of `write`; raise `ValueError` for any other file."""
    if not data.startswith(MAGIC):
        raise ValueError("this is not a file of protected texts: its first line differs")
    end = data.index(b"\n", len(MAGIC))
    found, place = [], end + 1
    for name, window, count, size in json.loads(data[len(MAGIC) : end]):
        found.append(Prints(name, window, _unpacked(memoryview(data)[place : place + size], count)))
        place += size
    return found
