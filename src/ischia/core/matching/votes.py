"""What an index of large values must offer, and the layers of which a living one is made.

A large value (corners, a sound's words, a text's shingles) is not near another one as a whole; what two of them share
is counted. Each kind has its own index for that; here it is only built, kept, and asked for candidates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from ischia.core.matching.splits import Split

Known = Sequence[tuple[int, bytes]]
"""Ids, ascending, with their bytes; read one by one and more than once, as the bytes may come from a mapped file."""
Ids = npt.NDArray[np.int64]
NO_SPLIT = Split(())


class Candidate(Protocol):
    """A known value that may be in the probe; all but its id is the kind's own."""

    @property
    def entry(self) -> int:
        """The id under which the value is known."""


class VotesIndex(Protocol):
    """An immutable index over large values of one kind, which is all plain arrays."""

    @classmethod
    def build(cls, known: Known, /) -> Self:
        """Index known values, each by what `Signal.data` holds; ValueError for bytes that are none of this kind."""

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]], /) -> Self:
        """Return the index of which `arrays` gave these, which may be read-only and mapped from a file."""

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return all that the index consists of: arrays of numbers or truth values, by name."""

    def candidates(self, probe: Any, /, *, limit: int) -> Sequence[Candidate]:
        """Return at most `limit` known values that share enough with the probe, best first."""


class Holder(Protocol):
    """Known values with their bytes, and the ids that they hide in what is older."""

    @property
    def ids(self) -> Ids:
        """The ids, ascending."""

    @property
    def retired(self) -> Ids:
        """Ids about which this layer knows better than older ones."""

    def data_of(self, identity: int) -> bytes | None:
        """Return the bytes of a value; None if there is no such id."""


class Layer(Holder, Protocol):
    """Known values that can be searched."""

    @property
    def nbytes(self) -> int:
        """The bytes of all values."""

    def index(self) -> VotesIndex:
        """Return the index over the values."""


class MemoryLayer:
    """A layer in this process's memory."""

    def __init__(self, kind: type[VotesIndex], known: Mapping[int, bytes], retired: Ids | None = None) -> None:
        self._known = dict(sorted(known.items()))
        self._index = kind.build(list(self._known.items()))
        self.ids: Ids = np.fromiter(self._known, np.int64, len(self._known))
        self.retired: Ids = np.empty(0, np.int64) if retired is None else np.unique(retired)
        self.nbytes = sum(map(len, self._known.values()))

    def index(self) -> VotesIndex:
        """See `Layer`."""
        return self._index

    def data_of(self, identity: int) -> bytes | None:
        """See `Layer`."""
        return self._known.get(identity)


class JoinedKnown(Sequence[tuple[int, bytes]]):
    """What several layers know, each id from one of them, read only when asked for."""

    def __init__(self, owners: Mapping[int, Holder]) -> None:
        self._owners = sorted(owners.items(), key=lambda owner: owner[0])

    def __len__(self) -> int:
        return len(self._owners)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        identity, layer = self._owners[place]
        data = layer.data_of(identity)
        assert data is not None
        return identity, data


def hidden_by_newer(layers: Sequence[Holder]) -> list[Ids]:
    """Return for each layer (oldest first) its own ids that the ones after it hide."""
    hidden = np.empty(0, np.int64)
    found: list[Ids] = []
    for layer in reversed(layers):
        found.append(layer.ids[np.isin(layer.ids, hidden)])
        hidden = np.union1d(hidden, layer.retired)
    return found[::-1]


def known_in(layers: Sequence[Holder]) -> JoinedKnown:
    """Return all that lives in these layers (oldest first)."""
    owners: dict[int, Holder] = {}
    for layer, hidden in zip(layers, hidden_by_newer(layers), strict=True):
        owners.update(dict.fromkeys(np.setdiff1d(layer.ids, hidden, assume_unique=True).tolist(), layer))
    return JoinedKnown(owners)
