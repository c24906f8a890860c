"""Films that come back edited: what is found, what is not, what matches nothing, and what it costs.

    python bench/bench_video.py [--films N] [FOLDER ...]

The FOLDERs hold known films as mp4; beside them stand films that are made here, pans and cuts over the photographs of
scikit-image. For each edit N of them (all, if not said) are edited with FFmpeg, sampled as probes, and looked for in a
bank of all. An hour that shows each known film once is screened in the cage, window by window. The peer is `vpdq`,
where it can be imported.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import numpy as np
from PIL import Image

from ischia.base.cage import Cage
from ischia.core.matching import near
from ischia.core.media.errors import Undecodable
from ischia.core.media.video import DENSE, SPARSE, WINDOW, Rest, VideoLimits, VideoSample, joined, luma, sample
from ischia.core.signals import pdq
from ischia.core.signals.frames import FRAME, unpack, worth_searching
from ischia.core.video import BANK, PROBE, Pair, VideoMatch, closer, hashes_of, match

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
LIMITS = VideoLimits()
LOGO = "drawbox=x=iw*0.72:y=ih*0.04:w=iw*0.25:h=ih*0.25:color=white:t=fill"
WALL = "color=c=0x405060:s=960x540,noise=alls=20[wall]"
EDITS: dict[str, list[str]] = {
    "re-encoded, crf 35": ["-crf", "35"],
    "240p": ["-vf", "scale=-2:240"],
    "grey": ["-vf", "hue=s=0"],
    "brighter": ["-vf", "eq=brightness=0.15"],
    "5 s of black first": ["-vf", "tpad=start_duration=5:color=black"],
    "5 s clip": ["-ss", "2", "-t", "5"],
    "3 s clip": ["-ss", "1.5", "-t", "3"],
    "cropped to 96 %": ["-vf", "crop=iw*0.96:ih*0.96"],
    "cropped to 80 %": ["-vf", "crop=iw*0.8:ih*0.8"],
    "mirrored": ["-vf", "hflip"],
    "bars at the sides": ["-vf", "pad=iw*1.5:ih:(ow-iw)/2:0:black"],
    "bars above and below": ["-vf", "pad=iw:ih*1.6:0:(oh-ih)/2:black"],
    "bars removed": [],
    "subtitle bar": ["-vf", "drawbox=x=0:y=ih*0.85:w=iw:h=ih*0.15:color=black:t=fill"],
    "logo box": ["-vf", "drawbox=x=iw*0.86:y=ih*0.04:w=iw*0.1:h=ih*0.1:color=white:t=fill"],
    "large logo": ["-vf", LOGO],
    "rotated by 2°": ["-vf", "rotate=2*PI/180"],
    "15 frames/s": ["-r", "15"],
    "speed 1.25": ["-vf", "setpts=PTS/1.25"],
    "speed 0.8": ["-vf", "setpts=PTS/0.8"],
    "mirrored, bars, crf 35": ["-vf", "hflip,pad=iw*1.4:ih:(ow-iw)/2:0:black", "-crf", "35"],
    "two stretches swapped": [
        "-filter_complex",
        "[0:v]trim=0:3,setpts=PTS-STARTPTS[a];[0:v]trim=3.5:7,setpts=PTS-STARTPTS[b];[b][a]concat=n=2",
    ],
    "inside of another picture": [
        "-filter_complex",
        f"{WALL};[0:v]scale=-2:324[film];[wall][film]overlay=(W-w)/3:(H-h)/2:shortest=1",
    ],
    "blurred sides": [
        "-filter_complex",
        "[0:v]split[a][b];[a]scale=iw*2:ih*2,crop=iw:ih/2,boxblur=20[wall];[wall][b]overlay=(W-w)/2:0",
    ],
}  # fmt: skip
LENGTHS = {"5 s clip": 7.0, "3 s clip": 4.5, "two stretches swapped": 6.0}
"""Seconds that a film needs for an edit to be one."""

Known = Mapping[str, VideoSample]


def made(folder: Path, count: int) -> list[Path]:
    """Make films of six scenes each: pans and zooms over photographs that no two films share."""
    shown = photographs()
    return [_made(folder / f"made-{number}.mp4", shown[number::count], number) for number in range(count)]


def _made(path: Path, shown: Sequence[Image.Image], seed: int) -> Path:
    random = np.random.default_rng(seed)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt, stream.thread_count = 640, 360, "yuv420p", 1
        for _ in range(6):
            picture = shown[int(random.integers(len(shown)))]
            for still in pan(picture, random, int(random.uniform(1.5, 4) * 25), (640, 360)):
                container.mux(stream.encode(av.VideoFrame.from_image(still)))
        container.mux(stream.encode(None))
    return path


def photographs() -> list[Image.Image]:
    spec = find_spec("skimage")
    assert spec is not None
    assert spec.origin is not None
    found = sorted(path for path in (Path(spec.origin).parent / "data").iterdir() if path.suffix in {".png", ".jpg"})
    return [image for path in found if min((image := Image.open(path).convert("RGB")).size) >= 200]


def pan(picture: Image.Image, random: np.random.Generator, frames: int, size: tuple[int, int]) -> Iterator[Image.Image]:
    """Yield a camera's way over a picture, from one place and width to another."""
    shape, places = size[0] / size[1], random.uniform(0, 1, 4)
    zooms = random.uniform(0.5, 0.95, 2)
    for number in range(frames):
        part = number / frames
        width = min(picture.width, picture.height * shape) * (zooms[0] + (zooms[1] - zooms[0]) * part)
        left = (places[0] + (places[1] - places[0]) * part) * (picture.width - width)
        top = (places[2] + (places[3] - places[2]) * part) * (picture.height - width / shape)
        box = (left, top, left + width, top + width / shape)
        yield picture.resize(size, Image.Resampling.BILINEAR, box=box)


