"""Chromaprint of mono sound: eight words of 32 bits a second that say how its notes move.

Lukáš Lalinský, "How does Chromaprint work?" (2011) and his reference program, algorithm 2 ("TEST2"), after Yan Ke et
al., "Computer Vision for Music Identification" (CVPR 2005): the energy of the twelve notes over time is a picture, and
each of sixteen filters compares parts of it under a window of two seconds. What the filters look at and where their
answers are cut into four was learned by its author from music. The words are those of the reference program, apart
from a few bits in a million, where single precision falls on the other side of a cut.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

RATE: Final = 11_025
"""Samples a second that are fingerprinted; nothing above 3.5 kHz counts."""

HOP: Final = 1_365
"""Samples from one word to the next."""

WORDS_PER_SECOND: Final = RATE / HOP

Samples = npt.NDArray[np.int16]
Words = npt.NDArray[np.uint32]
_Floats = npt.NDArray[np.float32]
_Picture = npt.NDArray[np.float64]

_FRAME: Final = 4_096
_LOWEST, _HIGHEST = 28.0, 3_520.0
_NOTES: Final = 12
_SMOOTHING: Final = (0.25, 0.75, 1.0, 0.75, 0.25)
_FAINT: Final = 0.01
_WINDOW: Final = 16
_BLOCK: Final = 512

SPAN: Final = (_WINDOW + len(_SMOOTHING) - 2) * HOP + _FRAME
"""Samples that one word looks at: 2.7 seconds. Shorter sounds have no word."""

# What a filter is, its lowest note, how many notes, how many instants, and the three cuts of its answer.
_FILTERS: Final = (
    ("all", 4, 3, 15, (1.98215, 2.35817, 2.63523)),
    ("middle_notes", 4, 6, 15, (-1.03809, -0.651211, -0.282167)),
    ("notes", 0, 4, 16, (-0.298702, 0.119262, 0.558497)),
    ("checks", 8, 2, 12, (-0.105439, 0.0153946, 0.135898)),
    ("checks", 4, 4, 8, (-0.142891, 0.0258736, 0.200632)),
    ("middle_notes", 0, 3, 5, (-0.826319, -0.590612, -0.368214)),
    ("notes", 2, 2, 9, (-0.557409, -0.233035, 0.0534525)),
    ("time", 7, 3, 4, (-0.0646826, 0.00620476, 0.0784847)),
    ("time", 6, 2, 16, (-0.192387, -0.029699, 0.215855)),
    ("time", 1, 3, 2, (-0.0397818, -0.00568076, 0.0292026)),
    ("middle_time", 10, 1, 15, (-0.53823, -0.369934, -0.190235)),
    ("checks", 6, 2, 10, (-0.124877, 0.0296483, 0.139239)),
    ("time", 1, 1, 14, (-0.101475, 0.0225617, 0.231971)),
    ("checks", 5, 6, 4, (-0.0799915, -0.00729616, 0.063262)),
    ("notes", 9, 2, 12, (-0.272556, 0.019424, 0.302559)),
    ("checks", 4, 2, 14, (-0.164292, -0.0321188, 0.0846339)),
)
_GRAY: Final = np.array([0, 1, 3, 2], np.uint32)


def fingerprint(samples: Samples) -> Words:
    """Return the words of int16[n] mono samples at 11,025 Hz: one for each `HOP` samples but the last `SPAN`."""
    return words_of(chroma(samples)) if len(samples) >= SPAN else np.empty(0, np.uint32)


def words_of(picture: _Picture) -> Words:
    """Return the words of float64[n, 12] notes over time: one for each instant but the last 15."""
    summed = _summed(picture)
    words = np.zeros(len(picture) - _WINDOW + 1, np.uint32)
    for kind, low, height, width, cuts in _FILTERS:
        answers = _answers(summed, kind, low, height, width)
        words = words << np.uint32(2) | _GRAY[np.searchsorted(np.array(cuts), answers, side="right")]
    return words


def chroma(samples: Samples) -> _Picture:
    """Return the energy of each note at each instant, smoothed over five instants and normed: float64[n, 12]."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::HOP]
    energies = np.concatenate([_energies(frames[at : at + _BLOCK]) for at in range(0, len(frames), _BLOCK)])
    rows = len(energies) - len(_SMOOTHING) + 1
    smooth = sum((weight * energies[at : at + rows] for at, weight in enumerate(_SMOOTHING)), np.zeros((rows, _NOTES)))
    norms = np.sqrt((smooth**2).sum(axis=1, keepdims=True))
    return np.where(norms < _FAINT, 0.0, smooth / np.maximum(norms, _FAINT))


