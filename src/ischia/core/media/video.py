"""Films: from any video file, or animated picture, that nobody vouches for to the hashes of sampled frames.

One process, one thread, one frame in memory. Known films are sampled densely and probes sparsely, so that whatever
instants a copy shows, a known frame is near. The first bytes choose the one demuxer that may read the file, codecs are
those of a list, and no file may name another one to be opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from ischia.core.media import containers
from ischia.core.media.errors import Reason, Undecodable, decoding
from ischia.core.media.images import FORMATS
from ischia.core.signals import Signal, large
from ischia.core.signals.frames import FRAME, MOST_FRAMES, pack, unpack
from ischia.core.signals.types import FRAMES
from ischia.core.video import BANK, BLOCK, INSIDE, PROBE, FrameHashes, hashes_of, inside
from ischia.core.vision import Rectangle, reduced

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

DEMUXERS: Final = {
    **containers.DEMUXERS,
    "video/mp2t": "mpegts",
    "video/ogg": "ogg",
}
"""The media types whose pictures are decoded, and the only demuxer that each may reach."""

CODECS: Final = (
    "h264", "hevc", "libdav1d", "av1", "vp8", "vp9", "libvpx", "libvpx-vp9", "mpeg4", "mpeg2video", "mpeg1video",
    "h263", "flv", "theora", "mjpeg", "msmpeg4v3", "msmpeg4v2", "vc1", "wmv2", "prores", "rawvideo", "ffv1", "png",
)  # fmt: skip
"""FFmpeg's names of the decoders that may run."""

DENSE: Final = 0.125
SPARSE: Final = 1.0
"""Seconds from one sampled frame to the next, of a known film and of a probe."""

KEYFRAMES_FROM: Final = 60.0
"""Probes that are longer are looked at by their keyframes alone, if those come often enough."""

WIDEST_GAP: Final = 5.0
WINDOW: Final = 600.0
"""Seconds of a film that are looked at in one go, where somebody waits for news of it."""

STILLS: Final = 12
STILL_SIDE: Final = 160
ALIKE: Final = 4
STANDS: Final = 0.95

_PLANAR: Final = frozenset(
    {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "yuv410p", "yuv411p", "nv12", "nv21", "gray"}
)
_ANIMATED: Final = frozenset({"image/gif", "image/webp", "image/png", "image/avif"})
SHORTEST_STEP: Final = 0.25
_LONGEST_STEP: Final = 0.5
_FEWEST: Final = 40
_JITTER: Final = 0.02
_BACK: Final = 1.0
_MOST_BYTES: Final = MOST_FRAMES * FRAME.itemsize
_MOST_DAMAGED: Final = 200

Plane = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """What one film may cost: bytes in the file, pixels of a frame, seconds that are looked at, frames decoded."""

    max_bytes: int = 4 * 1024**3
    max_pixels: int = 36_000_000
    max_seconds: float = 4 * 3_600.0
    max_decoded: int = 1_000_000


@dataclass(frozen=True, slots=True)
class VideoSample:
    """What one film gives: a `frames` signal for each variant, its length, and small planes of instants in seconds.

    `seconds` is the length of the whole film, also when only a part was looked at. `notes` are words from a small set:
    `keyframes` (only those were looked at), `damaged` (parts were skipped), `cut_off` (a limit was reached).
    """

    seconds: float
    width: int
    height: int
    every: float
    frames: tuple[Signal, ...]
    stills: tuple[tuple[float, Plane], ...] = ()
    notes: tuple[str, ...] = ()


class _Look(NamedTuple):
    """What is wanted of a film: within which limits, which hashes, from which second up to which."""

    limits: VideoLimits
    variants: tuple[str, ...]
    start: float
    end: float


@dataclass(slots=True)
class _Taken:
    """What is kept of the frames so far."""

    variants: tuple[str, ...]
    instants: list[float] = field(default_factory=list)
    hashes: list[FrameHashes] = field(default_factory=list)
    waiting: list[tuple[float, Plane]] = field(default_factory=list)
    stills: list[tuple[float, Plane]] = field(default_factory=list)
    spacing: int = 1
    seen: int = 0
    last: float = 0.0
    full: bool = False

    def add(self, instant: float, plane: Plane) -> None:
        """Take a frame; those of a block wait for each other, so that what moves in them is seen."""
        self.last = instant
        self.waiting.append((instant, reduced(plane)))
        if len(self.waiting) == (BLOCK if INSIDE in self.variants else 1):
            self._hash_waiting()

    def _hash_waiting(self) -> None:
        box = inside([plane for _, plane in self.waiting]) if INSIDE in self.variants else None
        for instant, plane in self.waiting:
            self._hash(instant, plane, box)
        self.waiting.clear()

    def _hash(self, instant: float, small: Plane, box: Rectangle | None) -> None:
        """Keep a frame's hashes; of a scene that stands still one a second, by which films are still lined up."""
        hashes = hashes_of(small, self.variants, box)
        still = self.hashes and _alike(self.hashes[-1].values[0], hashes.values[0])
        if still and instant - self.instants[-1] < STANDS:
            return
        if len(self.hashes) < MOST_FRAMES:
            self.instants.append(instant)
            self.hashes.append(hashes)
            self._keep_still(instant, small)
        else:
            self.full = True

    def _keep_still(self, instant: float, plane: Plane) -> None:
        """Keep evenly spread stills: when there are too many, every second one goes, and half as many come."""
        if self.seen % self.spacing == 0:
            self.stills.append((instant, reduced(plane, side=STILL_SIDE)))
            if len(self.stills) > STILLS:
                self.stills, self.spacing = self.stills[::2], self.spacing * 2
        self.seen += 1

    def signals(self) -> tuple[Signal, ...]:
        """Return the `frames` signal of each variant that has frames with detail; its quality is how many those are."""
        self._hash_waiting()
        if not self.hashes:
            return ()
        instants = np.round(np.array(self.instants) * 1000).astype(np.uint32)
        values = np.stack([each.values for each in self.hashes], axis=1)
        qualities = np.stack([each.qualities for each in self.hashes], axis=1)
        return tuple(
            large(FRAMES, pack(instants, values[place], qualities[place]), int((qualities[place] > 0).sum()), variant)
            for place, variant in enumerate(self.variants)
            if qualities[place].any()
        )


