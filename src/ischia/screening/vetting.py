"""Bank hygiene: what a new entry is checked for before it may match, let alone act.

A poisoned or careless entry takes down what has nothing to do with it (Hooda et al., arXiv 2212.04107, show what a
twentieth of a list can do). So: hashes that say nothing are left out, and an entry that is like harmless content, or
mostly protected, is for review only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from ischia.core.links import is_shortener, unwrapped
from ischia.core.signals import TYPES, Signal
from ischia.core.signals.hygiene import sound_ones
from ischia.core.text import mostly_protected
from ischia.screening.entries import Material
from ischia.screening.matching import shields
from ischia.screening.sights.base import Sight
from ischia.screening.sights.texts import SeenText

STRUCTURAL_JUNK, BENIGN, PROTECTED, SHORTENED = "structural_junk", "benign", "protected", "shortened"
_MUCH = 50


@dataclass(frozen=True, slots=True)
class Vetted:
    """What is left of an entry's signals, why it is held back (empty: it is not), and what a person is told of it."""

    signals: tuple[Signal, ...]
    held_back: str
    told: tuple[str, ...]


def vet(material: Material) -> Vetted:
    """Check what somebody wants to add; nothing is written. To refuse what has no signals left is the caller's part."""
    kept, why = sound_ones(material.signals)
    # A short text is junk to act on, and yet worth a person's look; a blank picture is not even that.
    kept += [signal for signal in material.signals if signal.algorithm == "text" and signal not in kept]
    if not any(signal.algorithm == "pdq" for signal in kept):
        kept = [signal for signal in kept if signal.algorithm != "gate"]  # A gate behind which nothing stands.
    held_back = STRUCTURAL_JUNK if why else ""
    for sight in material.sights:
        if isinstance(sight, SeenText) and mostly_protected(sight.text):
            held_back, why = PROTECTED, [*why, "the text is mostly scripture, prayer or another protected text"]
    harmless = _like_harmless(kept) or _like_protected(material.sights)
    if harmless and not held_back:
        held_back, why = BENIGN, [*why, harmless]
    shortened = _shortened(kept)
    if shortened:
        held_back, why = held_back or SHORTENED, [*why, shortened]
    return Vetted(tuple(kept), held_back, (*why, *_led_through(kept)))


def _shortened(signals: Sequence[Signal]) -> str:
    """Tell a shortened address, unless it is a service's own name for one piece of content."""
    if any(signal.algorithm == "content_id" for signal in signals):
        return ""
    for signal in signals:
        if signal.algorithm == "url" and is_shortener(signal.value):
            return f"{signal.value} is shortened, and where it leads may change; add the page that it leads to as well"
    return ""


def _led_through(signals: Sequence[Signal]) -> Iterator[str]:
    """Tell of the addresses that are written inside of others, which are not known by this entry."""
    for signal in signals:
        inner = unwrapped(signal.value) if signal.algorithm == "url" else None
        if inner:
            yield f"{signal.value} leads through to {inner}, which this entry does not know; add that one as well"


def _like_protected(sights: Sequence[Sight]) -> str:
    for match in shields(sights):
        if match.strength in {"exact", "near"} or max(match.of_probe, match.of_entry) >= _MUCH:
            return f"it is like {match.known.label!r} of the protecting bank {match.known.bank!r}"
    return ""


def _like_harmless(signals: Sequence[Signal]) -> str:
    """Compare with the shipped hashes, in whatever position the picture is."""
    known = harmless_pictures()
    for signal in signals:
        if signal.algorithm == "pdq" and len(known):
            words = np.frombuffer(bytes.fromhex(signal.value), np.uint64)
            nearest = int(np.bitwise_count(known ^ words).sum(axis=1).min())
            if nearest <= TYPES["pdq"].default_threshold:
                return f"it is {nearest} bits from a harmless picture of the set that comes with Ischia"
    return ""


@cache
def harmless_pictures() -> npt.NDArray[np.uint64]:
    """Return the PDQ hashes of harmless pictures that come with Ischia, uint64[n, 4]."""
    stored = files("ischia.screening").joinpath("harmless/pictures.bin").read_bytes()
    return np.frombuffer(stored, np.uint64).reshape(-1, 4)