def edited(source: Path, target: Path, edit: str) -> None:
    arguments = _bars_removed(source) if edit == "bars removed" else EDITS[edit]
    seek, rest = (arguments[:2], arguments[2:]) if arguments[:1] == ["-ss"] else ([], arguments)
    ffmpeg(*seek, "-i", str(source), *rest, str(target))


def ffmpeg(*arguments: str) -> None:
    command = [FFMPEG, "-y", "-loglevel", "error", *arguments[:-1], "-an", "-preset", "ultrafast", "-threads", "1"]
    subprocess.run([*command, arguments[-1]], check=True)


def _bars_removed(source: Path) -> list[str]:
    """Cut a film to what FFmpeg finds between its bars."""
    command = [FFMPEG, "-i", str(source), "-vf", "cropdetect=limit=32:round=2", "-f", "null", "-"]
    found = [
        line.split("crop=")[1].split()[0]
        for line in subprocess.run(command, capture_output=True, text=True, check=True).stderr.splitlines()
        if "crop=" in line
    ]
    return ["-vf", f"crop={found[-1]}"]


def matches(probe: VideoSample, bank: Known, of: Callable[[VideoSample], float]) -> dict[str, VideoMatch]:
    """Return what matches of the known films, by name; `of` is the length of each."""
    asked = max((int(worth_searching(unpack(each.data)).sum()) for each in probe.frames), default=0)
    found = {
        name: match(
            list(_pairs(probe, entry)),
            unpack(entry.frames[0].data),
            probe_seconds=probe.seconds,
            entry_seconds=of(entry),
            every=probe.every,
            asked=asked,
        )
        for name, entry in bank.items()
    }
    return {name: result for name, result in found.items() if result}


def _pairs(probe: VideoSample, entry: VideoSample) -> Iterator[Pair]:
    theirs = np.concatenate([unpack(signal.data) for signal in entry.frames])
    theirs = theirs[worth_searching(theirs)]
    for signal in probe.frames:
        ours = unpack(signal.data)
        ours = ours[worth_searching(ours)]
        hits = near(np.ascontiguousarray(theirs["pdq"]), np.ascontiguousarray(ours["pdq"]), 31)
        here, there = ours["milliseconds"] / 1000, theirs["milliseconds"] / 1000
        for stored, wanted in zip(hits.stored, hits.wanted, strict=True):
            yield Pair(float(here[wanted]), float(there[stored]), signal.variant == "mirrored")


def recall(films: Sequence[Path], bank: Known, target: Path, most: int) -> None:
    print("\n| edit | films | found | of the probe | other films |\n|---|---|---|---|---|")
    means, crossed, asked, hit, first = [], 0, 0, 0, 0
    for edit in EDITS:
        shares: list[float] = []
        others = 0
        in_turn = [films[(first + number) % len(films)] for number in range(len(films))]
        long_enough = (film for film in in_turn if bank[film.stem].seconds >= LENGTHS.get(edit, 0))
        first += most
        for film in islice(long_enough, most):
            edited(film, target, edit)
            try:
                found = matches(sample(target, LIMITS, dense=False), bank, lambda entry: entry.seconds)
            except Undecodable as error:
                print(f"{film.stem}: {edit}: {error}")
                found = {}
            shares.append(max((found[name].of_probe for name in found if family(name) == family(film.stem)), default=0))
            others += sum(family(name) != family(film.stem) for name in found)
        hits = sum(share > 0 for share in shares)
        means.append(hits / len(shares))
        crossed, asked, hit = crossed + others, asked + len(shares), hit + hits
        print(f"| {edit} | {len(shares)} | {hits} | {100 * np.mean(shares):.0f} % | {others} |", flush=True)
    print(
        f"\n{hit} of {asked} edited films found, mean of the edits {100 * np.mean(means):.1f} %, "
        f"{sum(mean == 1 for mean in means)} of {len(means)} edits in every film; {crossed} matches with other films"
    )