def _alike(a: Plane, b: Plane) -> bool:
    return int(np.bitwise_count(a ^ b).sum()) <= ALIKE


def sample(
    path: Path,
    limits: VideoLimits,
    *,
    dense: bool,
    start: float = 0.0,
    seconds: float | None = None,
    thorough: bool = False,
) -> VideoSample:
    """Return the hashes of sampled frames, of a known film (`dense`) or of a probe: of all, or `seconds` from `start`.

    Long films are looked at window by window (`WINDOW`), until `start` reaches the sample's length; `joined` makes one
    sample of them. A `thorough` look at a probe is not content with keyframes. Raises `Undecodable` for whatever the
    bytes hold, `OSError` when the file itself cannot be read.
    """
    end = float("inf") if seconds is None else start + seconds
    look = _Look(limits, BANK if dense else PROBE, start, end)
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
    """Return one sample of a film's windows, in the order of the film; ValueError when there are none."""
    if not windows:
        raise ValueError("a film has at least one window")
    variants = dict.fromkeys(signal.variant for window in windows for signal in window.frames)
    signals = tuple(_joined(variant, windows) for variant in variants)
    stills = [still for window in windows for still in window.stills]
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
    )


def _joined(variant: str, windows: Sequence[VideoSample]) -> Signal:
    data = b"".join(signal.data for window in windows for signal in window.frames if signal.variant == variant)
    frames = unpack(data[:_MOST_BYTES])
    frames = frames[np.argsort(frames["milliseconds"], kind="stable")]
    return large(FRAMES, frames.tobytes(), int((frames["quality"] > 0).sum()), variant)


def _admit(file: BinaryIO, limits: VideoLimits) -> str:
    media_type = containers.first_look(file, limits.max_bytes)
    if media_type is None or media_type not in DEMUXERS.keys() | _ANIMATED:
        raise Undecodable(Reason.UNSUPPORTED, f"{media_type or 'this file'} is no film that is decoded")
    return media_type


def _animated(file: BinaryIO, media_type: str, look: _Look, every: float) -> VideoSample:
    taken, limits = _Taken(look.variants), look.limits
    instant, due, every = 0.0, look.start, min(every, _LONGEST_STEP)
    with Image.open(file, formats=[FORMATS[media_type]]) as image:
        width, height = image.size
        _check_pixels(width, height, limits)
        for number in range(min(int(getattr(image, "n_frames", 1)), limits.max_decoded)):
            image.seek(number)
            image.load()  # WebP and AVIF say only then how long a frame is shown.
            if due <= instant < look.end:
                taken.add(instant, np.asarray(image.convert("L")))
                due = instant + every
            instant += max(0.02, float(image.info.get("duration", 100)) / 1000)
            if instant > limits.max_seconds:
                break
    signals = taken.signals()
    return VideoSample(instant, width, height, every, signals, tuple(taken.stills))


def _check_pixels(width: int, height: int, limits: VideoLimits) -> None:
    if not 0 < width * height <= limits.max_pixels:
        raise Undecodable(Reason.TOO_MANY_PIXELS, f"{width} x {height} pixels, at most {limits.max_pixels} are decoded")


class _Pace(NamedTuple):
    """Seconds from one sampled frame to the next, and which frames the decoder skips, in FFmpeg's words."""

    every: float
    skipped: Literal["DEFAULT", "NONREF", "NONKEY"]


_DENSE: Final = _Pace(DENSE, "DEFAULT")
_SPARSE: Final = _Pace(SPARSE, "NONREF")
_KEYFRAMES: Final = _Pace(SPARSE, "NONKEY")


