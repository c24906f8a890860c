"""Recall of known sound by kind of edit, false matches, and what sound costs.

    python bench/bench_audio.py [--tracks 10000] [--probes 40] [--unrelated 120]

Everything heard is made here. The bank: melodies of 60 s (one to three voices, some with a beat; tempo, scale, timbre
and notes by chance), a tenth of them synthesised, the others those in the nine nearest keys, which is what a singer in
another key gives: other words, the same rhythm. Probes are cut from the first ones. What is laid over them is other
melodies and made-up speech (voiced syllables of three formants). Real music repeats itself more and varies more.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
from rich.console import Console
from rich.table import Table

from ischia.core.media.audio import Pcm, SoundLimits, decode, sound_signals
from ischia.core.sound import RATE, Samples, Sound, SoundIndex, SoundMatch, compare, fingerprint, warm
from ischia.core.sound.prints import chroma, words_of

SECONDS, KEYS = 60, 10
LIMITS = SoundLimits()
Edit = Callable[[Samples, int], Samples]


def melody(seed: int, seconds: float = SECONDS) -> Samples:
    random = np.random.default_rng(seed)
    sound = np.zeros(int(seconds * RATE))
    tempo, key = random.uniform(0.15, 0.45), random.uniform(0, 12)
    scale = np.array([(0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 1, 4, 5, 7, 8, 10)][random.integers(3)])
    for _ in range(random.integers(1, 4)):
        wave = np.sin(np.outer(np.arange(1, 8), np.arange(4_096)) * 2 * np.pi / 4_096)
        table = (wave / np.arange(1, 8)[:, None] ** random.uniform(0.7, 2)).sum(axis=0)
        base, decay, note, start = random.choice([110, 165, 220, 330]), random.uniform(0.5, 5), 3, 0
        while start < len(sound):
            t = np.arange(min(int(tempo * random.choice([0.5, 1, 1, 2, 3]) * RATE), len(sound) - start)) / RATE
            note = int(np.clip(note + random.integers(-3, 4), 0, 13))
            if random.random() > 0.12:
                pitch = base * 2 ** ((key + scale[note % 7] + 12 * (note // 7)) / 12)
                tone = table[(pitch * t * 4_096).astype(np.int64) & 4_095]
                sound[start : start + len(t)] += (
                    tone * np.exp(-decay * t) * np.minimum(1, t * 50) * random.uniform(0.5, 1)
                )
            start += len(t)
    if random.random() < 0.5:
        for at in range(0, len(sound) - 2_000, int(tempo * 2 * RATE)):
            sound[at : at + 2_000] += random.normal(0, 0.7, 2_000) * np.exp(-np.arange(2_000) / 400)
    return levelled(sound)


def speech(seed: int, length: int) -> np.ndarray:
    random, sound, start = np.random.default_rng(seed), np.zeros(length), 0
    while start < length:
        t = np.arange(min(int(random.uniform(0.08, 0.3) * RATE), length - start)) / RATE
        if random.random() < 0.25:
            syllable = random.normal(0, 0.3, len(t))
        else:
            pitch = random.uniform(90, 220)
            phase = 2 * np.pi * np.cumsum(pitch * (1 + random.uniform(-0.3, 0.3) * t)) / RATE
            formants = random.uniform((300, 900, 2_200), (800, 2_000, 3_200))
            weights = [np.exp(-(((h * pitch - formants) / 150) ** 2)).sum() for h in range(1, 20)]
            syllable = sum(np.sin(h * phase) * weight for h, weight in enumerate(weights, 1))
        sound[start : start + len(t)] = syllable * np.hanning(len(t) + 2)[1:-1]
        start += len(t) + int(random.random() < 0.1) * 2_000
    return sound


def levelled(sound: np.ndarray, most: float = 0.6) -> Samples:
    return (sound / max(np.abs(sound).max(), 1e-9) * most * 32_767).astype(np.int16)


def under(sound: Samples, other: np.ndarray, decibels: float) -> Samples:
    a, b = sound.astype(float), other[: len(sound)].astype(float)
    return levelled(a + b * math.sqrt((a**2).mean() / (b**2).mean()) * 10 ** (decibels / 20), 0.95)


def louder(sound: Samples, decibels: float) -> Samples:
    return (sound * 10.0 ** (decibels / 20)).clip(-32_768, 32_767).astype(np.int16)


def filtered(sound: Samples, *filters: tuple[str, str]) -> Samples:
    """Through filters of FFmpeg."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=RATE, format="s16", layout="mono", time_base=Fraction(1, RATE))
    steps = [graph.add(name, options) for name, options in filters]
    shape = graph.add("aformat", sample_rates=str(RATE), sample_fmts="s16", channel_layouts="mono")
    graph.link_nodes(source, *steps, shape, graph.add("abuffersink")).configure()
    frame = av.AudioFrame.from_ndarray(sound.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = RATE
    graph.push(frame)
    graph.push(None)
    pieces = []
    while True:
        try:
            pieces.append(graph.pull().to_ndarray().reshape(-1))
        except EOFError:
            return np.concatenate(pieces)


def tilted(sound: Samples) -> Samples:
    """Bass 12 dB down, treble 12 dB up."""
    return filtered(sound, ("bass", "g=-12:f=250"), ("treble", "g=12:f=1500"))


def reverberant(sound: Samples, seed: int) -> Samples:
    """In a hall: noise that decays by 60 dB in 1.2 s, as loud as the sound itself."""
    tail = np.random.default_rng(seed).normal(0, 1, int(1.2 * RATE)) * 10 ** (
        -3 * np.arange(int(1.2 * RATE)) / 1.2 / RATE
    )
    size = 1 << (len(sound) + len(tail)).bit_length()
    wet = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(tail, size))[: len(sound)]
    return under(sound, wet, 0)


