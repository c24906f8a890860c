"""Sound: from any audio or video file that nobody vouches for to mono samples and a `sound` signal.

One process, one thread, bounded memory: hour-long files go through window by window. The first bytes choose the one
demuxer that may read the file, codecs are those of a list, and no file may name another one to be opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from ischia.core.media import containers
from ischia.core.media.errors import Reason, Undecodable
from ischia.core.signals import Signal
from ischia.core.sound import RATE, Printer, Samples

if TYPE_CHECKING:
    from av import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

DEMUXERS: Final = {
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
    "audio/flac": "flac",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/aiff": "aiff",
    **containers.DEMUXERS,
}
"""The media types whose sound is decoded, and the only demuxer that each may reach."""

CODECS: Final = (
    "aac",
    "aac_latm",
    "ac3",
    "adpcm_ima_wav",
    "adpcm_ms",
    "alac",
    "amrnb",
    "amrwb",
    "eac3",
    "flac",
    "mp2",
    "mp2float",
    "mp3",
    "mp3float",
    "opus",
    "pcm_alaw",
    "pcm_f32be",
    "pcm_f32le",
    "pcm_f64be",
    "pcm_f64le",
    "pcm_mulaw",
    "pcm_s16be",
    "pcm_s16le",
    "pcm_s24be",
    "pcm_s24le",
    "pcm_s32be",
    "pcm_s32le",
    "pcm_s8",
    "pcm_u8",
    "speex",
    "vorbis",
)
"""FFmpeg's names of the decoders that may run."""

WINDOW: Final = 120.0
"""Seconds that are held in memory at once."""

_WITH_AN_INDEX: Final = frozenset({"wav", "aiff", "flac", "mov", "matroska"})
_SLOWEST, _FASTEST = 4_000, 384_000
_MOST_DAMAGED: Final = 200
_OPPOSITE: Final = 0.1


@dataclass(frozen=True, slots=True)
class SoundLimits:
    """What one sound may cost: bytes in the file, seconds that are decoded, channels that are mixed."""

    max_bytes: int = 4 * 1024 * 1024 * 1024
    max_seconds: float = 4 * 3_600.0
    max_channels: int = 32


@dataclass(frozen=True, slots=True)
class Pcm:
    """A stretch of sound: int16[n] mono samples at 11,025 Hz, the second at which it begins, whether more follows.

    `notes` are words from a small set: `damaged` (parts were skipped), `channels_opposed` (left and right cancel each
    other out, so the louder one stands for both), `cut_off` (the limit of seconds was reached).
    """

    samples: Samples
    start: float
    more: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SoundSignals:
    """What one sound gives: its signal, the seconds that were heard, and how it came about.

    There is no signal when nothing in it can be recognised; `notes` then say why: `no_sound_track`, `too_short` or
    `silent`. Others are those of `Pcm`.
    """

    sound: Signal | None
    seconds: float
    notes: tuple[str, ...]


def sound_signals(path: Path, limits: SoundLimits) -> SoundSignals:
    """Return the `sound` signal of an audio file or of a video's sound track, the first one that can be decoded.

    Raises `Undecodable` for whatever the bytes hold, `OSError` when the file itself cannot be read.
    """
    with _opened(path, limits) as track:
        if track is None:
            return SoundSignals(None, 0.0, ("no_sound_track",))
        printer, notes = Printer(), dict[str, None]()
        for pcm in track.windows(0.0, WINDOW):
            printer.add(pcm.samples)
            notes.update(dict.fromkeys(pcm.notes))
    sound = printer.sound()
    if not len(sound.words):
        notes["too_short"] = None
    elif not sound.counts.any():
        notes["silent"] = None
    return SoundSignals(sound.signal() if sound.counts.any() else None, sound.seconds, tuple(notes))


def decode(path: Path, limits: SoundLimits, *, start: float = 0.0, seconds: float = WINDOW) -> Pcm | None:
    """Return at most `seconds` of a file's sound from `start` on; None when it is a file without a sound track.

    A start behind the end gives no samples. Raises as `sound_signals` does.
    """
    with _opened(path, limits) as track:
        if track is None:
            return None
        return next(track.windows(start, seconds), Pcm(np.empty(0, np.int16), start, more=False))


