"""Change logs of large signals to test with: shingles, in the tests' own small index, and frames."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from django.db import transaction

from ischia.core.signals.frames import pack
from ischia.segments.catalog import LiveCatalog, VotesCatalog
from ischia.segments.queries import ManifestView
from ischia.segments.reading import kind_of
from ischia.segments.verbs import NewChange, append_changes, publish_segment
from tests.core.matching_votes import fresh, value
from tests.segments.build import NOON


def record(*signals: int, op: str = "add", version: int | None = None) -> None:
    """Commit changes of shingles."""
    append("shingles", {signal: value(signal) for signal in signals}, op, version)


def append(algorithm: str, values: dict[int, bytes], op: str = "add", version: int | None = None) -> None:
    new = [
        NewChange(algorithm=algorithm, signal=signal, value=data, quality=None, op=op, version=version)
        for signal, data in values.items()
    ]
    with transaction.atomic():
        append_changes(new, now=NOON)


def retire(*signals: int) -> None:
    record(*signals, op="retire")


def compact(algorithm: str = "shingles") -> ManifestView:
    published = publish_segment(algorithm=algorithm, now=NOON, fenced=lambda: None, after=1)
    assert published is not None
    return published


def reader() -> VotesCatalog:
    """An index as a process that starts now would read it."""
    return VotesCatalog(kind_of("shingles"))


def agrees(index: VotesCatalog, living: Iterable[int]) -> bool:
    """Whether an index holds the living, and finds what one that is built of them at once finds."""
    known = {signal: value(signal) for signal in living}
    alike = [index.search(value(probe), limit=4) == fresh(known, value(probe), 4) for probe in range(0, 60, 3)]
    held = [index.data(signal) == known.get(signal) for signal in range(60)]
    return len(index) == len(known) and all(alike) and all(held)


def film(signal: int, frames: int = 12) -> bytes:
    """Frames of a film: every third is of too little quality, the fifth is blank."""
    random = np.random.default_rng(signal)
    values = np.packbits(random.permuted(np.tile(np.arange(256) < 128, (frames, 1)), axis=1), axis=1)
    values[4] = 0
    quality = np.where(np.arange(frames) % 3 == 2, 49, 80).astype(np.uint8)
    return pack(np.arange(frames, dtype=np.uint32) * 250, values, quality)


def films() -> LiveCatalog:
    return LiveCatalog(kind_of("frames"))
