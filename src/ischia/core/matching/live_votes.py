"""Files of large values, what was added since, and what was retired, as one index that changes while it is searched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ischia.core.matching.live import Edit
from ischia.core.matching.votes import Candidate, Layer, MemoryLayer, VotesIndex, hidden_by_newer

GROWTH: Final = 8
"""Each layer in memory is more than so many times as large as the next: a search of some kinds costs as much in a small
layer as in a large one, so they must be few, and it is rather the additions that cost."""
LARGEST_LEVEL: Final = 64 << 20
"""Bytes of values beyond which layers in memory are not merged: what one addition may have to index anew."""


@dataclass(frozen=True)
class _Lived:
    """A layer and which of its ids are hidden. `dead` may gain ids: a search may see that early, never late."""

    layer: Layer
    dead: set[int] = field(default_factory=set)

    def data_of(self, identity: int) -> bytes | None:
        return None if identity in self.dead else self.layer.data_of(identity)

    def living(self) -> dict[int, bytes]:
        known = {identity: self.data_of(identity) for identity in self.layer.ids.tolist()}
        return {identity: data for identity, data in known.items() if data is not None}

    def search(self, probe: Any, limit: int) -> list[Candidate]:
        """Ask for more as long as hidden ids take the places of others."""
        asked = limit
        while True:
            given = self.layer.index().candidates(probe, limit=asked)
            alive = [candidate for candidate in given if candidate.entry not in self.dead]
            if len(alive) >= limit or len(given) < asked:
                return alive[:limit]
            asked *= 2


class LiveVotes:
    """An index of large values with any number of reading threads and one writing thread at a time.

    What is added is indexed at once, in layers of which each is more than eight times as large as the next: an addition
    costs the indexing of a few values, seldom of many, and never of more than `LARGEST_LEVEL`. An id has one value for
    its life: it may be retired and added again, and adding it twice changes nothing.
    """

    def __init__(
        self, kind: type[VotesIndex], layers: Sequence[Layer] = (), *, strength: Callable[[Any], float]
    ) -> None:
        """`layers` oldest first; `strength` puts the candidates of several layers in order, the largest first."""
        self._kind = kind
        self._strength = strength
        hidden = hidden_by_newer(layers)
        self._base = tuple(_Lived(layer, set(dead.tolist())) for layer, dead in zip(layers, hidden, strict=True))
        self._gone_at_first = sum(len(each.dead) for each in self._base)
        self._all = self._base

    def __len__(self) -> int:
        return sum(each.layer.ids.size - len(each.dead) for each in self._all)

    @property
    def tail_length(self) -> int:
        """Count the changes since the files were built: values in memory, and retirements of others."""
        retired = sum(len(each.dead) for each in self._base) - self._gone_at_first
        return retired + sum(int(each.layer.ids.size) for each in self._all[len(self._base) :])

    def search(self, probe: Any, *, limit: int) -> list[Candidate]:
        """Return at most `limit` candidates, the strongest first; what the probe is, and more, is the kind's own."""
        found = [candidate for each in self._all for candidate in each.search(probe, limit)]
        return sorted(found, key=lambda each: (-self._strength(each), each.entry))[:limit]

    def data(self, identity: int) -> bytes | None:
        """Return the bytes of a value that can be found; None if it is not known, or retired."""
        for each in reversed(self._all):
            data = each.data_of(identity)
            if data is not None:
                return data
        return None

    def apply(self, edits: Iterable[Edit]) -> None:
        """Add and retire in order; searches see all of the additions or none, and perhaps retirements early.

        Raises ValueError for an id that lives with another value, and for bytes that are no value of the kind.
        """
        fresh: dict[int, bytes] = {}
        for edit in edits:
            known = fresh.get(edit.id) or self.data(edit.id)
            if edit.value is None:
                fresh.pop(edit.id, None)
                self._retire(edit.id)
            elif known is None:
                fresh[edit.id] = edit.value
            elif known != edit.value:
                raise ValueError(f"entry {edit.id} already has another value; retire it and add a new one")
        if fresh:
            self._push(fresh)

    def _retire(self, identity: int) -> None:
        for each in self._all:
            if each.data_of(identity) is not None:
                each.dead.add(identity)

    def _push(self, fresh: dict[int, bytes]) -> None:
        """Index what is new together with the newest layers that are not much larger."""
        levels = list(self._all)
        known, size = fresh, sum(map(len, fresh.values()))
        while len(levels) > len(self._base):
            last = levels[-1].layer.nbytes
            if last > GROWTH * size or last + size > LARGEST_LEVEL:
                break
            known = levels.pop().living() | known
            size += last
        self._all = (*levels, _Lived(MemoryLayer(self._kind, known)))
