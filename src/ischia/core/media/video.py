"""Films: from any video file, or animated picture, that nobody vouches for to the hashes of sampled frames.

One process, one thread, one frame in memory. Known films are sampled densely and probes sparsely, so that whatever
instants a copy shows, a known frame is near. The first bytes choose the one demuxer that may read the file, codecs are
those of a list, and no file may name another one to be opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Literal, NamedTuple

import numpy as np
from PIL import Image

from ischia.core.media import containers
from ischia.core.media.errors import Reason, Undecodable, decoding
from ischia.core.media.images import FORMATS
from ischia.core.media.video_reader import LEAST_WORK, START, Plane, Rest, VideoLimits, check_pixels, luma, opened
from ischia.core.media.video_taken import STILL_SIDE, STILLS, Taken
from ischia.core.signals import Signal, large
from ischia.core.signals.frames import FRAME, MOST_FRAMES, unpack
from ischia.core.signals.types import FRAMES
from ischia.core.video import BANK, PROBE

__all__ = [
    "DEMUXERS",
    "DENSE",
    "KEYFRAMES_FROM",
    "SPARSE",
    "START",
    "STILLS",
    "STILL_SIDE",
    "WINDOW",
    "Rest",
    "VideoLimits",
    "VideoSample",
    "joined",
    "luma",
    "sample",
]

DEMUXERS: Final = containers.DEMUXERS
"""The media types whose pictures are decoded, and the only demuxer that each may reach."""

DENSE: Final = 0.125
SPARSE: Final = 1.0
"""Seconds from one sampled frame to the next, of a known film and of a probe."""

KEYFRAMES_FROM: Final = 60.0
"""Probes that are longer are looked at by their keyframes alone, if those come often enough."""

WIDEST_GAP: Final = 5.0
WINDOW: Final = 120.0
"""Seconds of a long film that are looked at in one go."""

_ANIMATED: Final = frozenset({"image/gif", "image/webp", "image/png", "image/avif"})
SHORTEST_STEP: Final = 0.25
_LONGEST_STEP: Final = 0.5
_FEWEST: Final = 40
_JITTER: Final = 0.02
_MOST_BYTES: Final = MOST_FRAMES * FRAME.itemsize


@dataclass(frozen=True, slots=True)
class VideoSample:
    """What one film gives: a `frames` signal for each variant, its length, and small planes of instants in seconds.

    `seconds` is the length of the whole film, also when only a part was looked at, and `rest` what of it was not,
    None when its end was reached. `notes` are words from a small set: `keyframes` (only those were looked at),
    `damaged` (parts were skipped), `cut_off` (a limit was reached), `no_pictures` (it is a sound).
    """

    seconds: float
    width: int
    height: int
    every: float
    frames: tuple[Signal, ...] = ()
    stills: tuple[tuple[float, Plane], ...] = ()
    notes: tuple[str, ...] = ()
    rest: Rest | None = None


class _Look(NamedTuple):
    """What is wanted of a film: within which limits, which hashes, from where to which second, how long it may be."""

    limits: VideoLimits
    variants: tuple[str, ...]
    begin: Rest
    end: float
    longest: float


def sample(
    path: Path,
    limits: VideoLimits,
    *,
    dense: bool,
    begin: Rest = START,
    seconds: float | None = None,
    thorough: bool = False,
    longest: float = float("inf"),
) -> VideoSample:
    """Return the hashes of sampled frames, of a known film (`dense`) or of a probe: of all, or `seconds` from `begin`.

    Long films are looked at window by window (`WINDOW`), each beginning at the `rest` of the one before, until there is
    none; `joined` makes one sample of them. Of a film that says it has more seconds than `longest` all is left. A
    `thorough` look at a probe is not content with keyframes. Raises `Undecodable` for whatever the bytes hold,
    `OSError` when the file itself cannot be read.
    """
    end = float("inf") if seconds is None else begin.second + seconds
    look = _Look(limits, BANK if dense else PROBE, begin, end, longest)
    with path.open("rb") as file, decoding():
        media_type = _admit(file, limits)
        if media_type in _ANIMATED:
            return _animated(file, media_type, look, DENSE if dense else SPARSE)
    quick = () if dense or thorough else (_KEYFRAMES,)
    for pace in (*quick, _DENSE if dense else _SPARSE):
        found = _sampled(path, DEMUXERS[media_type], look, pace)
        if found is not None:
            return found
    raise AssertionError("only keyframes can be too few")


def joined(windows: Sequence[VideoSample]) -> VideoSample:
    """Return one sample of a film's windows and of closer looks at it; ValueError when there are none.

    Frames are in the order of the film, one of each instant.
    """
    if not windows:
        raise ValueError("a film has at least one window")
    variants = dict.fromkeys(signal.variant for window in windows for signal in window.frames)
    signals = tuple(_joined(variant, windows) for variant in variants)
    stills = sorted((still for window in windows for still in window.stills), key=lambda still: still[0])
    notes = dict.fromkeys(note for window in windows for note in window.notes)
    if sum(max((len(signal.data) for signal in window.frames), default=0) for window in windows) > _MOST_BYTES:
        notes["cut_off"] = None
    return VideoSample(
        seconds=max(window.seconds for window in windows),
        width=windows[0].width,
        height=windows[0].height,
        every=max(window.every for window in windows),
        frames=signals,
        stills=tuple(stills[:: -(-len(stills) // STILLS) or 1]),
        notes=tuple(notes),
        rest=windows[-1].rest,
    )


def _joined(variant: str, windows: Sequence[VideoSample]) -> Signal:
    data = b"".join(signal.data for window in windows for signal in window.frames if signal.variant == variant)
    frames = unpack(data[:_MOST_BYTES])
    frames = frames[np.unique(frames["milliseconds"], return_index=True)[1]]
    return large(FRAMES, frames.tobytes(), int((frames["quality"] > 0).sum()), variant)


def _admit(file: BinaryIO, limits: VideoLimits) -> str:
    media_type = containers.first_look(file, limits.max_bytes)
    if media_type is None or media_type not in DEMUXERS.keys() | _ANIMATED:
        raise Undecodable(Reason.UNSUPPORTED, f"{media_type or 'this file'} is no film that is decoded")
    return media_type


def _animated(file: BinaryIO, media_type: str, look: _Look, every: float) -> VideoSample:
    """Sample an animated picture, which is looked at in one go; its pictures build on each other."""
    taken, limits = Taken(look.variants), look.limits
    instant, due, every = 0.0, look.begin.second, min(every, _LONGEST_STEP)
    notes: tuple[str, ...] = ()
    rest = None
    with Image.open(file, formats=[FORMATS[media_type]]) as image:
        width, height = image.size
        check_pixels(width, height, limits)
        most = limits.max_work // max(LEAST_WORK, width * height)
        for number in range(int(getattr(image, "n_frames", 1))):
            if number > most or instant > limits.max_seconds:
                notes = ("cut_off",)
                break
            if instant >= look.end:
                rest = Rest(instant)
                break
            image.seek(number)
            image.load()  # WebP and AVIF say only then how long a frame is shown.
            if instant >= due:
                taken.add(instant, np.asarray(image.convert("L")))
                due = instant + every
            instant += max(0.02, float(image.info.get("duration", 100)) / 1000)
    signals = taken.signals()
    return VideoSample(instant, width, height, every, signals, tuple(taken.stills), notes, rest)


class _Pace(NamedTuple):
    """Seconds from one sampled frame to the next, and which frames the decoder skips, in FFmpeg's words."""

    every: float
    skipped: Literal["DEFAULT", "NONREF", "NONKEY"]


