"""Films from files: which frames are looked at, how long ones come in windows, and how hostile ones end."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from ischia.core.media.errors import Reason, Undecodable
from ischia.core.media.sniff import sniff
from ischia.core.media.video import (
    DEMUXERS,
    START,
    STILL_SIDE,
    STILLS,
    Rest,
    VideoLimits,
    VideoSample,
    joined,
    luma,
    sample,
)
from ischia.core.signals import hamming, pdq
from ischia.core.signals.frames import unpack
from ischia.core.video import BANK, PROBE, Pair, closer
from tests.core.films import CONTAINERS, HEIGHT, RATE, WIDTH, moment, scene, shown, written
from tests.hostile import damage

LIMITS = VideoLimits()
SECONDS = 6


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One film in every container."""
    folder = tmp_path_factory.mktemp("films")
    return {
        ending: written(folder / f"film.{ending}", shown(0, SECONDS), container=container, codec=codec)
        for ending, (container, codec) in CONTAINERS.items()
    }


def refused(path: Path, limits: VideoLimits = LIMITS) -> Undecodable:
    with pytest.raises(Undecodable) as caught:
        sample(path, limits, dense=False)
    return caught.value


def instants(found: VideoSample) -> list[float]:
    return list(unpack(found.frames[0].data)["milliseconds"] / 1000)


