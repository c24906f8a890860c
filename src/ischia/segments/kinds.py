"""Which class indexes each kind of large signal, imported when it is first needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from operator import attrgetter
from typing import Any, Final

from ischia.core.matching import VotesIndex
from ischia.core.signals import TYPES

OFFERED: Final = ("build", "arrays", "of_arrays", "candidates")


class NotServedError(LookupError):
    """No index of this kind of signal can be made by this program."""


@dataclass(frozen=True, slots=True)
class Votes:
    """Where the class of a kind stands, and which attribute of its candidates says how strong they are."""

    module: str
    name: str
    strength: str


VOTES: Final[dict[str, Votes]] = {
    "corners": Votes("ischia.core.vision", "FeatureIndex", "votes"),
    "sound": Votes("ischia.core.sound", "SoundIndex", "votes"),
    "shingles": Votes("ischia.core.text", "PassageIndex", "shared"),
}


@cache
def index_class(algorithm: str) -> type[VotesIndex]:
    """Return the class that indexes a kind of large signal; `NotServedError` if there is none."""
    where = VOTES.get(algorithm)
    if where is None:
        raise NotServedError(f"{algorithm} is not found by votes; these kinds are: {', '.join(VOTES)}")
    try:
        found: Any = getattr(import_module(where.module), where.name)
    except (ModuleNotFoundError, AttributeError) as error:
        raise NotServedError(f"the index of {algorithm}, {where.module}.{where.name}, cannot be loaded") from error
    missing = [name for name in OFFERED if not hasattr(found, name)]
    if missing:
        raise NotServedError(f"the index of {algorithm} lacks {', '.join(missing)}")
    kind: type[VotesIndex] = found
    return kind


def strength(algorithm: str) -> Callable[[Any], float]:
    """Return what puts candidates from several layers in order, the largest first."""
    return attrgetter(VOTES[algorithm].strength)


def served(algorithm: str) -> bool:
    """Whether this program keeps an index of this kind of signal."""
    kind = TYPES[algorithm]
    if kind.search != "votes":
        return kind.search == "radius"
    try:
        index_class(algorithm)
    except NotServedError:
        return False
    return True
