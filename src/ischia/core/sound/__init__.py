"""Sound: known sound that comes back cut, quieter, compressed or under other sound.

`fingerprint` makes the words of samples, `Sound` is what a `sound` signal holds; `SoundIndex.candidates` names known
sounds that share a stretch with a probe, `compare` says which seconds, `SoundMatch.without` what is left of that when
protected sound does not count.
"""

from ischia.core.sound.index import CANDIDATES, LEAST_VOTES, PACES, Candidate, SoundIndex
from ischia.core.sound.match import LEAST_SCORE, LEAST_SECONDS, SoundMatch, Span, compare
from ischia.core.sound.prints import HOP, RATE, SPAN, WORDS_PER_SECOND, Samples, Words, fingerprint
from ischia.core.sound.signal import Printer, Sound, telling

__all__ = [
    "CANDIDATES",
    "HOP",
    "LEAST_SCORE",
    "LEAST_SECONDS",
    "LEAST_VOTES",
    "PACES",
    "RATE",
    "SPAN",
    "WORDS_PER_SECOND",
    "Candidate",
    "Printer",
    "Samples",
    "Sound",
    "SoundIndex",
    "SoundMatch",
    "Span",
    "Words",
    "compare",
    "fingerprint",
    "telling",
    "warm",
]


def warm() -> None:
    """Compile every kernel, or load it from numba's cache."""
    import numpy as np

    noise = np.random.default_rng(1).normal(0, 9_000, 12 * RATE).clip(-32_000, 32_000).astype(np.int16)
    sound = Sound(12_000, fingerprint(noise))
    SoundIndex.build([(1, sound.data)]).candidates(Sound(9_000, sound.words[20:]))
    compare(sound, sound)