def _sampled(path: Path, demuxer: str, look: _Look, pace: _Pace) -> VideoSample | None:
    """Sample a film; by keyframes alone None where there are too few of them, or the film is short."""
    every, keyframes = pace.every, pace is _KEYFRAMES
    notes = {"keyframes": None} if keyframes else {}
    taken = _Taken(look.variants)
    with _opened(path, demuxer, look.limits) as (container, stream):
        length = _length(container, stream)
        if keyframes and length < KEYFRAMES_FROM:
            return None
        stream.codec_context.skip_frame = pace.skipped
        if pace is _SPARSE:
            every = min(every, max(SHORTEST_STEP, (min(length, look.end) - look.start) / _FEWEST))
        due, instants = 0.0, [look.start]
        for instant, frame in _frames(container, stream, look, notes):
            instants.append(instant)
            if instant >= due:
                taken.add(instant, luma(frame))
                due = instant + every - _JITTER
        widest = float(np.median(np.diff(instants))) if len(instants) > 2 else float("inf")
        if keyframes and widest > WIDEST_GAP:
            return None
        signals = taken.signals()
        if taken.full:
            notes["cut_off"] = None
        seconds = max(length, taken.last)
        shown = stream.codec_context
        step = max(every, widest) if keyframes else every
        return VideoSample(seconds, shown.width, shown.height, step, signals, tuple(taken.stills), tuple(notes))


def _length(container: InputContainer, stream: VideoStream) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / 1_000_000 if container.duration else 0.0


@contextmanager
def _opened(path: Path, demuxer: str, limits: VideoLimits) -> Iterator[tuple[InputContainer, VideoStream]]:
    av = containers.library()
    with path.open("rb") as file, decoding():
        try:
            with containers.container(file, demuxer, CODECS) as container:
                stream = next((each for each in container.streams.video if each.codec_context is not None), None)
                if stream is None:
                    raise Undecodable(Reason.UNSUPPORTED, "the file has no pictures that are decoded")
                if stream.codec_context.width and stream.codec_context.height:
                    _check_pixels(stream.codec_context.width, stream.codec_context.height, limits)
                containers.one_thread(stream)
                yield container, stream
        except av.FFmpegError as error:
            raise Undecodable(Reason.DECODER_ERROR, f"the film could not be opened: {error.strerror}") from None


def _frames(
    container: InputContainer, stream: VideoStream, look: _Look, notes: dict[str, None]
) -> Iterator[tuple[float, VideoFrame]]:
    """Yield the frames of a look with their instants in seconds, as far as its limits go."""
    clock, limits = _Clock(stream), look.limits
    if look.start > 0:
        _seek(container, stream, clock, look.start)
    for number, frame in enumerate(_decoded(container, stream, notes, needed=not look.start)):
        instant = clock.instant(frame)
        if number >= limits.max_decoded or instant > limits.max_seconds:
            notes["cut_off"] = None
            return
        if instant >= look.end:
            return
        _check_pixels(frame.width, frame.height, limits)
        if instant >= look.start:
            yield instant, frame


def _decoded(
    container: InputContainer, stream: VideoStream, notes: dict[str, None], *, needed: bool
) -> Iterator[VideoFrame]:
    """Yield what can be decoded; skip what cannot, and stop where nearly nothing can."""
    from av import FFmpegError

    damaged, decoded, cause = 0, 0, "it has none"
    packets = container.demux(stream)
    while damaged < _MOST_DAMAGED:
        try:
            packet = next(packets, None)
            if packet is None:
                break
            for frame in packet.decode():
                decoded += 1
                yield frame
        except EOFError:
            break
        except FFmpegError as error:
            damaged += 1
            notes["damaged"] = None
            cause = error.strerror or cause
    if not decoded and needed:
        raise Undecodable(Reason.DECODER_ERROR, f"no picture of the film could be decoded: {cause}")


class _Clock:
    """Seconds since a film's first frame, which never go back: streams that were joined begin anew in the middle."""

    def __init__(self, stream: VideoStream) -> None:
        self._step = 1 / min(max(float(stream.average_rate or 25), 1.0), 240.0)
        self._first: float | None = None
        self._last = 0.0

    def instant(self, frame: VideoFrame) -> float:
        """Return when a frame is shown; one that does not say so comes right after the last."""
        if self._first is None:
            self._first = frame.time or 0.0
        instant = self._last + self._step if frame.time is None else frame.time - self._first
        if instant < self._last - _BACK:
            self._first -= self._last - instant
        self._last = max(self._last, instant)
        return self._last


def _seek(container: InputContainer, stream: VideoStream, clock: _Clock, start: float) -> None:
    """Go to the keyframe before `start`, counted from the first frame that can be decoded."""
    from av import FFmpegError

    with suppress(FFmpegError, OverflowError):  # Where it cannot be done, all before is decoded and thrown away.
        first = next(container.decode(stream), None)
        if first is not None and stream.time_base:
            clock.instant(first)
            container.seek(int(((first.time or 0.0) + start) / float(stream.time_base)), stream=stream)


def luma(frame: VideoFrame) -> Plane:
    """Return a frame's luma, uint8[height, width], as it is coded where that is a plane of bytes."""
    if frame.format.name in _PLANAR:
        plane: Any = frame.planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        return np.ascontiguousarray(rows[: frame.height, : frame.width])
    return np.ascontiguousarray(frame.reformat(format="gray").to_ndarray())
