"""Films for tests: a camera that pans over one scene of seeded blocks after the other, written by PyAV."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

Plane = npt.NDArray[np.uint8]
HEIGHT, WIDTH, RATE = 120, 160, 8

CONTAINERS = {
    "mp4": ("mp4", "mpeg4"),
    "mov": ("mov", "libx264"),
    "mkv": ("matroska", "libx264"),
    "webm": ("webm", "libvpx"),
    "avi": ("avi", "mpeg4"),
    "flv": ("flv", "flv"),
    "ts": ("mpegts", "mpeg2video"),
    "mpeg": ("mpeg", "mpeg1video"),
    "ogv": ("ogg", "libvpx"),
}
"""FFmpeg's container and encoder, by the ending of the file."""


@cache
def scene(seed: int) -> Plane:
    """Smooth shapes of many sizes, which no other seed has, larger than a frame."""
    random = np.random.default_rng(seed)
    total = np.zeros((180, 240))
    for cells in (4, 9, 20, 45):
        small = Image.fromarray(random.uniform(-1, 1, (cells, cells)).astype(np.float32))
        total += np.asarray(small.resize((240, 180), Image.Resampling.BICUBIC)) / np.log(cells)
    return np.interp(total, (total.min(), total.max()), (20, 235)).astype(np.uint8)


def moment(seconds: float, seed: int = 0) -> Plane:
    """What a film shows: two seconds of each scene, over which the camera moves."""
    number, within = int(seconds // 2), seconds % 2
    left = int(10 + 30 * within)
    return scene(100 * seed + number)[30 : 30 + HEIGHT, left : left + WIDTH]


def shown(
    start: float = 0.0, end: float = 12.0, *, seed: int = 0, edit: Callable[[Plane], Plane] | None = None
) -> list[Plane]:
    frames = [moment(number / RATE, seed) for number in range(int(start * RATE), int(end * RATE))]
    return [edit(frame) for frame in frames] if edit else frames


def written(
    path: Path,
    frames: Iterable[Plane],
    *,
    container: str = "mp4",
    codec: str = "mpeg4",
    rate: int = RATE,
    gop: int = 12,
) -> Path:
    """Write a film of grey planes of even height and width."""
    with av.open(str(path), "w", format=container) as target:
        stream: Any = None
        for frame in frames:
            if stream is None:
                stream = target.add_stream(codec, rate=rate if codec not in {"mpeg1video", "mpeg2video"} else 25)
                stream.height, stream.width, stream.pix_fmt = *frame.shape, "yuv420p"
                stream.bit_rate, stream.thread_count, stream.gop_size = 2_000_000, 1, gop
            target.mux(stream.encode(av.VideoFrame.from_ndarray(np.stack([frame] * 3, axis=-1), "rgb24")))
        target.mux(stream.encode(None))
    return path