def _energies(frames: npt.NDArray[np.int16]) -> _Picture:
    window, bins, starts, notes = _tables()
    spectrum = np.fft.rfft(frames * window, axis=1)[:, bins]
    # Sums of slices, and not a product of matrices: a confined process can start none of the threads that BLAS wants.
    runs = np.add.reduceat((spectrum.real**2 + spectrum.imag**2).astype(np.float64), starts, axis=1)
    return np.stack([runs[:, notes == note].sum(axis=1) for note in range(_NOTES)], axis=1)


@cache
def _tables() -> tuple[_Floats, slice, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the Hamming window, the bins that count, where in them each run of one note begins, and those notes."""
    first = max(1, round(_FRAME * _LOWEST / RATE))
    last = min(_FRAME // 2, round(_FRAME * _HIGHEST / RATE))
    octaves = np.log2(np.arange(first, last) * RATE / _FRAME / (440 / 16))
    notes = (_NOTES * (octaves % 1)).astype(np.int64)
    starts = np.flatnonzero(np.diff(notes, prepend=-1))
    return (np.hamming(_FRAME) / 32_767).astype(np.float32), slice(first, last), starts, notes[starts]


def _summed(picture: _Picture) -> _Picture:
    """Return the sums over all that is earlier and lower, so that the sum of any rectangle takes four of them."""
    summed = np.zeros((picture.shape[0] + 1, picture.shape[1] + 1))
    summed[1:, 1:] = picture.cumsum(axis=0).cumsum(axis=1)
    return summed


def _answers(summed: _Picture, kind: str, low: int, height: int, width: int) -> _Picture:
    """Return at each instant how much more is in one half of a filter's rectangles than in the other: a logarithm."""
    instants = summed.shape[0] - _WINDOW

    def within(x: tuple[int, int], y: tuple[int, int]) -> _Picture:
        after, before = summed[x[1] : x[1] + instants], summed[x[0] : x[0] + instants]
        return after[:, y[1]] - after[:, y[0]] - before[:, y[1]] + before[:, y[0]]

    whole_x, whole_y = (0, width), (low, low + height)
    if kind == "all":
        return np.log1p(within(whole_x, whole_y))
    pieces_x = tuple(pairwise(_marks(0, width, 3 if kind == "middle_time" else 2)))
    pieces_y = tuple(pairwise(_marks(low, height, 3 if kind == "middle_notes" else 2)))
    if kind == "checks":
        more = within(pieces_x[0], pieces_y[1]) + within(pieces_x[1], pieces_y[0])
        less = within(pieces_x[0], pieces_y[0]) + within(pieces_x[1], pieces_y[1])
    elif kind.endswith("time"):
        more = within(pieces_x[1], whole_y)
        less = within(whole_x, whole_y) - more
    else:
        more = within(whole_x, pieces_y[1])
        less = within(whole_x, whole_y) - more
    return np.log1p(more) - np.log1p(less)


def _marks(start: int, length: int, parts: int) -> list[int]:
    """Return where a length is cut into parts; what does not divide goes to the last."""
    return [start + n * (length // parts) for n in range(parts)] + [start + length]