def shuffled(sound: Samples) -> Samples:
    """Four pieces in another order."""
    quarters = np.array_split(sound, 4)
    return np.concatenate([quarters[n] for n in (2, 0, 3, 1)])


def holed(sound: Samples) -> Samples:
    """A second is missing after every four."""
    return np.concatenate([sound[at : at + 4 * RATE] for at in range(0, len(sound), 5 * RATE)])


def encoded(sound: Samples, path: Path, codec: str, container_format: str, bits: int, rate: int = 44_100) -> Path:
    with av.open(path, "w", format=container_format) as container:
        stream = container.add_stream(codec, rate=rate, layout="stereo")
        stream.bit_rate = bits
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.reshape(1, -1)), format="s16", layout="mono")
        frame.sample_rate = RATE
        size = stream.codec_context.frame_size or 1_024
        resampler = av.AudioResampler(stream.codec_context.format, "stereo", rate, frame_size=size)
        for piece in resampler.resample(frame) + resampler.resample(None):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path


def through(sound: Samples, folder: Path, codec: str, container_format: str, bits: int, rate: int = 44_100) -> Samples:
    pcm = decode(encoded(sound, folder / "sound", codec, container_format, bits, rate), LIMITS)
    assert isinstance(pcm, Pcm)
    return pcm.samples


