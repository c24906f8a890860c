"""The frames of a film, one at a time: where a look begins, how far it may go, and where the next one goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ischia.core.media import containers
from ischia.core.media.errors import Reason, Undecodable, decoding

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

CODECS: Final = (
    "h264", "hevc", "libdav1d", "av1", "vp8", "vp9", "libvpx", "libvpx-vp9", "mpeg4", "mpeg2video", "mpeg1video",
    "h263", "flv", "theora", "mjpeg", "msmpeg4v3", "msmpeg4v2", "vc1", "wmv2", "prores", "rawvideo", "ffv1", "png",
)  # fmt: skip
"""FFmpeg's names of the decoders that may run."""

LEAST_WORK: Final = 1 << 16
"""Pixels that a frame counts for at least, since the smallest one costs something."""

_PLANAR: Final = frozenset(
    {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "yuv410p", "yuv411p", "nv12", "nv21", "gray"}
)
_BY_BYTES: Final = frozenset({"mpegts", "mpeg"})
"""Streams without an index, whose clock may begin anew anywhere: what follows is found by its place in the file."""

_BACK: Final = 1.0
_MOST_DAMAGED: Final = 200

Plane = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """What a film may cost: bytes in the file, pixels of a frame, seconds of it, and pixels decoded in one look."""

    max_bytes: int = 4 * 1024**3
    max_pixels: int = 36_000_000
    max_seconds: float = 4 * 3_600.0
    max_work: int = 8_000_000_000


class Rest(NamedTuple):
    """Where a look ended and the next one goes on: a second of the film, and the keyframe before it.

    `byte` is where in the file that keyframe stands, -1 where films are searched by time.
    """

    second: float = 0.0
    keyframe: float = 0.0
    byte: int = -1


START: Final = Rest()


@dataclass
class Reader:
    """A film that is open: `frames` yields what it shows, and `rest` says afterwards what is left of it, if anything.

    `notes` are those of a sample.
    """

    container: InputContainer
    stream: VideoStream
    limits: VideoLimits
    notes: dict[str, None] = field(default_factory=dict)
    rest: Rest | None = None
    _key: Rest = START
    _places: dict[int, int] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """How long the film is by its header; 0 when that does not say."""
        if self.stream.duration and self.stream.time_base:
            return float(self.stream.duration * self.stream.time_base)
        return self.container.duration / 1_000_000 if self.container.duration else 0.0

    def frames(self, begin: Rest, end: float) -> Iterator[tuple[float, VideoFrame]]:
        """Yield frames with their instants in seconds, from where `begin` says up to `end` or as far as limits go."""
        clock, work, limits = _Clock(self.stream), 0, self.limits
        self._key = begin
        self._go_to(begin, clock)
        for frame in self._decoded(needed=begin.second <= 0):
            instant = clock.instant(frame)
            self._remember(frame, instant)
            if instant > limits.max_seconds:
                self.notes["cut_off"] = None
                return
            if instant >= end or work > limits.max_work:
                self._leave(begin, instant, clock)
                return
            check_pixels(frame.width, frame.height, limits)
            work += max(LEAST_WORK, frame.width * frame.height)
            if instant >= begin.second:
                yield instant, frame

    def _remember(self, frame: VideoFrame, instant: float) -> None:
        place = self._places.get(frame.pts or 0) if frame.key_frame else None
        if place is not None:
            self._key = Rest(instant, instant, place)
            self._places.clear()

    def _leave(self, begin: Rest, instant: float, clock: _Clock) -> None:
        """Say where the next look goes on, unless that would be no further, or is not to be found by time."""
        by_bytes = self.container.format.name in _BY_BYTES
        if instant <= begin.second or (by_bytes and self._key.byte < 0) or (clock.began_anew and not by_bytes):
            self.notes["cut_off"] = None
        else:
            self.rest = Rest(instant, self._key.keyframe, self._key.byte) if by_bytes else Rest(instant)

    def _go_to(self, begin: Rest, clock: _Clock) -> None:
        """Go to the keyframe before a second, counted from the first frame that can be decoded."""
        from av import FFmpegError

        if begin.byte >= 0:
            clock.begin(begin.keyframe)
            self.container.seek(begin.byte, unsupported_byte_offset=True)
        elif begin.second > 0:
            with suppress(
                FFmpegError, OverflowError
            ):  # Where it cannot be done, all before is decoded and thrown away.
                first = next(self.container.decode(self.stream), None)
                if first is not None and self.stream.time_base:
                    clock.instant(first)
                    place = int(((first.time or 0.0) + begin.second) / float(self.stream.time_base))
                    self.container.seek(place, stream=self.stream)

    def _decoded(self, *, needed: bool) -> Iterator[VideoFrame]:
        """Yield what can be decoded; skip what cannot, and stop where nearly nothing can."""
        from av import FFmpegError

        damaged, decoded, cause = 0, 0, "it has none"
        packets = self.container.demux(self.stream)
        while damaged < _MOST_DAMAGED:
            try:
                packet = next(packets, None)
                if packet is None:
                    break
                self._note_place(packet)
                for frame in packet.decode():
                    decoded += 1
                    yield frame
            except EOFError:
                break
            except FFmpegError as error:
                damaged += 1
                self.notes["damaged"] = None
                cause = error.strerror or cause
        if damaged >= _MOST_DAMAGED:
            self.notes["cut_off"] = None
        if not decoded and needed:
            raise Undecodable(Reason.DECODER_ERROR, f"no picture of the film could be decoded: {cause}")

    def _note_place(self, packet: Packet[VideoStream]) -> None:
        if packet.is_keyframe and packet.pts is not None and packet.pos is not None and packet.pos >= 0:
            self._places[packet.pts] = packet.pos


