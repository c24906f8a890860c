"""Known signals against stored fingerprints: what a hunt compares, chunk by chunk, a function for each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ischia.banks.queries import KnownSignal
from ischia.core.signals import TYPES, Signal
from ischia.screening.sights.base import Found


class Wanted(NamedTuple):
    """A signal that is hunted for, with its bytes if it is a large one."""

    known: KnownSignal
    data: bytes


class Stored(NamedTuple):
    """A fingerprint as the hunt reads it."""

    pk: int
    revision: int
    part: str
    inside: str
    algorithm: str
    version: int
    value: str
    variant: str
    quality: int | None
    data: bytes


FIELDS = ("pk", "revision_id", "part", "inside", "algorithm", "version", "value", "variant", "quality", "data")


@dataclass(frozen=True, slots=True)
class SeenBefore:
    """What a fingerprint was taken of: a sight whose content is not at hand any more."""

    part: str
    inside: str
    part_type: str = ""
    signals: tuple[Signal, ...] = ()
    exact: tuple[()] = ()


Hits = Iterator[tuple[Stored, Found]]


def search(wanted: Sequence[Wanted], stored: Sequence[Stored]) -> dict[int, list[Found]]:
    """Return the matches of what is wanted among fingerprints, by revision, the strongest first."""
    found: dict[int, list[Found]] = {}
    for algorithm in dict.fromkeys(each.known.algorithm for each in wanted):
        ours = [each for each in wanted if each.known.algorithm == algorithm]
        kept, compare = _COMPARED.get(algorithm, (algorithm, _equal))
        theirs = [each for each in stored if each.algorithm == kept]
        for row, match in compare(ours, theirs) if theirs else ():
            found.setdefault(row.revision, []).append(match)
    return {revision: sorted(matches, key=lambda match: match.rank) for revision, matches in found.items()}


def _sight(row: Stored) -> SeenBefore:
    return SeenBefore(row.part, row.inside)


def _equal(wanted: Sequence[Wanted], stored: Sequence[Stored]) -> Hits:
    by_value: dict[str, list[KnownSignal]] = {}
    for each in wanted:
        by_value.setdefault(each.known.value, []).append(each.known)
    for row in stored:
        for known in by_value.get(row.value, ()):
            yield row, Found(sight=_sight(row), known=known, quality=row.quality)


def _pictures(wanted: Sequence[Wanted], stored: Sequence[Stored]) -> Hits:
    """Nearness is all that can be said of a hash whose picture is gone, so the second gate stays shut."""
    threshold = TYPES["pdq"].default_threshold
    theirs = np.frombuffer(bytes.fromhex("".join(row.value for row in stored)), np.uint64).reshape(len(stored), 4)
    for each in wanted:
        ours = np.frombuffer(bytes.fromhex(each.known.value), np.uint64)
        distances = np.bitwise_count(theirs ^ ours).sum(axis=1)
        for place in np.flatnonzero(distances <= threshold).tolist():
            row = stored[place]
            yield (
                row,
                Found(
                    sight=_sight(row),
                    known=each.known,
                    distance=int(distances[place]),
                    threshold=threshold,
                    strength="near" if not each.known.variant and not row.variant else "derived",
                    kind="as_is",
                    gated=False,
                    quality=row.quality,
                ),
            )


_COMPARED: dict[str, tuple[str, Callable[[Sequence[Wanted], Sequence[Stored]], Hits]]] = {
    "pdq": ("pdq", _pictures),
}
"""For what is not compared by equality: which fingerprints to look at, and how."""


def algorithms(wanted: Sequence[Wanted]) -> frozenset[str]:
    """Return which fingerprints have to be read for what is wanted."""
    return frozenset(_COMPARED.get(each.known.algorithm, (each.known.algorithm, _equal))[0] for each in wanted)