def family(name: str) -> str:
    """Films that were cut from the same one begin alike."""
    return name if name.startswith("made") else name.split("-", maxsplit=1)[0]


def unrelated() -> None:
    """Compare pans over disjoint tiles of photographs, each with all of other photographs: nothing may match."""
    tiles = [
        (number, picture.crop((x, y, x + 160, y + 120)))
        for number, picture in enumerate(photographs())
        for x in range(0, picture.width - 160, 200)
        for y in range(0, picture.height - 120, 150)
    ]
    random = np.random.default_rng(7)
    films = [[np.asarray(still.convert("L")) for still in pan(tile, random, 4, (160, 90))] for _, tile in tiles[:600]]
    known, probes = [_frames(film, BANK, DENSE) for film in films], [_frames(film, PROBE, SPARSE) for film in films]
    everything = np.concatenate(known)
    owner = np.repeat(np.arange(len(known)), [len(each) for each in known])
    close = matched = compared = 0
    for number, ours in enumerate(probes):
        others = np.array([tiles[each][0] != tiles[number][0] for each in range(len(films))])[owner]
        theirs, whose = everything[others], owner[others]
        compared += len(set(whose.tolist()))
        hits = near(np.ascontiguousarray(theirs["pdq"]), np.ascontiguousarray(ours["pdq"]), 31)
        close += len(hits.stored)
        for other in set(whose[hits.stored].tolist()):
            pairs = [
                Pair(float(ours["milliseconds"][w]) / 1000, float(theirs["milliseconds"][s]) / 1000)
                for s, w in zip(hits.stored, hits.wanted, strict=True)
                if whose[s] == other
            ]
            lengths = {"probe_seconds": 4.0, "entry_seconds": 4.0, "every": SPARSE}
            matched += match(pairs, known[other], asked=len(films[number]), **lengths) is not None
    print(f"\n{compared} unrelated pairs of {len(films)} pans: {close} near frames, {matched} matches")


def _frames(film: Sequence[Any], variants: tuple[str, ...], every: float) -> Any:
    hashes = [hashes_of(plane, variants) for plane in film]
    frames = np.zeros(len(hashes) * len(variants), FRAME)
    frames["pdq"] = np.concatenate([each.values for each in hashes])
    frames["quality"] = np.concatenate([each.qualities for each in hashes])
    frames["milliseconds"] = np.repeat(np.arange(len(hashes)) * every * 1000, len(variants))
    return frames[worth_searching(frames)]


def in_a_row(films: Sequence[Path], target: Path) -> Path:
    """Encode films after each other as platforms do: a keyframe every two seconds."""
    shape = "scale=1280:720:force_original_aspect_ratio=decrease,pad=1280:720:(ow-iw)/2:(oh-ih)/2,setsar=1,fps=30"
    scaled = "".join(f"[{number}:v]{shape}[v{number}];" for number in range(len(films)))
    all_of_them = "".join(f"[v{number}]" for number in range(len(films)))
    inputs = [argument for film in films for argument in ("-i", str(film))]
    ffmpeg(*inputs, "-filter_complex", f"{scaled}{all_of_them}concat=n={len(films)}", "-g", "60", str(target))
    return target


def an_hour(of: Path, others: Path, target: Path, seconds: float) -> Path:
    """Copy one film and then another, as often as it takes, into a long one; nothing is encoded again."""
    with av.open(str(target), "w") as long:
        stream, offset = None, 0
        for film in [of] + [others] * 1_000:
            with av.open(str(film)) as source:
                stream = stream or long.add_stream_from_template(source.streams.video[0])
                for packet in source.demux(video=0):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.pts, packet.dts = packet.pts + offset, packet.dts + offset
                    packet.stream = stream
                    long.mux(packet)
                offset += source.streams.video[0].duration or 0
                if offset * float(source.streams.video[0].time_base or 0) >= seconds:
                    return target
    raise AssertionError("a thousand films are no hour")