def edits(folder: Path) -> dict[str, tuple[float, Edit]]:
    """Name: seconds that are cut out, and what is done to them."""
    far = 10**6
    return {
        "excerpt": (10, lambda s, _: s),
        "excerpt of 7 s": (7, lambda s, _: s),
        "excerpt of 5 s": (5, lambda s, _: s),
        "12 dB louder, clipped": (10, lambda s, _: louder(s, 12)),
        "12 dB softer": (10, lambda s, _: louder(s, -12)),
        "mp3, 64 kbit/s": (10, lambda s, _: through(s, folder, "libmp3lame", "mp3", 64_000)),
        "mp3, 64 kbit/s, 5 s": (5, lambda s, _: through(s, folder, "libmp3lame", "mp3", 64_000)),
        "opus, 16 kbit/s": (10, lambda s, _: through(s, folder, "libopus", "ogg", 16_000, 48_000)),
        "bass -12 dB, treble +12 dB": (10, lambda s, _: tilted(s)),
        "in a hall": (10, reverberant),
        "white noise at -6 dB": (10, lambda s, n: under(s, np.random.default_rng(n).normal(0, 1, len(s)), -6)),
        "under speech at -6 dB": (10, lambda s, n: under(s, speech(far + n, len(s)), -6)),
        "under speech at 0 dB": (10, lambda s, n: under(s, speech(far + n, len(s)), 0)),
        "under speech at 0 dB, 30 s": (30, lambda s, n: under(s, speech(far + n, len(s)), 0)),
        "under music at -6 dB": (10, lambda s, n: under(s, melody(far + n, 10), -6)),
        "under music at 0 dB": (10, lambda s, n: under(s, melody(far + n, 10), 0)),
        "under music at 0 dB, 30 s": (30, lambda s, n: under(s, melody(far + n, 30), 0)),
        "inside 80 s of other music": (10, lambda s, n: inside(s, n, 35, 35)),
        "a second cut out of every five, 30 s": (30, lambda s, _: holed(s)),
        "four pieces in another order, 30 s": (30, lambda s, _: shuffled(s)),
        "2 % faster, pitch kept": (10.2, lambda s, _: filtered(s, ("atempo", "1.02"))),
        "2 % slower, pitch kept": (9.8, lambda s, _: filtered(s, ("atempo", "0.98"))),
        "5 % faster, pitch kept": (10.5, lambda s, _: filtered(s, ("atempo", "1.05"))),
        "5 % slower, pitch kept": (9.5, lambda s, _: filtered(s, ("atempo", "0.95"))),
        "2 % faster, pitch too": (10.2, lambda s, _: filtered(s, ("asetrate", str(round(RATE * 1.02))))),
        "5 % faster, pitch too": (10.5, lambda s, _: filtered(s, ("asetrate", str(round(RATE * 1.05))))),
    }


def inside(sound: Samples, seed: int, before: float, after: float) -> Samples:
    return np.concatenate([melody(10**6 + seed, before), sound, melody(2 * 10**6 + seed, after)])