def test_every_container_gives_the_frames_that_it_shows(films: dict[str, Path]) -> None:
    for ending, path in films.items():
        found = sample(path, LIMITS, dense=True)
        assert (found.width, found.height) == (WIDTH, HEIGHT), ending
        frames = unpack(found.frames[0].data)
        rate = 25 if ending in {"ts", "mpeg"} else RATE
        for frame in frames[:: len(frames) // 5]:
            number = round(float(frame["milliseconds"]) / 1000 * rate)
            true = pdq.hash_luma(moment(number / RATE))
            assert hamming(frame["pdq"].tobytes().hex(), true.hash) <= 30, (ending, number)
        assert found.seconds == pytest.approx(SECONDS * RATE / rate, abs=0.3), ending


def test_known_films_are_sampled_densely_and_probes_sparsely(films: dict[str, Path]) -> None:
    known, probe = sample(films["mp4"], LIMITS, dense=True), sample(films["mp4"], LIMITS, dense=False)
    assert {signal.variant for signal in known.frames} <= set(BANK)
    assert {signal.variant for signal in probe.frames} <= set(PROBE)
    assert np.diff(instants(known)).max() <= 0.14
    assert np.diff(instants(probe)).min() >= 0.2
    assert 0.2 <= probe.every <= 0.3


def test_stills_are_few_small_and_spread_over_the_film(films: dict[str, Path]) -> None:
    found = sample(films["mp4"], LIMITS, dense=True)
    assert STILLS // 2 <= len(found.stills) <= STILLS
    assert all(max(plane.shape) <= STILL_SIDE for _, plane in found.stills)
    assert found.stills[-1][0] > 0.7 * SECONDS


def windows(path: Path, seconds: float, limits: VideoLimits = LIMITS) -> list[VideoSample]:
    found = [sample(path, limits, dense=True, seconds=seconds)]
    while found[-1].rest is not None:
        found.append(sample(path, limits, dense=True, begin=found[-1].rest, seconds=seconds))
        assert len(found) < 100
    return found


@pytest.mark.parametrize("ending", CONTAINERS)
def test_a_film_looked_at_in_windows_is_that_looked_at_at_once(ending: str, films: dict[str, Path]) -> None:
    whole, parts = sample(films[ending], LIMITS, dense=True), windows(films[ending], 1.0)
    together = joined(parts)
    at_once, later = (unpack(found.frames[0].data) for found in (whole, together))
    _, here, there = np.intersect1d(at_once["milliseconds"], later["milliseconds"], return_indices=True)
    assert (at_once["pdq"][here] == later["pdq"][there]).all()
    if ending in {"ts", "mpeg"}:  # Of 25 frames a second others are sampled when the count begins anew.
        assert len(here) > len(at_once) / 2
        assert np.diff(instants(together)).max() <= 0.17
    else:
        assert instants(together) == instants(whole)
    assert abs(instants(together)[-1] - instants(whole)[-1]) <= 0.13
    assert len(together.stills) <= STILLS
    assert (together.notes, together.rest) == (whole.notes, None)
    assert len(parts) == int(instants(whole)[-1]) + 1


@pytest.mark.parametrize("ending", ["mp4", "ts"])
def test_a_look_ends_where_its_work_is_done_and_the_next_goes_on_there(ending: str, films: dict[str, Path]) -> None:
    whole, parts = sample(films[ending], LIMITS, dense=True), windows(films[ending], 100.0, VideoLimits(max_work=10**6))
    assert len(parts) > 2
    assert np.diff(instants(joined(parts))).max() <= 0.17
    assert abs(instants(joined(parts))[-1] - instants(whole)[-1]) <= 0.13
    assert "cut_off" not in joined(parts).notes


def test_of_a_film_that_is_longer_than_it_may_be_all_is_left(films: dict[str, Path]) -> None:
    found = sample(films["mp4"], LIMITS, dense=False, seconds=3.0, longest=3.0)
    assert (found.frames, found.rest) == ((), START)
    assert found.seconds == pytest.approx(SECONDS, abs=0.1)
    assert sample(films["mp4"], LIMITS, dense=False, seconds=60.0, longest=60.0).rest is None


def test_a_window_behind_the_end_is_empty(films: dict[str, Path]) -> None:
    assert sample(films["mp4"], LIMITS, dense=True, begin=Rest(100.0), seconds=5.0).frames == ()


def test_a_film_needs_a_window() -> None:
    with pytest.raises(ValueError, match="at least one"):
        joined([])


def test_long_probes_are_looked_at_by_their_keyframes_unless_the_look_is_thorough(tmp_path: Path) -> None:
    frames = [moment(number / 2) for number in range(160)]
    path = written(tmp_path / "film", frames, rate=2, gop=4)
    quick = sample(path, LIMITS, dense=False)
    assert quick.notes == ("keyframes",)
    assert np.diff(instants(quick)).min() >= 1.9
    close = sample(path, LIMITS, dense=False, begin=Rest(30.0), seconds=10.0, thorough=True)
    assert close.notes == ()
    assert np.diff(instants(close)).max() <= 0.6
    assert 30 <= min(instants(close)) <= max(instants(close)) < 40


def test_a_long_probe_with_few_keyframes_is_decoded(tmp_path: Path) -> None:
    path = written(tmp_path / "film", [moment(number / 2) for number in range(160)], rate=2, gop=100)
    found = sample(path, LIMITS, dense=False)
    assert "keyframes" not in found.notes
    assert len(instants(found)) >= 40


def test_frames_that_are_near_known_ones_ask_for_a_closer_look() -> None:
    assert closer([], seconds=100) == []
    assert closer([Pair(50, 3), Pair(56, 9), Pair(5, 1), Pair(99, 4)], seconds=100) == [(0, 17), (38, 30), (87, 13)]


def test_a_scene_that_stands_still_gives_one_frame_a_second(tmp_path: Path) -> None:
    found = sample(written(tmp_path / "film", [moment(1.0)] * 48), LIMITS, dense=True)
    assert len(instants(found)) <= SECONDS + 1


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_animated_pictures_are_films(kind: str, tmp_path: Path) -> None:
    shots = [Image.fromarray(scene(number)) for number in range(8)]
    shots[0].save(tmp_path / "film", kind, save_all=True, append_images=shots[1:], duration=500)
    found = sample(tmp_path / "film", LIMITS, dense=False)
    assert found.seconds == pytest.approx(4.0, abs=0.1)
    assert np.round(instants(found), 1).tolist() == [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]
    part = sample(tmp_path / "film", LIMITS, dense=False, begin=Rest(1.0), seconds=1.0)
    assert np.round(instants(part), 1).tolist() == [1.0, 1.5]


def test_luma_is_the_plane_as_it_is_coded() -> None:
    plane = moment(0.0)
    frame = av.VideoFrame.from_ndarray(np.stack([plane] * 3, axis=-1), "rgb24").reformat(format="yuv420p")
    coded = frame.to_ndarray()[:HEIGHT]
    assert (luma(frame) == coded).all()
    assert np.abs(luma(frame.reformat(format="rgb24")).astype(int) - plane).max() <= 3


def test_limits_are_kept(films: dict[str, Path]) -> None:
    assert refused(films["mp4"], VideoLimits(max_bytes=100)).reason is Reason.TOO_LARGE
    assert refused(films["mp4"], VideoLimits(max_pixels=1_000)).reason is Reason.TOO_MANY_PIXELS
    short = sample(films["mp4"], VideoLimits(max_seconds=2.0), dense=True)
    assert "cut_off" in short.notes
    assert max(instants(short)) <= 2.0
    assert "cut_off" in sample(films["mp4"], VideoLimits(max_work=10**6), dense=True).notes


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"hello", Reason.UNSUPPORTED),
        (b"#EXTM3U\n#EXTINF:1,\nconcat:/etc/hostname|/etc/hosts\n", Reason.UNSUPPORTED),
        (b"ffconcat version 1.0\nfile /etc/hostname\n", Reason.UNSUPPORTED),
        (b'<?xml version="1.0"?><MPD><BaseURL>file:///etc/hosts</BaseURL></MPD>', Reason.UNSUPPORTED),
        (b"\0\0\0\x18ftypisom\0\0\0\0isomavc1" + bytes(500), Reason.DECODER_ERROR),
        (b"\x1a\x45\xdf\xa3" + bytes(500), Reason.DECODER_ERROR),
        (b"FLV\1\5\0\0\0\x09" + bytes(500), Reason.DECODER_ERROR),
    ],
)
def test_what_is_no_film_is_refused_with_its_reason(content: bytes, reason: Reason, tmp_path: Path) -> None:
    (tmp_path / "film").write_bytes(content)
    assert refused(tmp_path / "film").reason is reason