class _Clock:
    """Seconds since a film's first frame, which never go back: streams that were joined begin anew in the middle."""

    def __init__(self, stream: VideoStream) -> None:
        self._step = 1 / min(max(float(stream.average_rate or 25), 1.0), 240.0)
        self._first: float | None = None
        self._last = 0.0
        self.began_anew = False

    def begin(self, instant: float) -> None:
        """Take the next frame for the one at this instant."""
        self._last = instant

    def instant(self, frame: VideoFrame) -> float:
        """Return when a frame is shown; one that does not say so comes right after the last."""
        if self._first is None:
            self._first = (frame.time or 0.0) - self._last
        instant = self._last + self._step if frame.time is None else frame.time - self._first
        if instant < self._last - _BACK:
            self._first -= self._last - instant
            self.began_anew = True
        self._last = max(self._last, instant)
        return self._last


@contextmanager
def opened(path: Path, demuxer: str, limits: VideoLimits) -> Iterator[Reader | None]:
    """Open a film's first track of pictures; None when it is a sound, whose cover is no film.

    Raises `Undecodable`, or `OSError` when the file itself cannot be read.
    """
    av = containers.library()
    with path.open("rb") as file, decoding():
        try:
            with containers.container(file, demuxer, CODECS) as container:
                covers = av.stream.Disposition.attached_pic
                tracks = [each for each in container.streams.video if not each.disposition & covers]
                stream = next((each for each in tracks if each.codec_context is not None), None)
                if tracks and stream is None:
                    raise Undecodable(Reason.UNSUPPORTED, "the file has no pictures that are decoded")
                if stream is None:
                    yield None
                    return
                if stream.codec_context.width and stream.codec_context.height:
                    check_pixels(stream.codec_context.width, stream.codec_context.height, limits)
                containers.one_thread(stream)
                yield Reader(container, stream, limits)
        except av.FFmpegError as error:
            raise Undecodable(Reason.DECODER_ERROR, f"the film could not be opened: {error.strerror}") from None


def check_pixels(width: int, height: int, limits: VideoLimits) -> None:
    """Raise `Undecodable` for frames that are larger than is allowed, or have no size."""
    if not 0 < width * height <= limits.max_pixels:
        raise Undecodable(Reason.TOO_MANY_PIXELS, f"{width} x {height} pixels, at most {limits.max_pixels} are decoded")


def luma(frame: VideoFrame) -> Plane:
    """Return a frame's luma, uint8[height, width], as it is coded where that is a plane of bytes."""
    if frame.format.name in _PLANAR:
        plane: Any = frame.planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        return np.ascontiguousarray(rows[: frame.height, : frame.width])
    return np.ascontiguousarray(frame.reformat(format="gray").to_ndarray())
