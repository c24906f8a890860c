"""Sounds for tests: melodies and noise made of numbers, and files of them written by PyAV."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from ischia.core.sound import RATE, Samples, Sound, fingerprint

CONTAINERS = {
    "wav": ("wav", "pcm_s16le"),
    "mp3": ("mp3", "libmp3lame"),
    "ogg": ("ogg", "vorbis"),
    "opus": ("ogg", "libopus"),
    "flac": ("flac", "flac"),
    "m4a": ("ipod", "aac"),
    "mkv": ("matroska", "aac"),
    "webm": ("webm", "libopus"),
    "avi": ("avi", "libmp3lame"),
    "flv": ("flv", "aac"),
    "aac": ("adts", "aac"),
    "mpeg": ("mpeg", "mp2"),
    "ts": ("mpegts", "aac"),
    "aiff": ("aiff", "pcm_s16be"),
}


@cache
def melody(seed: int, seconds: float) -> Samples:
    """Two voices and a beat that no other seed has."""
    random = np.random.default_rng(seed)
    sound = np.zeros(int(seconds * RATE))
    pace, key = random.uniform(0.2, 0.45), random.integers(0, 12)
    for base in random.choice([110, 165, 220, 330], 2, replace=False):
        start = 0
        while start < len(sound):
            t = np.arange(min(int(pace * random.choice([0.5, 1, 2]) * RATE), len(sound) - start)) / RATE
            pitch = base * 2 ** ((key + random.choice([0, 2, 3, 5, 7, 8, 10, 12])) / 12)
            tones = sum(np.sin(2 * np.pi * pitch * harmonic * t) / harmonic for harmonic in range(1, 6))
            sound[start : start + len(t)] += tones * np.exp(-2 * t) * random.uniform(0.4, 1)
            start += len(t)
    for at in range(0, len(sound) - 1_000, int(pace * 2 * RATE)):
        sound[at : at + 1_000] += random.normal(0, 0.5, 1_000) * np.exp(-np.arange(1_000) / 300)
    return level(sound, 0.6)


def noise(seed: int, seconds: float) -> Samples:
    return level(np.random.default_rng(seed).normal(0, 1, int(seconds * RATE)), 0.6)


def level(sound: npt.NDArray[np.floating], most: float) -> Samples:
    """The sound with its loudest moment at a share of what 16 bits hold."""
    return (sound / np.abs(sound).max() * most * 32_767).astype(np.int16)


def under(sound: Samples, other: Samples, decibels: float) -> Samples:
    """The sound with another one over it, so much louder (or softer when negative)."""
    a, b = sound.astype(np.float64), other[: len(sound)].astype(np.float64)
    return level(a + b * np.sqrt((a**2).mean() / (b**2).mean()) * 10 ** (decibels / 20), 0.9)


def heard(samples: Samples) -> Sound:
    return Sound(len(samples) * 1000 // RATE, fingerprint(samples))


def written(
    samples: npt.NDArray[np.int16], path: Path, kind: str = "wav", *, rate: int = 44_100, bits: int | None = None
) -> Path:
    """Write int16[n] or int16[2, n] samples at 11,025 Hz as a file of a kind, at another rate unless told."""
    container_format, codec = CONTAINERS[kind]
    rows = samples.reshape(-1, samples.shape[-1])
    if codec == "libopus":
        rate = 48_000
    with av.open(path, "w", format=container_format) as container:
        given = "mono" if len(rows) == 1 else "stereo"
        layout = "stereo" if codec == "vorbis" else given
        stream = container.add_stream(codec, rate=rate, layout=layout)
        stream.codec_context.options = {"strict": "experimental"}
        if bits:
            stream.bit_rate = bits
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(rows.T).reshape(1, -1), format="s16", layout=given)
        frame.sample_rate = RATE
        size = stream.codec_context.frame_size or 1_024
        resampler = av.AudioResampler(stream.codec_context.format, layout, rate, frame_size=size)
        for piece in resampler.resample(frame) + resampler.resample(None):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path