def long(films: Sequence[Path], others: Sequence[Path], bank: Known, work: Path) -> None:
    """Screen an hour that shows all known films once in the cage, window by window, and look closer where it asks."""
    row = in_a_row(films, work / "row.mp4")
    hour = an_hour(row, in_a_row(others, work / "others.mp4"), work / "hour.mp4", 3_600)
    named = {family(film.stem) for film in films}
    apart(work / "cache", hour, ())  # The kernels are compiled.
    start, room, _ = apart(work / "cache", hour, ())
    took, most, (probe,) = apart(work / "cache", hour, [(0.0, float("inf"), False)])
    found = matches(probe, bank, lambda entry: entry.seconds)
    print(f"\nan hour of 1280 x 720, {probe.seconds:.0f} s, {', '.join(probe.notes) or 'all frames'}:")
    print(f"{took - start:.1f} s of processor time, largest process {most:.0f} MiB, {room:.0f} MiB before any film")
    print(f"{len(named & set(map(family, found)))} of {len(named)} films found", flush=True)
    looks = closer(
        [pair for name, entry in bank.items() if name not in found for pair in _pairs(probe, entry)],
        seconds=probe.seconds,
    )
    took, most, closely = apart(work / "cache", hour, [(at, at + length, True) for at, length in looks])
    found = matches(replace(joined([probe, *closely]), every=probe.every), bank, lambda entry: entry.seconds)
    print(f"{sum(length for _, length in looks):.0f} s around near frames looked at thoroughly:")
    print(f"{took - start:.1f} s of processor time more, largest process {most:.0f} MiB")
    print(f"{len(named & set(map(family, found)))} of {len(named)} films found", flush=True)
    if find_spec("vpdq"):
        costs([row], f"the known films in a row, {bank_seconds(bank):.0f} s at 1280 x 720", every_frame=False)


def bank_seconds(bank: Known) -> float:
    return sum(entry.seconds for entry in bank.values())


Looks = Sequence[tuple[float, float, bool]]
"""From which second up to which, and how thoroughly."""


def apart(cache: Path, film: Path, looks: Looks) -> tuple[float, float, list[VideoSample]]:
    """Look at a film in a cage of a process of its own: seconds of processor time, MiB of the largest one, samples."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(caged, (cache, film, looks))


def caged(cache: Path, film: Path, looks: Looks) -> tuple[float, float, list[VideoSample]]:
    """As `apart`, in this process, which has no other children."""
    cage = Cage(cache=cache, size=1)
    cage.start()
    samples = []
    for start, end, thorough in looks:
        windows: list[VideoSample] = []
        begin: Rest | None = Rest(start)
        while begin is not None and begin.second < end:
            seconds = min(WINDOW, end - begin.second)
            windows.append(cage.video(film, begin=begin, seconds=seconds, thorough=thorough))
            begin = windows[-1].rest
        samples.append(joined(windows))
    cage.stop()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, samples


def costs(films: Sequence[Path], what: str, *, every_frame: bool = True) -> None:
    """Print the processor time of each way of looking at films, and of `vpdq` where it is there."""
    ways: dict[str, Callable[[Path], object]] = {
        "decoding alone": lambda film: sum(1 for _ in _every_frame(film)),
        "PDQ of every frame": lambda film: [pdq.hash_luma(luma(frame)) for frame in _every_frame(film)],
        "a probe": lambda film: sample(film, LIMITS, dense=False),
        "a thorough probe": lambda film: sample(film, LIMITS, dense=False, thorough=True),
        "a known film": lambda film: sample(film, LIMITS, dense=True),
    }
    if find_spec("vpdq"):
        import vpdq

        ways["vpdq, one a second"] = lambda film: vpdq.computeHash(film, seconds_per_hash=1)
        if every_frame:
            ways["vpdq, every frame"] = lambda film: vpdq.computeHash(film, seconds_per_hash=0)
    for label, work in ways.items():
        began = time.process_time()
        for film in films:
            work(film)
        print(f"{what}: {label}: {time.process_time() - began:.2f} s of processor time", flush=True)


def _every_frame(film: Path) -> Iterator[av.VideoFrame]:
    with av.open(str(film)) as container:
        container.streams.video[0].thread_type = "NONE"
        yield from container.decode(video=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=1_000, help="films for each edit; 0 leaves the edits out")
    parser.add_argument("folders", nargs="*", type=Path, default=[Path("../shared/data/video")])
    arguments = parser.parse_args()
    folders: list[Path] = arguments.folders
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        given = sorted(film for folder in folders for film in folder.glob("*.mp4"))
        built = made(work, 5)
        films, others = [*given, *built[:3]], built[3:]
        bank = {film.stem: sample(film, LIMITS, dense=True) for film in films}
        rows = sum(int(worth_searching(unpack(each.data)).sum()) for entry in bank.values() for each in entry.frames)
        seconds = bank_seconds(bank)
        print(f"{len(bank)} known films, {seconds:.0f} s, {rows / seconds:.0f} searched hashes a second", flush=True)
        costs(given, "the films of the folders")
        unrelated()
        long(films, others, bank, work)
        if arguments.films:
            recall(films, bank, work / "edited.mp4", arguments.films)


if __name__ == "__main__":
    main()
