"""The second gate: geometry that PDQ does not look at, asked before a near match may act without a person.

Measures that do not share PDQ's single transform of the whole picture: the correlation of each of 64 blocks, the signs
of 256 brightness steps (dHash), PDQ of the four quarters, and the correlation of the small pictures as wholes. An image
bent until its PDQ equals a known one (Dolhansky and Canton Ferrer, arXiv 2011.09473) keeps its own look, which these
see; one that is half the known picture's look is no collision any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ischia.core.signals import hamming, pdq
from ischia.core.vision.plane import SMALLEST, Bytes, scaled
from ischia.core.vision.samples import detail as detail_of
from ischia.core.vision.samples import samples

THUMB: Final = 64
LARGEST_STEPS: Final = 56
LARGEST_QUARTER: Final = 48
QUARTERS_NEEDED: Final = 3
LEAST_CORRELATION: Final = 0.88
LEAST_BLOCKS: Final = 0.9
OTHERS_NEEDED: Final = 2
LEAST_DETAIL: Final = 0.05
"""The share of a picture's contrast that is more than stripes: flags of three colours look alike to every measure."""

_BLOCK_CORRELATION: Final = 0.6
_BLOCK: Final = 8
_BYTES: Final = 32 + 4 * 32 + THUMB * THUMB


@dataclass(frozen=True, slots=True)
class GateFeatures:
    """What the gate compares: 256 step signs, PDQ of four quarters, and the picture squeezed to 64x64 of luma."""

    steps: bytes
    quarters: tuple[bytes, bytes, bytes, bytes]
    thumb: Bytes

    def to_bytes(self) -> bytes:
        """Return the 4,256 bytes that `from_bytes` reads."""
        return self.steps + b"".join(self.quarters) + self.thumb.tobytes()

    @classmethod
    def from_bytes(cls, stored: bytes) -> GateFeatures:
        """Return the features again; ValueError for another length."""
        if len(stored) != _BYTES:
            raise ValueError(f"gate features have {_BYTES} bytes, these have {len(stored)}")
        quarters = (stored[32:64], stored[64:96], stored[96:128], stored[128:160])
        return cls(stored[:32], quarters, np.frombuffer(stored, np.uint8, offset=160).reshape(THUMB, THUMB))


@dataclass(frozen=True, slots=True)
class GateResult:
    """Whether the gate passed, and why: bits of 256 in steps, quarters that agree, correlations from -1 to 1.

    `detail` is the share of contrast that is no stripes, in the poorer picture of the two.
    """

    passed: bool
    steps: int
    quarters: int
    correlation: float
    blocks: float
    detail: float


def gate_features(plane: Bytes) -> GateFeatures:
    """Return the features of uint8[height, width]; ValueError when a side has fewer than 32 pixels."""
    height, width = plane.shape
    if min(height, width) < SMALLEST:
        raise ValueError(f"{width} x {height} pixels are too few for the gate, need {SMALLEST} on each side")
    small = scaled(plane, height=16, width=17).astype(np.int16)
    steps = np.packbits(np.diff(small, axis=1) > 0).tobytes()
    top, left = height // 2, width // 2
    corners = [plane[:top, :left], plane[:top, left:], plane[top:, :left], plane[top:, left:]]
    a, b, c, d = (bytes.fromhex(pdq.hash_samples(samples(np.ascontiguousarray(corner))).hash) for corner in corners)
    return GateFeatures(steps, (a, b, c, d), scaled(plane, height=THUMB, width=THUMB))


def gate(probe: GateFeatures, entry: GateFeatures) -> GateResult:
    """Compare a probe with a known picture: blocks have to look alike and two of the other three measures to agree.

    The probe's features are of the plane that the PDQ was of (of the trimmed part, when that is what matched).
    """
    steps = hamming(probe.steps, entry.steps)
    near = [hamming(a, b) <= LARGEST_QUARTER for a, b in zip(probe.quarters, entry.quarters, strict=True)]
    correlation = _correlation(probe.thumb.reshape(-1), entry.thumb.reshape(-1))
    blocks = _agreeing_blocks(probe.thumb, entry.thumb)
    others = (steps <= LARGEST_STEPS) + (sum(near) >= QUARTERS_NEEDED) + (correlation >= LEAST_CORRELATION)
    detail = min(detail_of(probe.thumb)[1], detail_of(entry.thumb)[1])
    passed = blocks >= LEAST_BLOCKS and others >= OTHERS_NEEDED and detail >= LEAST_DETAIL
    return GateResult(passed, steps, sum(near), correlation, blocks, detail)


def _correlation(a: Bytes, b: Bytes) -> float:
    first, second = a.astype(np.float64) - a.mean(), b.astype(np.float64) - b.mean()
    norm = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / norm if norm > 0 else 0.0


def _agreeing_blocks(probe: Bytes, entry: Bytes) -> float:
    """Return the share of the known picture's textured 8x8 blocks that look alike, 1 when none has texture."""
    a, b = _blocks(probe), _blocks(entry)
    norm = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    textured = b.std(axis=1) > 6
    if not textured.any():
        return 1.0
    correlations = (a * b).sum(axis=1) / np.maximum(norm, 1e-9)
    return float((correlations[textured] >= _BLOCK_CORRELATION).mean())


def _blocks(thumb: Bytes) -> npt.NDArray[np.float64]:
    count = THUMB // _BLOCK
    blocks = thumb.reshape(count, _BLOCK, count, _BLOCK).swapaxes(1, 2).reshape(-1, _BLOCK * _BLOCK)
    values = blocks.astype(np.float64)
    values -= values.mean(axis=1, keepdims=True)
    return values
