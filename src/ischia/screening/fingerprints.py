"""Known signals against stored fingerprints: what a hunt compares, chunk by chunk, a function for each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np

from ischia.banks.queries import KnownSignal, data_of_entries
from ischia.content.models import Fingerprint
from ischia.core import links
from ischia.core.matching import near
from ischia.core.signals import TYPES, Signal
from ischia.core.signals.frames import unpack
from ischia.core.signals.pdq import turned
from ischia.core.sound import Sound, SoundIndex, compare
from ischia.core.text import passages
from ischia.core.video import Pair
from ischia.core.vision import GateFeatures, gate, variant_of
from ischia.screening.matching import without_echoes
from ischia.screening.sights import sounds, texts, videos
from ischia.screening.sights.base import Found, percent


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
    """Return the matches of what is wanted among fingerprints, by revision, the strongest first.

    Only values of one version are compared with each other; those of older versions are, as long as there are any.
    """
    found: dict[int, list[Found]] = {}
    kinds = dict.fromkeys((each.known.algorithm, each.known.version) for each in wanted)
    for algorithm, version in (kind for kind in kinds if kind[0] not in NOT_HUNTED):
        ours = [each for each in wanted if (each.known.algorithm, each.known.version) == (algorithm, version)]
        kept, compare = _COMPARED.get(algorithm, (algorithm, _equal))
        theirs = [each for each in stored if each.algorithm == kept and each.version == version]
        for row, match in compare(ours, theirs) if theirs else ():
            found.setdefault(row.revision, []).append(match)
    return {
        revision: sorted(without_echoes(matches), key=lambda match: match.rank) for revision, matches in found.items()
    }


def _sight(row: Stored) -> SeenBefore:
    return SeenBefore(row.part, row.inside)


def _equal(wanted: Sequence[Wanted], stored: Sequence[Stored]) -> Hits:
    by_value: dict[str, list[KnownSignal]] = {}
    for each in wanted:
        by_value.setdefault(each.known.value, []).append(each.known)
    for row in stored:
        for known in by_value.get(row.value, ()):
            yield row, Found(sight=_sight(row), known=known, quality=row.quality)


def _addresses(wanted: Sequence[Wanted], stored: Sequence[Stored]) -> Hits:
    """Addresses are kept; their other scheme and what they lie under follow from them."""
    by_value: dict[tuple[str, str], list[KnownSignal]] = {}
    for each in wanted:
        by_value.setdefault((each.known.algorithm, each.known.value), []).append(each.known)
    for row in stored:
        for signal in links.signals(row.value):
            for known in by_value.get((signal.algorithm, signal.value), ()):
                kind = "under_site" if signal.algorithm == "site" else "same"
                yield row, Found(sight=_sight(row), known=known, kind=kind)


class _Hash(NamedTuple):
    """A hash that is hunted for: as the entry has it, or as its turned or negative copies would."""

    known: KnownSignal
    kind: str
    value: bytes


def _pictures(wanted: Sequence[Wanted], stored: Sequence[Stored]) -> Hits:
    """Pictures by hashes, in every position and negative; what passes the second gate as it is may act."""
    radius = TYPES["pdq"].default_threshold
    hashes = [each for known in wanted for each in _positions(known.known)]
    theirs = np.frombuffer(bytes.fromhex("".join(row.value for row in stored)), np.uint8).reshape(-1, 32)
    ours = np.frombuffer(b"".join(each.value for each in hashes), np.uint8).reshape(-1, 32)
    pairs = near(theirs, ours, radius)
    best: dict[tuple[int, int], tuple[int, _Hash]] = {}
    for place, number, distance in zip(
        pairs.stored.tolist(), pairs.wanted.tolist(), pairs.distances.tolist(), strict=True
    ):
        key = (place, hashes[number].known.signal)
        best[key] = min(best.get(key, (256, hashes[number])), (distance, hashes[number]), key=lambda one: one[0])
    gates = _gates([stored[place] for place, _ in best], [each.known for _, each in best.values()]) if best else None
    for (place, _), (distance, each) in best.items():
        row = stored[place]
        gated = gates(row, each) if gates else None
        yield (
            row,
            Found(
                sight=_sight(row),
                known=each.known,
                distance=distance,
                threshold=radius,
                strength="near" if each.kind in _AS_IT_IS and gated is not False else "derived",
                kind="trimmed" if each.kind == "as_is" and row.variant else each.kind,
                gated=gated,
                quality=row.quality,
            ),
        )


_AS_IT_IS: Final = frozenset({"as_is", "trimmed"})


def _positions(known: KnownSignal) -> Iterator[_Hash]:
    kind = variant_of(known.variant)[0].value
    yield _Hash(known, kind, bytes.fromhex(known.value))
    if kind in _AS_IT_IS:
        yield _Hash(known, "inverted", bytes(byte ^ 255 for byte in bytes.fromhex(known.value)))
        yield from (_Hash(known, turn, bytes.fromhex(value)) for turn, value in turned(known.value).items())


def _gates(rows: Sequence[Stored], known: Sequence[KnownSignal]) -> Callable[[Stored, _Hash], bool | None]:
    """Read what the second gate needs of these, and return what it says of a pair; None where it has nothing."""
    theirs = {
        (revision, part, inside, variant): bytes(data)
        for revision, part, inside, variant, data in Fingerprint.objects.filter(
            revision__in={row.revision for row in rows}, algorithm="gate"
        ).values_list("revision_id", "part", "inside", "variant", "data")
    }
    ours = {entry: dict(pairs) for entry, pairs in data_of_entries({each.entry for each in known}, "gate").items()}

    def passed(row: Stored, each: _Hash) -> bool | None:
        probe = theirs.get((row.revision, row.part, row.inside, row.variant))
        entry = ours.get(each.known.entry, {}).get(each.known.variant)
        if each.kind not in _AS_IT_IS or probe is None or entry is None:
            return None
        return gate(GateFeatures.from_bytes(probe), GateFeatures.from_bytes(entry)).passed

    return passed


def _sounds(wanted: Sequence[Wanted], stored: Sequence[Stored]) -> Hits:
    index = SoundIndex.build([(number, each.data) for number, each in enumerate(wanted)])
    for row in stored:
        sound = Sound.of(row.data)
        for candidate in index.candidates(sound, limit=sounds.CANDIDATES):
            each = wanted[candidate.entry]
            entry = Sound.of(each.data)
            match = compare(sound, entry, candidate.offset, candidate.pace)
            if match is not None:
                yield row, sounds.found_of(_sight(row), each.known, match, entry.seconds)


def _films(wanted: Sequence[Wanted], stored: Sequence[Stored]) -> Hits:
    """Films by their frames, those of all variants together."""
    films: dict[tuple[int, str, str], list[Stored]] = {}
    for row in stored:
        films.setdefault((row.revision, row.part, row.inside), []).append(row)
    entries: dict[UUID, list[Wanted]] = {}
    for each in wanted:
        entries.setdefault(each.known.entry, []).append(each)
    for rows in films.values():
        for known in entries.values():
            pairs = [pair for row in rows for each in known for pair in videos.pairs_of(row.data, each.data)]
            found = _film(rows, known, pairs) if pairs else None
            if found:
                yield rows[0], found


def _film(rows: Sequence[Stored], known: Sequence[Wanted], pairs: Sequence[Pair]) -> Found | None:
    frames = unpack(rows[0].data)
    instants = frames["milliseconds"] / 1000
    every = float(np.median(np.diff(instants))) if len(instants) > 1 else 1.0
    signals = tuple(Signal(row.algorithm, row.version, row.value, row.quality, row.data, row.variant) for row in rows)
    sight = videos.SeenVideo(
        part=rows[0].part,
        part_type="video",
        inside=rows[0].inside,
        frames=signals,
        seconds=float(instants[-1]) + every if len(instants) else 0.0,
        every=every,
    )
    first = min(known, key=lambda each: each.known.variant)
    return videos.matched(sight, first.known, {first.known.signal: first.data}, pairs)


def _texts(wanted: Sequence[Wanted], stored: Sequence[Stored]) -> Hits:
    """Texts by winnowed shingles; where in the text is not known any more."""
    hunted = passages.Hunted.of([each.data for each in wanted])
    for row in stored:
        for number, of_known, of_probe in hunted.shared(row.data):
            if texts.enough(of_known, of_probe, round(of_probe * (row.quality or 0))):
                yield (
                    row,
                    Found(
                        sight=_sight(row),
                        known=wanted[number].known,
                        strength="partial",
                        kind="quoted" if of_known >= of_probe else "excerpt",
                        of_probe=percent(of_probe),
                        of_entry=percent(of_known),
                        quality=row.quality,
                    ),
                )


_COMPARED: dict[str, tuple[str, Callable[[Sequence[Wanted], Sequence[Stored]], Hits]]] = {
    "pdq": ("pdq", _pictures),
    "site": ("url", _addresses),
    "url": ("url", _addresses),
    "sound": ("sound", _sounds),
    "frames": ("frames", _films),
    "shingles": ("shingles", _texts),
}
"""For what is not compared by equality: which fingerprints to look at, and how."""

NOT_HUNTED: Final = frozenset({"gate", "corners", "phrase"})
"""Kinds of which nothing comparable is kept of what was screened."""


def algorithms(wanted: Sequence[Wanted]) -> frozenset[str]:
    """Return which fingerprints have to be read for what is wanted."""
    kinds = {each.known.algorithm for each in wanted} - NOT_HUNTED
    return frozenset(_COMPARED.get(kind, (kind, _equal))[0] for kind in kinds)
