"""The bytes of a `frames` signal: when each frame of a video is shown, its PDQ and that hash's quality.

Little-endian records of 37 bytes in the order of the film: 4 milliseconds, 32 PDQ, 1 quality (0 to 100).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ischia.core.signals.hygiene import FEWEST_ONES, LEAST_QUALITY, MOST_ONES

FRAME: Final = np.dtype([("milliseconds", "<u4"), ("pdq", "u1", (32,)), ("quality", "u1")])
FRAME_BITS: Final = 16
MOST_FRAMES: Final = 1 << FRAME_BITS
"""The number of a frame fits beside that of its signal in one id: `row_ids`."""
_BLOCK: Final = 4096
_REGULAR: Final = 2.0

Frames = npt.NDArray[Any]
Values = npt.NDArray[np.uint8]


def pack(milliseconds: npt.NDArray[np.uint32], values: Values, quality: npt.NDArray[np.uint8]) -> bytes:
    """Return the bytes of frames: uint32[n] milliseconds, uint8[n, 32] hashes, uint8[n] qualities.

    Raises ValueError for more than 65,536 frames.
    """
    frames = np.empty(len(values), FRAME)
    frames["milliseconds"], frames["pdq"], frames["quality"] = milliseconds, values, quality
    return unpack(frames.tobytes()).tobytes()


def unpack(data: bytes) -> Frames:
    """Return the frames as a read-only array of `FRAME`; ValueError if the bytes are no whole frames or too many."""
    if len(data) % FRAME.itemsize:
        raise ValueError(f"frames have {FRAME.itemsize} bytes each, {len(data)} is no multiple of that")
    frames = np.frombuffer(data, FRAME) if data else np.empty(0, FRAME)
    if len(frames) > MOST_FRAMES:
        raise ValueError(f"a video has at most {MOST_FRAMES} frames here, this one {len(frames)}: take fewer a second")
    return frames


def row_ids(signal: int, count: int) -> npt.NDArray[np.int64]:
    """Return the ids of a signal's frames in an index, int64[count]: `signal << 16 | frame`."""
    return (signal << FRAME_BITS) + np.arange(count, dtype=np.int64)


def worth_searching(frames: Frames) -> npt.NDArray[np.bool_]:
    """Tell of each frame, bool[n], whether its hash says something: what `hygiene.junk` says of a PDQ, for many."""
    blocks = [_sound(frames[at : at + _BLOCK]) for at in range(0, len(frames), _BLOCK)]
    return np.concatenate([np.empty(0, np.bool_), *blocks])


def _sound(frames: Frames) -> npt.NDArray[np.bool_]:
    values = np.ascontiguousarray(frames["pdq"])
    ones = np.bitwise_count(values).sum(axis=1)
    sound: npt.NDArray[np.bool_] = (ones >= FEWEST_ONES) & (ones <= MOST_ONES) & (frames["quality"] >= LEAST_QUALITY)
    columns = np.packbits(np.unpackbits(values, axis=1).reshape(-1, 16, 16).transpose(0, 2, 1), axis=2).reshape(-1, 32)
    return sound & ~_alike(values) & ~_alike(columns)


def _alike(values: Values) -> npt.NDArray[np.bool_]:
    """Tell whether the 16 lines of a hash are nearly all the same one, or its opposite."""
    lines = np.ascontiguousarray(values).view("<u2")
    differing = np.bitwise_count(lines[:, :, None] ^ lines[:, None, :])
    alike: npt.NDArray[np.bool_] = np.minimum(differing, 16 - differing).mean(axis=(1, 2)) <= _REGULAR
    return alike
