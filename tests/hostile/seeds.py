"""Good small files of every kind, made here."""

from __future__ import annotations

import functools
import io
import random
import wave
from fractions import Fraction
from typing import Any

import numpy as np
from PIL import Image

from ischia.core.media import FORMATS
from tests import documents

_VIDEOS = [
    ("mp4", "mpeg4", "aac"),
    ("mov", "h264", "aac"),
    ("matroska", "h264", "ac3"),
    ("webm", "libvpx", "libopus"),
    ("avi", "mpeg4", "mp3"),
    ("flv", "flv", "mp3"),
    ("mpegts", "mpeg2video", "mp2"),
    ("mpeg", "mpeg1video", "mp2"),
]
_SOUNDS = [("mp3", "mp3"), ("flac", "flac"), ("ogg", "libopus"), ("mp4", "aac"), ("adts", "aac")]


@functools.cache
def of(kind: str) -> tuple[bytes, ...]:
    """Return the good files of one kind."""
    return tuple(_MAKERS[kind]())


def _images() -> list[bytes]:
    rough = Image.frombytes("RGB", (8, 6), random.Random(7).randbytes(8 * 6 * 3))
    return [_image(rough.resize((64, 48), Image.Resampling.BICUBIC), name) for name in FORMATS.values()]


def _image(image: Image.Image, file_format: str) -> bytes:
    out = io.BytesIO()
    image.save(out, file_format)
    return out.getvalue()


def _videos() -> list[bytes]:
    return [_encoded(*names) for names in _VIDEOS]


def _sounds() -> list[bytes]:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(_samples(8000).tobytes())
    return [out.getvalue(), *(_encoded(container, "", codec) for container, codec in _SOUNDS)]


def _samples(rate: int) -> np.ndarray[Any, np.dtype[np.int16]]:
    second = np.arange(2 * rate) / rate
    return (8000 * np.sin(2 * np.pi * (300 + 200 * second) * second)).astype(np.int16)


def _encoded(container: str, video: str, audio: str) -> bytes:
    """Two seconds of a moving gradient and of a rising tone; an empty name of a codec leaves its track out."""
    import av

    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        pictures: Any = file.add_stream(video, rate=25, width=64, height=48, pix_fmt="yuv420p") if video else None
        sound: Any = file.add_stream(audio, rate=48_000)
        if pictures:
            pictures.thread_count = 1
            for number in range(50):
                row = (np.arange(64) * 3 + number * 4) % 256
                plane = np.broadcast_to(row, (48, 64)).astype(np.uint8)
                frame = av.VideoFrame.from_ndarray(np.stack([plane] * 3, axis=-1), format="rgb24")
                frame.pts, frame.time_base = number, Fraction(1, 25)
                file.mux(pictures.encode(frame))
            file.mux(pictures.encode(None))
        resampler = av.AudioResampler(sound.format.name, sound.layout.name, 48_000, frame_size=sound.frame_size or 1024)
        heard = av.AudioFrame.from_ndarray(_samples(48_000)[None], format="s16", layout="mono")
        heard.sample_rate = 48_000
        for piece in [*resampler.resample(heard), *resampler.resample(None)]:
            file.mux(sound.encode(piece))
        file.mux(sound.encode(None))
    return out.getvalue()


def _pdfs() -> list[bytes]:
    pixels = np.arange(96 * 64).astype(np.uint8).tobytes()
    return [
        documents.pdf(),
        documents.pdf(pixels=pixels, size=(96, 64), page=documents.LINK, pages=3),
        documents.pdf(attached={"a.txt": b"words", "b.zip": documents.zipped({"c": b"d"})}),
        documents.pdf(catalog=documents.SCRIPT),
    ]


def _archives() -> list[bytes]:
    files = {"a.txt": b"words " * 50, "b/c.bin": bytes(range(256)) * 4}
    return [
        documents.zipped(files),
        documents.tarred(files),
        *(documents.tarred(files, f"w:{how}") for how in ("gz", "bz2", "xz")),
        documents.compressed(b"words " * 50, "gz"),
        documents.document(["one", "two"], {"a.png": _images()[0]}, link="https://example.org"),
        documents.open_document(["one", "two"]),
        documents.nested(documents.zipped(files), 2),
    ]


_MAKERS = {"image": _images, "video": _videos, "sound": _sounds, "pdf": _pdfs, "archive": _archives}
