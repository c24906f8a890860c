"""Films that come back edited: what is found, what is not, what matches nothing, and what it costs.

    python bench/bench_video.py [FOLDER]

FOLDER holds known films (default: the sample videos of facebook/ThreatExchange, where they are). Each is edited with
FFmpeg, sampled as a probe, and looked for in a bank of all of them. Recall is of edits, each over all films.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import imageio_ffmpeg
import numpy as np

from ischia.core.matching import near
from ischia.core.media.errors import Undecodable
from ischia.core.media.video import VideoLimits, VideoSample, sample
from ischia.core.signals.frames import unpack, worth_searching
from ischia.core.video import Pair, match

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
LOGO = "drawbox=x=iw*0.72:y=ih*0.04:w=iw*0.25:h=ih*0.25:color=white:t=fill"
EDITS: dict[str, list[str]] = {
    "re-encoded, crf 35": ["-crf", "35"],
    "240p": ["-vf", "scale=-2:240"],
    "grey": ["-vf", "hue=s=0"],
    "brighter": ["-vf", "eq=brightness=0.15"],
    "5 s of black first": ["-vf", "tpad=start_duration=5:color=black"],
    "5 s clip": ["-ss", "4", "-t", "5"],
    "3 s clip": ["-ss", "6", "-t", "3"],
    "cropped to 96 %": ["-vf", "crop=iw*0.96:ih*0.96"],
    "cropped to 80 %": ["-vf", "crop=iw*0.8:ih*0.8"],
    "mirrored": ["-vf", "hflip"],
    "bars at the sides": ["-vf", "pad=iw*1.5:ih:(ow-iw)/2:0:black"],
    "bars above and below": ["-vf", "pad=iw:ih*1.6:0:(oh-ih)/2:black"],
    "subtitle bar": ["-vf", "drawbox=x=0:y=ih*0.85:w=iw:h=ih*0.15:color=black:t=fill"],
    "logo box": ["-vf", "drawbox=x=iw*0.86:y=ih*0.04:w=iw*0.1:h=ih*0.1:color=white:t=fill"],
    "large logo": ["-vf", LOGO],
    "15 frames/s": ["-r", "15"],
    "speed 1.25": ["-vf", "setpts=PTS/1.25"],
    "speed 0.8": ["-vf", "setpts=PTS/0.8"],
    "rotated by 2°": ["-vf", "rotate=2*PI/180"],
    "mirrored, bars, crf 35": ["-vf", "hflip,pad=iw*1.4:ih:(ow-iw)/2:0:black", "-crf", "35"],
    "cut in two and swapped": [
        "-filter_complex",
        "[0:v]trim=0:7,setpts=PTS-STARTPTS[a];[0:v]trim=9:16,setpts=PTS-STARTPTS[b];[b][a]concat=n=2",
    ],
}  # fmt: skip
FIRST_KEPT = (50,)


def edited(source: Path, target: Path, arguments: list[str]) -> None:
    seek, rest = (arguments[:2], arguments[2:]) if arguments[:1] == ["-ss"] else ([], arguments)
    command = [FFMPEG, "-y", "-loglevel", "error", *seek, "-i", str(source), *rest, "-an", "-preset", "ultrafast"]
    subprocess.run([*command, "-threads", "1", str(target)], check=True)


def found(probe: VideoSample, bank: dict[str, VideoSample]) -> dict[str, float]:
    """Return the share of the probe that matches, by known film."""
    known: dict[str, float] = {}
    asked = max((int(worth_searching(unpack(each.data)).sum()) for each in probe.frames), default=0)
    for name, entry in bank.items():
        pairs = []
        for ours in probe.frames:
            mine = unpack(ours.data)
            kept = np.flatnonzero(worth_searching(mine))
            for theirs in entry.frames:
                frames = unpack(theirs.data)
                worth = np.flatnonzero(worth_searching(frames))
                hits = near(frames["pdq"][worth], mine["pdq"][kept], 31)
                at, where = mine["milliseconds"][kept] / 1000, frames["milliseconds"][worth] / 1000
                pairs += [
                    Pair(float(at[w]), float(where[s]), ours.variant == "mirrored")
                    for s, w in zip(hits.stored, hits.wanted, strict=True)
                ]
        frames = unpack(entry.frames[0].data)
        lengths = {"probe_seconds": probe.seconds, "entry_seconds": entry.seconds, "every": probe.every}
        result = match(pairs, frames, asked=asked, **lengths)
        if result:
            known[name] = result.of_probe
    return known


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("../shared/data/video")
    films = sorted(folder.glob("*.mp4"))
    limits = VideoLimits()
    bank = {film.stem: sample(film, limits, dense=True) for film in films}
    family = {name: name.split("-")[0] for name in bank}
    print(f"{len(bank)} known films, {sum(entry.seconds for entry in bank.values()):.0f} s")
    print("\n| edit | found | of the probe | other films |\n|---|---|---|---|")
    means, crossed = [], 0
    with tempfile.TemporaryDirectory() as work:
        for edit, arguments in EDITS.items():
            shares, others = [], 0
            for film in films:
                target = Path(work) / "edited.mp4"
                edited(film, target, arguments)
                try:
                    known = found(sample(target, limits, dense=False), bank)
                except Undecodable:
                    continue  # The film is shorter than the clip that was asked for.
                shares.append(
                    max((share for name, share in known.items() if family[name] == family[film.stem]), default=0)
                )
                others += sum(family[name] != family[film.stem] for name in known)
            hits = sum(share > 0 for share in shares)
            means.append(hits / len(shares))
            crossed += others
            print(f"| {edit} | {hits} of {len(shares)} | {100 * np.mean(shares):.0f} % | {others} |", flush=True)
    whole = sum(mean == 1 for mean in means)
    print(
        f"\nmean {100 * np.mean(means):.1f} %; {whole} of {len(means)} edits found in every film; "
        f"{crossed} matches with other films"
    )
    speed(films[0], limits)


def speed(film: Path, limits: VideoLimits) -> None:
    import av

    from ischia.core.media.video import luma
    from ischia.core.signals import pdq

    def every_frame() -> int:
        with av.open(str(film)) as container:
            container.streams.video[0].thread_type = "NONE"
            return sum(1 for frame in container.decode(video=0) if pdq.hash_luma(luma(frame)))

    for label, work in (
        ("decoding and hashing every frame", every_frame),
        ("a probe, one frame a second", lambda: sample(film, limits, dense=False)),
        ("a known film, eight frames a second, 11 hashes each", lambda: sample(film, limits, dense=True)),
    ):
        work()
        started = time.process_time()
        work()
        print(f"{film.name}: {label}: {time.process_time() - started:.2f} s of processor time")


if __name__ == "__main__":
    main()
