"""Sound from files: what is heard in them, and how hostile ones are refused."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from ischia.core.media.audio import DEMUXERS, Pcm, SoundLimits, SoundSignals, decode, mixed, sound_signals
from ischia.core.media.errors import Reason, Undecodable
from ischia.core.sound import RATE, Sound, compare
from tests.core.sounds import CONTAINERS, heard, level, melody, noise, written

LIMITS = SoundLimits()
TRACK = melody(1, 15)


def heard_in(path: Path, limits: SoundLimits = LIMITS) -> Sound:
    result = sound_signals(path, limits)
    assert result.sound is not None
    return Sound.of(result.sound.data)


def decoded(path: Path, **options: float) -> Pcm:
    pcm = decode(path, LIMITS, **options)
    assert pcm is not None
    return pcm


def refused(path: Path, limits: SoundLimits = LIMITS) -> Undecodable:
    with pytest.raises(Undecodable) as caught:
        sound_signals(path, limits)
    return caught.value


def file(content: bytes, folder: Path) -> Path:
    path = folder / "upload"
    path.write_bytes(content)
    return path


def wav(*, channels: int = 1, rate: int = RATE, samples: bytes = b"\0\0" * RATE, declared: int | None = None) -> bytes:
    length = len(samples) if declared is None else declared
    form = struct.pack("<HHIIHH", 1, channels, rate, min(rate * channels * 2, 2**32 - 1), channels * 2 & 0xFFFF, 16)
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", length) + samples
    return b"RIFF" + struct.pack("<I", min(len(body), 2**32 - 1)) + body


def silent_film(path: Path) -> Path:
    with av.open(path, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10, width=64, height=48)
        stream.pix_fmt = "yuv420p"
        for _ in range(10):
            picture = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), "rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("kind", CONTAINERS)
def test_the_same_sound_is_heard_in_files_of_every_kind(kind: str, tmp_path: Path) -> None:
    sound = heard_in(written(TRACK, tmp_path / "upload", kind))
    assert sound.seconds == pytest.approx(15, abs=0.25)
    match = compare(sound, heard(TRACK))
    assert match is not None
    assert match.bit_error < 0.1
    assert match.of_probe > 0.9


def test_a_sound_at_our_own_rate_is_taken_as_it_is(tmp_path: Path) -> None:
    pcm = decoded(written(TRACK, tmp_path / "upload", rate=RATE))
    assert pcm.samples.dtype == np.int16
    assert (len(pcm.samples), pcm.start, pcm.more, pcm.notes) == (len(TRACK), 0.0, False, ())
    assert np.abs(pcm.samples.astype(np.int32) - TRACK).max() <= 1


def test_64_kilobits_change_next_to_nothing(tmp_path: Path) -> None:
    match = compare(heard_in(written(TRACK, tmp_path / "upload", "mp3", bits=64_000)), heard(TRACK))
    assert match is not None
    assert match.bit_error < 0.05


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "m4a", "mkv", "mp3", "aac"])
def test_a_window_is_the_same_stretch_of_the_whole(kind: str, tmp_path: Path) -> None:
    path = written(TRACK, tmp_path / "upload", kind)
    whole = decoded(path).samples
    pcm = decoded(path, start=6.0, seconds=4.0)
    assert (pcm.start, pcm.more, len(pcm.samples)) == (6.0, True, 4 * RATE)
    near = [
        np.abs(pcm.samples[:RATE].astype(np.int32) - whole[6 * RATE + d : 7 * RATE + d]).mean() for d in range(-60, 61)
    ]
    assert min(near) < 0.05 * np.abs(whole).mean()


def test_a_window_behind_the_end_is_empty(tmp_path: Path) -> None:
    pcm = decoded(written(TRACK, tmp_path / "upload"), start=60)
    assert (len(pcm.samples), pcm.more) == (0, False)


def test_a_sound_through_short_windows_has_the_words_of_the_whole(tmp_path: Path, monkeypatch) -> None:
    path = written(TRACK, tmp_path / "upload")
    whole = heard_in(path)
    monkeypatch.setattr("ischia.core.media.audio.WINDOW", 0.7)
    again = heard_in(path)
    assert (again.milliseconds, again.words.tolist()) == (whole.milliseconds, whole.words.tolist())


def test_a_film_without_a_sound_track_is_no_error(tmp_path: Path) -> None:
    path = silent_film(tmp_path / "upload")
    assert sound_signals(path, LIMITS) == SoundSignals(None, 0.0, ("no_sound_track",))
    assert decode(path, LIMITS) is None


@pytest.mark.parametrize(
    ("samples", "note"),
    [(np.zeros(10 * RATE, np.int16), "silent"), (TRACK[: 2 * RATE], "too_short"), (TRACK[:0], "too_short")],
    ids=["silent", "short", "empty"],
)
def test_what_cannot_be_recognised_has_no_signal(samples: np.ndarray, note: str, tmp_path: Path) -> None:
    result = sound_signals(file(wav(samples=samples.tobytes()), tmp_path), LIMITS)
    assert (result.sound, result.notes) == (None, (note,))


def test_a_channel_that_is_turned_over_does_not_silence_the_other(tmp_path: Path) -> None:
    path = written(np.stack([TRACK, -TRACK]), tmp_path / "upload")
    assert sound_signals(path, LIMITS).notes == ("channels_opposed",)
    match = compare(heard_in(path), heard(TRACK))
    assert match is not None
    assert match.bit_error < 0.05


def test_two_channels_are_mixed_to_their_mean() -> None:
    left, right = noise(1, 1), noise(2, 1)
    mono, opposed = mixed(np.stack([left, right], axis=1))
    assert not opposed
    assert np.array_equal(mono, (left.astype(np.int32) + right) // 2)
    assert mixed(np.zeros((5, 2), np.int16))[1] is False


def test_the_limit_of_seconds_cuts_and_says_so(tmp_path: Path) -> None:
    result = sound_signals(written(TRACK, tmp_path / "upload"), SoundLimits(max_seconds=9))
    assert (result.seconds, result.notes) == (9.0, ("cut_off",))


def test_a_file_cut_in_the_middle_gives_what_is_left(tmp_path: Path) -> None:
    for kind in ("wav", "mp3", "ogg", "flac", "mkv"):
        path = written(TRACK, tmp_path / "upload", kind)
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
        assert heard_in(path).seconds > 7


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"hello, this is a text", Reason.UNSUPPORTED),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), Reason.UNSUPPORTED),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", Reason.UNSUPPORTED),
        (b"ffconcat version 1.0\nfile '/etc/passwd'\n", Reason.UNSUPPORTED),
        (b"OggS" + bytes(200), Reason.TRUNCATED),
        (b"fLaC" + bytes(200), Reason.DECODER_ERROR),
        (b"RIFF\xff\xff\xff\xffWAVE", Reason.DECODER_ERROR),
        (b"\x1aE\xdf\xa3" + bytes(200), Reason.DECODER_ERROR),
        (wav(channels=1_000), Reason.UNSUPPORTED),
        (wav(channels=0), Reason.UNSUPPORTED),
        (wav(rate=1), Reason.UNSUPPORTED),
        (wav(rate=2**31 - 1), Reason.UNSUPPORTED),
    ],
)
def test_a_file_that_is_no_sound_says_why(content: bytes, reason: Reason, tmp_path: Path) -> None:
    assert refused(file(content, tmp_path)).reason == reason


def test_ten_declared_hours_are_as_long_as_they_are(tmp_path: Path) -> None:
    content = wav(samples=TRACK.tobytes(), declared=10 * 3_600 * RATE * 2)
    assert heard_in(file(content, tmp_path)).seconds == pytest.approx(15, abs=0.1)


def test_a_file_above_the_limit_is_not_opened(tmp_path: Path) -> None:
    assert refused(file(wav(), tmp_path), SoundLimits(max_bytes=100)).reason == Reason.TOO_LARGE


def test_a_missing_file_is_an_error_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sound_signals(tmp_path / "nothing", LIMITS)


def test_a_film_that_names_another_file_does_not_reach_it(tmp_path: Path) -> None:
    """A QuickTime reference in `dref` to a file beside it, instead of the sound itself."""
    secret = written(TRACK, tmp_path / "secret.wav", rate=RATE)
    content = bytearray(written(TRACK, tmp_path / "upload.m4a", "m4a").read_bytes())
    at = content.find(b"url \0\0\0\x01")
    assert at > 0
    content[at : at + 8] = b"url \0\0\0\0"
    try:
        result = sound_signals(file(bytes(content), tmp_path), LIMITS)
    except Undecodable:
        return
    assert secret.exists()
    assert "no_sound_track" not in result.notes


def mutations(content: bytes, count: int, seed: int) -> list[bytes]:
    """Bytes overwritten, pieces cut out, doubled and filled with zeros, mostly where the headers are."""
    random = np.random.default_rng(seed)
    made = []
    for n in range(count):
        changed = bytearray(content)
        reach = len(changed) if n % 3 else min(len(changed), 400)
        for _ in range(int(random.integers(1, 12))):
            at = int(random.integers(8, max(9, reach)))
            size = int(random.integers(1, 40))
            match n % 4:
                case 0:
                    changed[at : at + 1] = random.integers(0, 256, 1, np.uint8).tobytes()
                case 1:
                    del changed[at : at + size]
                case 2:
                    changed[at:at] = changed[at : at + size]
                case _:
                    changed[at : at + 4] = bytes([random.choice([0, 255, 127])]) * 4
        made.append(bytes(changed))
    return made


@pytest.mark.parametrize("kind", ["wav", "mp3", "ogg", "opus", "flac", "m4a", "mkv", "avi"])
def test_damaged_files_give_an_answer_or_a_reason(kind: str, tmp_path: Path) -> None:
    content = written(level(melody(2, 3).astype(float), 0.5), tmp_path / "good", kind).read_bytes()
    for changed in mutations(content, 28, len(kind)):
        try:
            result = sound_signals(file(changed, tmp_path), SoundLimits(max_seconds=60))
        except Undecodable as refusal:
            assert refusal.detail
        else:
            assert 0 <= result.seconds <= 60


def test_every_demuxer_of_the_list_is_in_the_wheel() -> None:
    assert set(DEMUXERS.values()) <= av.formats_available


def test_without_the_library_the_error_names_the_extra(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(RuntimeError, match=r"ischia\[media\]"):
        sound_signals(file(wav(), tmp_path), LIMITS)
