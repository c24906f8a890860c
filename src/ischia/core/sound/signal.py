"""A sound's words as they are stored, and which of them say something."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from ischia.core.signals import Signal, SignalError, large
from ischia.core.signals.types import SOUND
from ischia.core.sound.prints import HOP, RATE, Samples, Words, fingerprint

_HEAD: Final = struct.Struct("<I")
_STILL: Final = 8
_SAME: Final = 1


@dataclass(frozen=True, eq=False)
class Sound:
    """The fingerprint of one sound: its length in milliseconds and uint32[n] words, one every 124 ms.

    As bytes: the milliseconds as little-endian uint32, then the words as little-endian uint32.
    """

    milliseconds: int
    words: Words

    @classmethod
    def of(cls, data: bytes) -> Sound:
        """Read what `data` wrote; raise `SignalError` for anything else."""
        if len(data) < _HEAD.size or len(data) % 4:
            raise SignalError(f"sound: {len(data)} bytes are no fingerprint; it has 4 and 4 for each word")
        return cls(_HEAD.unpack_from(data)[0], np.frombuffer(data, "<u4", offset=_HEAD.size))

    @property
    def data(self) -> bytes:
        """The bytes that are stored."""
        return _HEAD.pack(self.milliseconds) + self.words.astype("<u4").tobytes()

    @property
    def seconds(self) -> float:
        """How long the sound is."""
        return self.milliseconds / 1000

    @cached_property
    def counts(self) -> npt.NDArray[np.bool_]:
        """Which words say something: bool[n]."""
        return telling(self.words)

    def signal(self) -> Signal:
        """Return the `sound` signal; its quality is the number of words that count."""
        return large(SOUND, self.data, quality=int(self.counts.sum()))


class Printer:
    """Fingerprints a sound that comes in pieces, exactly as if it came at once."""

    def __init__(self) -> None:
        self._rest: Samples = np.empty(0, np.int16)
        self._words: list[Words] = []
        self._samples = 0

    def add(self, samples: Samples) -> None:
        """Take the next int16[n] mono samples at 11,025 Hz."""
        self._samples += len(samples)
        waiting = np.concatenate([self._rest, samples])
        words = fingerprint(waiting)
        self._words.append(words)
        self._rest = waiting[len(words) * HOP :]

    def sound(self) -> Sound:
        """Return the fingerprint of everything so far."""
        words = np.concatenate([np.empty(0, np.uint32), *self._words])
        return Sound(min(self._samples * 1000 // RATE, 2**32 - 1), words)


def telling(words: Words) -> npt.NDArray[np.bool_]:
    """Return which of uint32[n] words say something: not those in a second that hardly changes.

    Silence, a tone that lasts, and the hum of a machine give nearly the same word over and over, whoever recorded them.
    """
    same = np.zeros(len(words) + 1, np.bool_)
    same[1:-1] = np.bitwise_count(words[1:] ^ words[:-1]) <= _SAME
    still = np.zeros(len(words), np.bool_)
    edges = np.flatnonzero(np.diff(same.astype(np.int8)))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        if last - first >= _STILL:
            still[first : last + 1] = True
    return ~still
