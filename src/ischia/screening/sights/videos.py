"""Films: the same one re-encoded, cut, framed, mirrored, faster or slower, by the hashes of its frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np

from ischia.banks.queries import KnownSignal, by_signal, data_of
from ischia.core.matching import near
from ischia.core.signals import TYPES, Signal
from ischia.core.signals.frames import FRAME_BITS, unpack, worth_searching
from ischia.core.video import Pair, VideoMatch, closer, match
from ischia.screening.sights.base import Asked, Found, Sight, percent
from ischia.segments.queries import catalog

RADIUS: Final = TYPES["pdq"].default_threshold
MIRRORED: Final = "mirrored"
CROWD: Final = 2_000
"""Known frames near one of the probe: a card that every film of a kind begins with says nothing."""


@dataclass(frozen=True, kw_only=True)
class SeenVideo:
    """A film by the hashes of its sampled frames, a signal for each variant, and seconds from one to the next."""

    part: str
    part_type: str
    inside: str = ""
    frames: tuple[Signal, ...]
    seconds: float
    every: float
    exact: tuple[Asked, ...] = ()

    @property
    def signals(self) -> tuple[Signal, ...]:
        """The frames as they are; a hunt mirrors what it looks for."""
        return tuple(signal for signal in self.frames if signal.variant != MIRRORED)

    @property
    def asked(self) -> int:
        """How many frames are searched."""
        return max((int(worth_searching(unpack(signal.data)).sum()) for signal in self.frames), default=0)


def find(sights: Sequence[Sight]) -> Iterable[Found]:
    """Known films of which these show moments."""
    films = [sight for sight in sights if isinstance(sight, SeenVideo)]
    index = catalog("frames") if films else None
    if not index:
        return []
    return [found for sight in films for found in _found(sight)]


def worth_a_closer_look(sight: SeenVideo) -> list[tuple[float, float]]:
    """Stretches (start, length in seconds) of a film seen by its keyframes that may show more of known films.

    Around frames that are near those of a film of which too few were seen to tell.
    """
    near_ones = _near(sight) if catalog("frames") else _Near({}, {}, {})
    return closer(
        (pair for entry, pairs in near_ones.pairs.items() if not _lined_up(sight, near_ones, entry) for pair in pairs),
        seconds=sight.seconds,
    )


class _Near(NamedTuple):
    """Pairs of near frames by entry, the signals they were found by, and those signals' bytes."""

    pairs: dict[UUID, list[Pair]]
    known: dict[int, KnownSignal]
    data: dict[int, bytes]


def _near(sight: SeenVideo) -> _Near:
    hits: dict[int, list[tuple[float, int, bool]]] = {}
    for signal in sight.frames:
        frames = unpack(signal.data)
        for frame in frames[worth_searching(frames)]:
            instant = float(frame["milliseconds"]) / 1000
            near_ones = catalog("frames").search(frame["pdq"].tobytes(), RADIUS)
            for row, _ in near_ones if len(near_ones) <= CROWD else ():
                number = row & ((1 << FRAME_BITS) - 1)
                hits.setdefault(row >> FRAME_BITS, []).append((instant, number, signal.variant == MIRRORED))
    known = {each.signal: each for each in by_signal(hits)} if hits else {}
    data = data_of(known)
    pairs: dict[UUID, list[Pair]] = {}
    for signal_id, entry in known.items():
        instants = unpack(data[signal_id])["milliseconds"] / 1000
        pairs.setdefault(entry.entry, []).extend(
            Pair(probe, float(instants[number]), mirrored) for probe, number, mirrored in hits[signal_id]
        )
    return _Near(pairs, known, data)


def _found(sight: SeenVideo) -> list[Found]:
    near_ones = _near(sight)
    return [found for entry in near_ones.pairs if (found := _lined_up(sight, near_ones, entry))]


def _lined_up(sight: SeenVideo, near_ones: _Near, entry: UUID) -> Found | None:
    return matched(sight, _first(near_ones.known.values(), entry), near_ones.data, near_ones.pairs[entry])


def _first(known: Iterable[KnownSignal], entry: UUID) -> KnownSignal:
    """The signal that stands for the film: its frames as they are, if they are among what was found."""
    return min((each for each in known if each.entry == entry), key=lambda each: (each.variant, each.signal))


def matched(sight: SeenVideo, known: KnownSignal, data: dict[int, bytes], pairs: Sequence[Pair]) -> Found | None:
    """Line a film up with a known one by pairs of near frames."""
    frames = unpack(data[known.signal])
    seconds = float(frames["milliseconds"][-1]) / 1000 if len(frames) else 0.0
    result = match(
        pairs,
        frames,
        probe_seconds=sight.seconds,
        entry_seconds=seconds,
        every=sight.every,
        asked=sight.asked,
    )
    return _evidence(sight, known, result, seconds) if result else None


def _evidence(sight: Sight, known: KnownSignal, result: VideoMatch, seconds: float) -> Found:
    return Found(
        sight=sight,
        known=known,
        threshold=RADIUS,
        strength="derived" if result.whole else "partial",
        kind="mirrored_clip" if result.mirrored else "clip",
        of_probe=percent(result.of_probe),
        of_entry=percent(result.of_entry),
        where={
            "seconds": [[round(second, 2) for second in span] for span in result.spans],
            "entry_seconds": round(seconds, 2),
            "speed": round(result.speed, 2),
        },
    )


def pairs_of(stored: bytes, known: bytes) -> list[Pair]:
    """Return the near frames of a stored fingerprint and of a known film's signal, for hunts."""
    ours, theirs = unpack(stored), unpack(known)
    here, there = np.flatnonzero(worth_searching(ours)), np.flatnonzero(worth_searching(theirs))
    hits = near(np.ascontiguousarray(ours["pdq"][here]), np.ascontiguousarray(theirs["pdq"][there]), RADIUS)
    at, where = ours["milliseconds"][here] / 1000, theirs["milliseconds"][there] / 1000
    return [Pair(float(at[s]), float(where[w])) for s, w in zip(hits.stored, hits.wanted, strict=True)]