def bank(tracks: int) -> Iterator[tuple[int, bytes]]:
    for number in range(-(-tracks // KEYS)):
        notes = chroma(melody(number))
        for key in range(min(KEYS, tracks - number * KEYS)):
            words = words_of(np.roll(notes, -(-key // 2) * (1 if key % 2 else -1), axis=1))
            yield number * KEYS + key, Sound(SECONDS * 1000, words).data


def found(probe: Sound, index: SoundIndex, known: dict[int, bytes]) -> dict[int, SoundMatch]:
    matches = ((c.entry, compare(probe, Sound.of(known[c.entry]), c.offset, c.pace)) for c in index.candidates(probe))
    return {entry: match for entry, match in matches if match}


def recall(index: SoundIndex, known: dict[int, bytes], probes: int, folder: Path, table: Table) -> tuple[int, int]:
    """Fill the table; return how many tracks were matched wrongly, in another key and altogether other ones."""
    random, transposed, wrong = np.random.default_rng(3), 0, 0
    for name, (seconds, edit) in edits(folder).items():
        right, errors, milliseconds = 0, [], []
        for number in range(probes):
            start = int(random.uniform(0, SECONDS - seconds) * RATE)
            samples = edit(melody(number)[start : start + int(seconds * RATE)], number)
            probe = Sound(len(samples) * 1000 // RATE, fingerprint(samples))
            began = time.process_time()
            matches = found(probe, index, known)
            milliseconds.append((time.process_time() - began) * 1e3)
            if match := matches.pop(number * KEYS, None):
                right += 1
                errors.append(match.bit_error)
            transposed += sum(entry // KEYS == number for entry in matches)
            wrong += sum(entry // KEYS != number for entry in matches)
        error = f"{np.mean(errors):.2f}" if errors else ""
        table.add_row(name, f"{seconds:g}", f"{100 * right / probes:.0f} %", error, f"{np.median(milliseconds):.0f}")
    return transposed, wrong


def unrelated(index: SoundIndex, known: dict[int, bytes], count: int) -> tuple[int, list[float]]:
    wrong, milliseconds = 0, []
    for number in range(count):
        samples = melody(3 * 10**6 + number, 10) if number % 4 else levelled(speech(number, 10 * RATE))
        probe = Sound(10_000, fingerprint(samples))
        began = time.process_time()
        matches = found(probe, index, known)
        milliseconds.append((time.process_time() - began) * 1e3)
        wrong += len(matches)
    return wrong, milliseconds


def costs(folder: Path, table: Table) -> None:
    forty = melody(1, 40)
    for name, codec, container_format in (
        ("mp3", "libmp3lame", "mp3"),
        ("m4a", "aac", "ipod"),
        ("wav", "pcm_s16le", "wav"),
    ):
        path = encoded(forty, folder / f"forty.{name}", codec, container_format, 128_000)
        times = []
        for _ in range(5):
            began = time.process_time()
            sound_signals(path, LIMITS)
            times.append(time.process_time() - began)
        table.add_row(f"40 s of {name}, 44.1 kHz stereo, decoded and fingerprinted", f"{np.median(times) * 1e3:.0f} ms")
    began = time.process_time()
    fingerprint(forty)
    table.add_row("of which the fingerprint", f"{(time.process_time() - began) * 1e3:.0f} ms")


def long_probe(index: SoundIndex, table: Table) -> None:
    words = np.concatenate([fingerprint(melody(4 * 10**6 + n)) for n in range(60)])
    began = time.process_time()
    index.candidates(Sound(3_600_000, words))
    table.add_row("an hour of unrelated music looked up", f"{time.process_time() - began:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--tracks", type=int, default=10_000)
    parser.add_argument("--probes", type=int, default=40)
    parser.add_argument("--unrelated", type=int, default=120)
    arguments = parser.parse_args()
    warm()
    known = dict(bank(arguments.tracks))
    began = time.process_time()
    index = SoundIndex.build(list(known.items()))
    built = time.process_time() - began
    console = Console(width=150)
    edited = Table("edit", "seconds", "found", "bit error", "look-up, CPU ms", title=f"{len(known):,} tracks of 60 s")
    other = Table("what", "figure")
    with TemporaryDirectory(prefix="ischia-bench-") as name:
        transposed, wrong = recall(index, known, arguments.probes, Path(name), edited)
        console.print(edited)
        costs(Path(name), other)
    pairs = arguments.unrelated * len(known)
    false, milliseconds = unrelated(index, known, arguments.unrelated)
    other.add_row("10 s of unknown sound looked up and compared, median", f"{np.median(milliseconds):.0f} ms")
    other.add_row("the same, slowest", f"{max(milliseconds):.0f} ms")
    long_probe(index, other)
    other.add_row(f"false matches of unrelated sounds in {pairs:,} pairs", str(false))
    searched = len(edits(Path())) * arguments.probes
    pairs = searched * len(known)
    other.add_row(f"other tracks matched by the {searched:,} edited excerpts ({pairs:,} pairs)", str(wrong))
    other.add_row("the same melody in another key matched by them", str(transposed))
    other.add_row("index built", f"{built:.1f} s")
    hours = len(known) * SECONDS / 3_600
    other.add_row("index of an hour of sound", f"{index.nbytes / hours / 1024:.0f} KiB")
    other.add_row("stored fingerprint of an hour", f"{sum(map(len, known.values())) / hours / 1024:.0f} KiB")
    console.print(other)


if __name__ == "__main__":
    main()
