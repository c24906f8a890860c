"""Signals that say nothing of what they were taken from, and would match what has nothing to do with it.

A hash of a blank, of noise or of a gradient is near every other such picture's. Meta's advice is to set PDQ hashes of
quality 49 or less aside; the median makes a sound one about half ones, so that few have fewer than 100 of 256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

import numpy as np

from ischia.core.signals.base import Signal

FEWEST_ONES: Final = 100
MOST_ONES: Final = 156
LEAST_QUALITY: Final = 50
LEAST_LETTERS: Final = 20
"""A text of fewer letters is a word or two, which anybody may write."""

_OF_NOTHING: Final = frozenset({hashlib.sha256().hexdigest(), hashlib.md5(usedforsecurity=False).hexdigest()})


def junk(signal: Signal) -> str:
    """Return why a signal should match nothing, in words for a person; empty if there is no reason."""
    match signal.algorithm:
        case "pdq":
            return _picture(signal)
        case "text":
            few = signal.quality is not None and signal.quality < LEAST_LETTERS
            return f"{signal.quality} letters, need {LEAST_LETTERS}" if few else ""
        case "sha256" | "md5":
            return "every empty file has it" if signal.value in _OF_NOTHING else ""
        case _:
            return ""


def _picture(signal: Signal) -> str:
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(signal.value), np.uint8))
    ones = int(bits.sum())
    if ones in {0, 256}:
        return f"the hash is all {'ones' if ones else 'zeros'}"
    if not FEWEST_ONES <= ones <= MOST_ONES:
        return f"{ones} of 256 bits are ones, a picture has {FEWEST_ONES} to {MOST_ONES}"
    if signal.quality is not None and signal.quality < LEAST_QUALITY:
        return f"quality {signal.quality}, need {LEAST_QUALITY}: there is next to no detail in it"
    if _regular(bits):
        return "the hash repeats itself as that of a gradient or of a pattern does"
    return ""


def _regular(bits: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bool:
    """Whether the 16 rows or the 16 columns of coefficients are nearly all the same one, or its opposite."""
    square = bits.reshape(16, 16)
    return any(_alike(lines) for lines in (square, square.T))


def _alike(lines: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bool:
    differing = (lines[:, None, :] != lines[None, :, :]).sum(axis=2)
    nearest = np.minimum(differing, 16 - differing)
    return float(nearest.mean()) <= 2.0


def sound_ones(signals: Iterable[Signal]) -> tuple[list[Signal], list[str]]:
    """Return the signals that may be looked for, and why the others were left out."""
    kept, why = [], []
    for signal in signals:
        reason = junk(signal)
        if reason:
            why.append(f"{signal.algorithm}: {reason}")
        else:
            kept.append(signal)
    return kept, why