@dataclass(frozen=True)
class _Track:
    container: InputContainer
    stream: AudioStream
    limits: SoundLimits
    seeks: bool

    def windows(self, start: float, seconds: float) -> Iterator[Pcm]:
        """Yield the sound in stretches of `seconds` from `start` on, at least one sample in each."""
        notes: dict[str, None] = {}
        size, most = max(1, round(seconds * RATE)), round(self.limits.max_seconds * RATE)
        held: list[npt.NDArray[np.int16]] = []
        length, done = 0, round(start * RATE)
        for piece in self._from(start, notes):
            held.append(piece[: max(0, most - done - length)])
            length += len(held[-1])
            if length >= size:
                whole = np.concatenate(held)
                for at in range(0, length - size + 1, size):
                    yield self._window(whole[at : at + size], done, notes, more=True)
                    done += size
                held = [whole[length - length % size :]]
                length %= size
            if done + length >= most:
                notes["cut_off"] = None
                break
        if length:
            yield self._window(np.concatenate(held), done, notes, more=False)

    def _window(self, stereo: npt.NDArray[np.int16], at: int, notes: dict[str, None], *, more: bool) -> Pcm:
        mono, opposed = mixed(stereo)
        said = {**notes, "channels_opposed": None} if opposed else notes
        return Pcm(mono, at / RATE, more, tuple(said))

    def _from(self, start: float, notes: dict[str, None]) -> Iterator[npt.NDArray[np.int16]]:
        """Yield int16[n, 2] at `RATE` from a second on."""
        frames = self._frames(notes)
        skip = start
        if start and self.seeks:
            self.container.seek(max(0, round((start - 1) * 1_000_000)))
            if (first := next(frames, None)) is None:
                return
            skip = start - self._second(first)
            frames = chain([first], frames)
        left = max(0, round(skip * RATE))
        for piece in resampled(frames):
            if left < len(piece):
                yield piece[left:]
            left = max(0, left - len(piece))

    def _second(self, frame: AudioFrame) -> float:
        began = float((self.stream.start_time or 0) * (self.stream.time_base or 0))
        return (frame.time or 0.0) - began

    def _frames(self, notes: dict[str, None]) -> Iterator[AudioFrame]:
        """Yield what can be decoded; skip what cannot, and stop where nearly nothing can."""
        from av import FFmpegError

        damaged, heard = 0, False
        packets = self.container.demux(self.stream)
        while damaged < _MOST_DAMAGED:
            try:
                packet = next(packets, None)
                if packet is None:
                    break
                for frame in packet.decode():
                    self._check(frame)
                    heard = True
                    yield frame
            except EOFError:
                break
            except FFmpegError as error:
                damaged += 1
                notes["damaged"] = None
                cause = error
        if not heard and damaged:
            raise Undecodable(Reason.DECODER_ERROR, f"nothing of the sound could be decoded: {cause.strerror}")

    def _check(self, frame: AudioFrame) -> None:
        _check_form(frame.layout.nb_channels, frame.sample_rate, self.limits)


def resampled(frames: Iterator[AudioFrame]) -> Iterator[npt.NDArray[np.int16]]:
    """Yield the frames as int16[n, 2] at 11,025 Hz, whatever their form, which may change on the way."""
    form, graph = None, None
    for frame in frames:
        this = (frame.format.name, frame.layout.name, frame.sample_rate)
        if graph is None or this != form:
            if graph is not None:
                yield from _pulled(graph, None)
            form, graph = this, _graph(frame)
        frame.pts = None
        yield from _pulled(graph, frame)
    if graph is not None:
        yield from _pulled(graph, None)


def _graph(frame: AudioFrame) -> Any:
    from av.filter import Graph

    layout = "mono" if frame.layout.nb_channels == 1 else "stereo"
    graph = Graph()
    graph.threads = 1
    graph.link_nodes(
        graph.add_abuffer(
            sample_rate=frame.sample_rate,
            format=frame.format.name,
            layout=frame.layout.name,
            time_base=_fraction(frame.sample_rate),
        ),
        # FFmpeg would make one channel 3 dB softer for each of two loudspeakers.
        graph.add("aformat", sample_rates=str(RATE), sample_fmts="s16", channel_layouts=layout),
        graph.add("abuffersink"),
    ).configure()
    return graph


