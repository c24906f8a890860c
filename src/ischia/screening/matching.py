"""From what is seen to matches: exact values by equality in the database, the rest by the module of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from ischia.banks.queries import KnownSignal, exact
from ischia.screening.sights import pictures, sounds, texts, videos
from ischia.screening.sights.base import Asked, Found, Sight
from ischia.screening.sights.protection import unprotected

NEAR: tuple[Callable[[Sequence[Sight]], Iterable[Found]], ...] = (pictures.find, videos.find, sounds.find, texts.find)
"""The searches for what comes close, each among the sights of its own kind."""


def find(sights: Sequence[Sight]) -> list[Found]:
    """All matches that do not rest on protected content alone: those that may act first, then by strength."""
    found = unprotected(without_echoes(_all(sights)))
    return sorted(
        (_of_a_piece(match) if match.sight.inside else match for match in found), key=lambda match: match.rank
    )


def shields(sights: Sequence[Sight]) -> list[Found]:
    """Return what the sights have in common with protected content."""
    return [match for match in _all(sights) if match.known.protects]


def without_echoes(found: Sequence[Found]) -> list[Found]:
    """Leave out passages of a text that is the known one anyway: they would say the same again."""
    same = {_place(match) for match in found if match.known.algorithm == "text"}
    return [match for match in found if match.known.algorithm != "shingles" or _place(match) not in same]


def _place(match: Found) -> tuple[str, str, UUID]:
    return match.part, match.sight.inside, match.known.entry


def _all(sights: Sequence[Sight]) -> list[Found]:
    return [*_equal(sights), *(match for search in NEAR for match in search(sights))]


def _of_a_piece(match: Found) -> Found:
    """What is inside of a document or an archive is a part of it, so nothing acts on the whole for it."""
    return replace(match, strength="partial") if match.strength in {"exact", "near"} else match


def _equal(sights: Sequence[Sight]) -> list[Found]:
    asked = [(sight, each) for sight in sights for each in sight.exact]
    if not asked:
        return []
    known: dict[tuple[str, str], list[KnownSignal]] = {}
    for signal in exact({each.signal.value for _, each in asked}):
        known.setdefault((signal.algorithm, signal.value), []).append(signal)
    return [
        Found(sight=sight, known=hit, quality=each.signal.quality, kind=each.kind, where=each.where)
        for sight, each in asked
        for hit in known.get((each.signal.algorithm, each.signal.value), ())
    ]


__all__ = ["Asked", "Found", "Sight", "find"]