def test_a_film_that_was_cut_off_gives_what_is_there(films: dict[str, Path], tmp_path: Path) -> None:
    content = films["ts"].read_bytes()
    (tmp_path / "film").write_bytes(content[: len(content) // 2])
    found = sample(tmp_path / "film", LIMITS, dense=True)
    assert 3 <= len(instants(found)) < len(instants(sample(films["ts"], LIMITS, dense=True)))


def test_streams_that_begin_anew_in_the_middle_are_looked_at_to_their_end(
    films: dict[str, Path], tmp_path: Path
) -> None:
    other = written(tmp_path / "other", shown(0, SECONDS, seed=3), container="mpegts", codec="mpeg2video")
    (tmp_path / "film").write_bytes(films["ts"].read_bytes() + other.read_bytes())
    both = instants(sample(tmp_path / "film", LIMITS, dense=True))
    assert len(both) == len(instants(sample(films["ts"], LIMITS, dense=True))) + len(
        instants(sample(other, LIMITS, dense=True))
    )
    assert np.diff(both).min() > 0.1
    later = instants(joined(windows(tmp_path / "film", 2.0)))
    assert abs(later[-1] - both[-1]) <= 0.13
    assert np.diff(later).max() <= 0.17


def test_films_that_are_found_by_time_and_begin_anew_are_cut_off_there(films: dict[str, Path], tmp_path: Path) -> None:
    other = written(tmp_path / "other", shown(0, SECONDS, seed=3), container="flv", codec="flv")
    (tmp_path / "film").write_bytes(films["flv"].read_bytes() + other.read_bytes()[13:])
    assert len(instants(sample(tmp_path / "film", LIMITS, dense=True))) > len(
        instants(sample(other, LIMITS, dense=True))
    )
    assert "cut_off" in joined(windows(tmp_path / "film", 4.0)).notes


@pytest.mark.parametrize("cover", [False, True])
def test_a_sound_is_no_film_and_says_so_also_with_a_cover(cover: bool, tmp_path: Path) -> None:
    with av.open(str(tmp_path / "sound"), "w", format="mp4") as target:
        sound = target.add_stream("aac", rate=16_000, layout="mono")
        if cover:
            picture = target.add_stream("mjpeg", rate=1, width=64, height=64, pix_fmt="yuvj420p")
            picture.disposition = av.stream.Disposition.attached_pic
            target.mux(picture.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")))
            target.mux(picture.encode(None))
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 16_000
        target.mux(sound.encode(frame))
        target.mux(sound.encode(None))
    found = sample(tmp_path / "sound", LIMITS, dense=False)
    assert (found.frames, found.notes) == ((), ("no_pictures",))


def test_a_film_that_says_it_is_a_sound_is_looked_at(films: dict[str, Path], tmp_path: Path) -> None:
    content = films["mp4"].read_bytes()
    (tmp_path / "film").write_bytes(content[:8] + b"M4A " + content[12:])
    assert sniff((tmp_path / "film").read_bytes()) == "audio/mp4"
    assert instants(sample(tmp_path / "film", LIMITS, dense=True)) == instants(sample(films["mp4"], LIMITS, dense=True))


def test_an_index_that_is_missing_is_told(films: dict[str, Path], tmp_path: Path) -> None:
    content = films["mp4"].read_bytes()
    (tmp_path / "film").write_bytes(content[: content.index(b"moov")])
    assert refused(tmp_path / "film").reason is Reason.DECODER_ERROR


@pytest.mark.parametrize("shape", [(2, 2), (2, 4_000), (1_000, 2)])
def test_frames_without_room_for_a_picture_have_no_hashes(shape: tuple[int, int], tmp_path: Path) -> None:
    path = written(tmp_path / "film", [np.zeros(shape, np.uint8)] * 30)
    assert sample(path, LIMITS, dense=False).frames == ()


def test_ten_thousand_frames_of_one_pixel_are_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "film"
    shades = [Image.new("L", (1, 1), number % 2 * 255) for number in range(10_000)]
    shades[0].save(path, "GIF", save_all=True, append_images=shades[1:], duration=20)
    found = sample(path, LIMITS, dense=False)
    assert found.frames == ()
    assert (found.width, found.height) == (1, 1)


HOSTILE = """
import resource, sys
from pathlib import Path
from ischia.core.media.errors import Undecodable
from ischia.core.media.video import VideoLimits, sample
resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
for path in sorted(Path(sys.argv[1]).iterdir()):
    for dense in (False, True):
        try:
            sample(path, VideoLimits(), dense=dense)
            print("result", flush=True)
        except Undecodable as error:
            print(error.reason.value, flush=True)
"""


def test_damaged_films_end_in_an_answer_or_a_reason(films: dict[str, Path], tmp_path: Path) -> None:
    chance = random.Random(24)
    good = [path.read_bytes() for path in films.values()]
    for number in range(40):
        how, content = damage.damaged(chance, good, good)
        (tmp_path / f"{number:03} {how}").write_bytes(content)
    run = subprocess.run(
        [sys.executable, "-c", HOSTILE, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    ends = run.stdout.split()
    assert run.returncode == 0, run.stderr[-500:]
    assert len(ends) == 80
    assert set(ends) <= {"result", *Reason}
    assert ends.count("result") >= 15


def test_only_one_demuxer_may_read_a_file() -> None:
    """None of those that read lists of other files is among them."""
    assert not {"hls", "dash", "concat", "image2", "sdp", "rtsp", "lavfi", "imf"} & set(DEMUXERS.values())