def _fraction(rate: int) -> Any:
    from fractions import Fraction

    return Fraction(1, rate)


def _pulled(graph: Any, frame: AudioFrame | None) -> Iterator[npt.NDArray[np.int16]]:
    from av.error import BlockingIOError as NothingYet

    graph.push(frame)
    while True:
        try:
            pulled = graph.pull()
            yield (
                pulled.to_ndarray().reshape(-1, pulled.layout.nb_channels).repeat(3 - pulled.layout.nb_channels, axis=1)
            )
        except (NothingYet, EOFError):
            return


def mixed(stereo: npt.NDArray[np.int16]) -> tuple[Samples, bool]:
    """Return the mean of two channels, and False; or the louder of two that cancel each other out, and True.

    Ears and loudspeakers of two channels hear nothing odd when one of them is turned over; a mean would be silent.
    """
    left, right = stereo[:, 0].astype(np.int32), stereo[:, 1].astype(np.int32)
    mean = (left + right) // 2
    levels = [float(np.sqrt(np.mean(np.square(channel, dtype=np.float64)))) for channel in (left, right, mean)]
    opposed = levels[2] < _OPPOSITE * max(levels[:2])
    chosen = mean if not opposed else left if levels[0] >= levels[1] else right
    return chosen.astype(np.int16), opposed


@contextmanager
def _opened(path: Path, limits: SoundLimits) -> Iterator[_Track | None]:
    containers.library()
    with path.open("rb") as file, _decoding():
        demuxer = _admit(file, limits)
        with containers.container(file, demuxer, CODECS) as container:
            stream = _choose(container)
            if stream is None:
                yield None
                return
            _check_form(stream.codec_context.channels, stream.codec_context.sample_rate, limits)
            containers.one_thread(stream)
            yield _Track(container, stream, limits, seeks=demuxer in _WITH_AN_INDEX)


def _admit(file: BinaryIO, limits: SoundLimits) -> str:
    media_type = containers.first_look(file, limits.max_bytes)
    if media_type in DEMUXERS:
        return DEMUXERS[media_type]
    raise Undecodable(
        Reason.UNSUPPORTED, f"no sound is looked for in {media_type or 'a file of no type that is known'}"
    )


def _choose(container: InputContainer) -> AudioStream | None:
    """Return the first sound track whose decoder may run, None when there is no sound track."""
    unknown: list[str] = []
    for stream in container.streams.audio:
        name = stream.codec_context.name if stream.codec_context is not None else "none"
        if name in CODECS:
            return stream
        unknown.append(name)
    if unknown:
        raise Undecodable(Reason.UNSUPPORTED, f"sound in {', '.join(unknown[:4])} is not decoded")
    return None


def _check_form(channels: int, rate: int, limits: SoundLimits) -> None:
    if not 1 <= channels <= limits.max_channels:
        raise Undecodable(
            Reason.UNSUPPORTED, f"the sound has {channels} channels, 1 to {limits.max_channels} are mixed"
        )
    if not _SLOWEST <= rate <= _FASTEST:
        detail = f"the sound has {rate} samples a second, {_SLOWEST} to {_FASTEST} are decoded"
        raise Undecodable(Reason.UNSUPPORTED, detail)


@contextmanager
def _decoding() -> Iterator[None]:
    """Turn everything that FFmpeg and its binding may raise into `Undecodable`."""
    from av import FFmpegError

    try:
        yield
    except Undecodable:
        raise
    except FFmpegError as error:
        raise Undecodable(_reason(error), f"{type(error).__name__}: {error.strerror}"[:200]) from error
    except MemoryError as error:
        raise Undecodable(Reason.OUT_OF_MEMORY, "decoding needs more memory than is allowed") from error
    except Exception as error:
        # Hostile files make the binding raise ValueError, IndexError and what nobody foresaw; each is the recorded
        # state of a part and never the end of a process.
        raise Undecodable(Reason.DECODER_ERROR, f"{type(error).__name__}: {error}"[:200]) from error


def _reason(error: Exception) -> Reason:
    return Reason.TRUNCATED if isinstance(error, EOFError) else Reason.DECODER_ERROR
