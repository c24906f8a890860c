"""Segments, tail and tombstones as one index that changes while it is searched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ischia.core.matching.hits import Hits, Pairs
from ischia.core.matching.segment import Segment
from ischia.core.matching.sweep import near
from ischia.core.matching.tail import Tail, TailView


@dataclass(frozen=True)
class Edit:
    """One change of an index: the id gets this value of 32 bytes, or, with None, is retired."""

    id: int
    value: bytes | None


@dataclass(frozen=True)
class Layer:
    """A segment and the ids in it that newer segments hide."""

    segment: Segment
    hidden: frozenset[int]


@dataclass(frozen=True)
class Snapshot:
    """What one search sees. `retired` maps an id to the length of the tail when it was retired: only later places live.

    Segments and views never change. `retired` may gain entries: a search may see a retirement early, never late.
    """

    layers: tuple[Layer, ...]
    retired: dict[int, int]
    tail: TailView

    def search(self, query: bytes, radius: int) -> Hits:
        """See `RadiusIndex.search`."""
        parts = [self._search_layer(layer, query, radius) for layer in self.layers]
        return Hits.joined([*parts, self._search_tail(query, radius)])

    def search_many(self, queries: npt.NDArray[np.uint8], radius: int) -> Pairs:
        """See `Segment.search_many`."""
        parts = [self._search_layer_for_many(layer, queries, radius) for layer in self.layers]
        places = near(self.tail.rows.view(np.uint8), queries, radius)
        tail = places._replace(stored=self.tail.ids[places.stored])
        if self.retired:
            pairs = zip(places.stored.tolist(), tail.stored.tolist(), strict=True)
            tail = tail.where(np.array([place >= self.retired.get(identity, 0) for place, identity in pairs], np.bool_))
        return Pairs.joined([*parts, tail])

    def _search_layer_for_many(self, layer: Layer, queries: npt.NDArray[np.uint8], radius: int) -> Pairs:
        pairs = layer.segment.search_many(queries, radius)
        hidden = [identity for identity in set(pairs.stored.tolist()) if self._gone(layer, identity)]
        return pairs.where(np.isin(pairs.stored, hidden, invert=True)) if hidden else pairs

    def _search_layer(self, layer: Layer, query: bytes, radius: int) -> Hits:
        hits = layer.segment.search(query, radius)
        if not len(hits) or not (layer.hidden or self.retired):
            return hits
        return hits.where(np.array([not self._gone(layer, identity) for identity in hits.ids.tolist()]))

    def _gone(self, layer: Layer, identity: int) -> bool:
        return identity in layer.hidden or identity in self.retired

    def _search_tail(self, query: bytes, radius: int) -> Hits:
        if not self.retired:
            return self.tail.search(query, radius)
        hits = self.tail.search_places(query, radius)
        ids = self.tail.ids[hits.ids]
        places = zip(hits.ids.tolist(), ids.tolist(), strict=True)
        keep = [place >= self.retired.get(identity, 0) for place, identity in places]
        return Hits(ids, hits.distances).where(np.array(keep, np.bool_))


class LiveIndex:
    """An exact index with any number of reading threads and one writing thread at a time.

    A search takes the current snapshot and no lock. An id has one value for its life: it may be retired and added
    again with the same value, and adding it twice changes nothing.
    """

    def __init__(self, segments: Sequence[Segment] = ()) -> None:
        self._start(segments)
        self._publish()

    def __len__(self) -> int:
        return self._live

    @property
    def tail_length(self) -> int:
        """Count the changes since the segments were built: entries in the tail and retirements."""
        return len(self._tail) + len(self._retired)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Return the segments, oldest first."""
        return tuple(layer.segment for layer in self._snapshot.layers)

    def search(self, query: bytes, radius: int) -> Hits:
        """See `RadiusIndex.search`."""
        return self._snapshot.search(query, radius)

    def search_many(self, queries: npt.NDArray[np.uint8], radius: int) -> Pairs:
        """Find for many queries, uint8[q, 32], what `search` finds for each, in less time: (id, query, distance)."""
        return self._snapshot.search_many(queries, radius)

    def add(self, identity: int, value: bytes) -> None:
        """Make an entry searchable; ValueError if the id lives with another value or the value has not 32 bytes."""
        self._add(identity, value)
        self._publish()

    def retire(self, identity: int) -> None:
        """Hide an id from every later search; nothing happens if it does not live."""
        self._retire(identity)
        self._publish()

    def apply(self, edits: Iterable[Edit]) -> None:
        """Add and retire in order; searches see all of it or nothing of it, but for early retirements."""
        self._apply(edits)
        self._publish()

    def replace_segments(self, segments: Sequence[Segment], *, pending: Iterable[Edit]) -> None:
        """Exchange segments (oldest first), tail and tombstones at once; `pending`: the edits that they do not hold."""
        self._start(segments)
        self._apply(pending)
        self._publish()

    def _start(self, segments: Sequence[Segment]) -> None:
        self._layers = layers_of(segments)
        self._tail = Tail()
        self._retired: dict[int, int] = {}
        self._places: dict[int, int] = {}
        self._live = sum(_visible(layer) for layer in self._layers)

    def _publish(self) -> None:
        self._snapshot = Snapshot(self._layers, self._retired, self._tail.view())

    def _apply(self, edits: Iterable[Edit]) -> None:
        for edit in edits:
            if edit.value is None:
                self._retire(edit.id)
            else:
                self._add(edit.id, edit.value)

    def _add(self, identity: int, value: bytes) -> None:
        known = self._value_of(identity)
        if known is None:
            self._tail.append(identity, value)
            self._places[identity] = len(self._tail) - 1
            self._live += 1
        elif known != value:
            raise ValueError(f"entry {identity} already has another value; retire it and add a new one")

    def _retire(self, identity: int) -> None:
        if self._value_of(identity) is not None:
            self._retired[identity] = len(self._tail)
            self._live -= 1

    def _value_of(self, identity: int) -> bytes | None:
        place = self._places.get(identity)
        if place is not None:
            return self._tail.view().rows[place].tobytes() if place >= self._retired.get(identity, 0) else None
        return None if identity in self._retired else _value_in(self._layers, identity)


def layers_of(segments: Sequence[Segment]) -> tuple[Layer, ...]:
    """Return each segment with the ids that the ones after it hide."""
    hidden: frozenset[int] = frozenset()
    layers: list[Layer] = []
    for segment in reversed(segments):
        layers.append(Layer(segment, hidden))
        hidden = hidden.union(segment.retired.tolist())
    return tuple(reversed(layers))


def live_entries(segments: Sequence[Segment]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Return ids int64[n] and values uint8[n, 32] of everything that a search over these segments can return."""
    ids, values = [np.empty(0, np.int64)], [np.empty((0, 32), np.uint8)]
    for layer in layers_of(segments):
        hidden = np.fromiter(layer.hidden, np.int64, len(layer.hidden))
        keep = np.isin(layer.segment.ids, hidden, invert=True)
        ids.append(layer.segment.ids[keep])
        values.append(layer.segment.values[keep])
    return np.concatenate(ids), np.concatenate(values)


def _visible(layer: Layer) -> int:
    return len(layer.segment) - sum(layer.segment.row_of(identity) is not None for identity in layer.hidden)


def _value_in(layers: Sequence[Layer], identity: int) -> bytes | None:
    for layer in reversed(layers):
        row = layer.segment.row_of(identity)
        if row is not None and identity not in layer.hidden:
            return bytes(layer.segment.rows[row])
    return None