_DENSE: Final = _Pace(DENSE, "DEFAULT")
_SPARSE: Final = _Pace(SPARSE, "NONREF")
_KEYFRAMES: Final = _Pace(SPARSE, "NONKEY")


def _sampled(path: Path, demuxer: str, look: _Look, pace: _Pace) -> VideoSample | None:
    """Sample a film; by keyframes alone None where there are too few of them, or the film is short."""
    every, keyframes, begin = pace.every, pace is _KEYFRAMES, look.begin
    taken = Taken(look.variants)
    with opened(path, demuxer, look.limits) as film:
        if film is None:
            return VideoSample(0.0, 0, 0, every, notes=("no_pictures",))
        length, shown = film.seconds, film.stream.codec_context
        if length > look.longest:
            return VideoSample(length, shown.width, shown.height, every, rest=begin)
        if keyframes and max(length, begin.second) < KEYFRAMES_FROM:
            return None
        shown.skip_frame = pace.skipped
        if pace is _SPARSE:
            end = look.end if begin.second else min(length, look.end)
            every = min(every, max(SHORTEST_STEP, (end - begin.second) / _FEWEST))
        due, instants = 0.0, [begin.second]
        for instant, frame in film.frames(begin, look.end):
            instants.append(instant)
            if instant >= due:
                taken.add(instant, luma(frame))
                due = instant + every - _JITTER
        widest = float(np.median(np.diff(instants))) if len(instants) > 2 else float("inf")
        if keyframes and widest > WIDEST_GAP:
            return None
        signals, notes = taken.signals(), film.notes
        if taken.full or (film.rest and look.end == float("inf")):
            notes["cut_off"] = None
        seconds, step = max(length, taken.last), max(every, widest) if keyframes else every
        told = ("keyframes", *notes) if keyframes else tuple(notes)
        return VideoSample(seconds, shown.width, shown.height, step, signals, tuple(taken.stills), told, film.rest)
