"""A file of known large values: their ids and bytes, and the arrays of the index over them, by name.

The format is that of `segment_file`. Sections: `ids`, `retired`, `starts` and `data` (bytes of row n are
data[starts[n]:starts[n + 1]]), `layout` (JSON: name, type and shape of each array of the index), then the arrays.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterator
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ischia.core.matching.segment_file import Header, SegmentError, SegmentFile, map_kind, write_segment
from ischia.core.matching.votes import NO_SPLIT, Ids, Known, VotesIndex

NUMBERS = "biuf"
ARRAY = "array."


class VotesSegment(SegmentFile):
    """The values and the index of one file; open it with `open_votes`, and call `verify` before the first search.

    An index follows the numbers in its arrays without checking each, so a file that was not verified may crash it.
    """

    def __init__(self, path: Path, header: Header, content: mmap.mmap, kind: type[VotesIndex]) -> None:
        super().__init__(path, header, content)
        self._kind = kind
        self.ids: Ids = self.section("ids", "<i8", header.count)
        self.retired: Ids = self.section("retired", "<i8", None)
        self._starts = self.section("starts", "<u8", header.count + 1)
        self._data = self.section("data", "u1", None)

    @property
    def nbytes(self) -> int:
        """The bytes of all values."""
        return int(self._data.size)

    def index(self) -> VotesIndex:
        """Return the index over the values; SegmentError if its arrays are not as the file says."""
        return self._index

    def data_of(self, identity: int) -> bytes | None:
        """Return the bytes of a value; None if there is no such id."""
        row = int(np.searchsorted(self.ids, identity))
        if row == len(self) or self.ids[row] != identity:
            return None
        return self._data[int(self._starts[row]) : int(self._starts[row + 1])].tobytes()

    @cached_property
    def _index(self) -> VotesIndex:
        self.verify_section("layout")
        layout = json.loads(self.section("layout", "u1", None).tobytes())
        arrays = {name: self._array(place, dtype, shape) for place, (name, dtype, shape) in enumerate(layout)}
        try:
            return self._kind.of_arrays(arrays)
        except (KeyError, TypeError, ValueError) as error:
            raise SegmentError(self.path, f"its arrays are not those of such an index ({error!r})") from error

    def _array(self, place: int, dtype: str, shape: list[int]) -> npt.NDArray[Any]:
        return self.section(f"{ARRAY}{place}", dtype, prod(shape)).reshape(shape)


def open_votes(path: Path, kind: type[VotesIndex], *, algorithm: str, version: int) -> VotesSegment:
    """Open a file after checking its header and size, in constant time; SegmentError if it cannot be trusted."""
    return VotesSegment(path, *map_kind(path, algorithm=algorithm, version=version), kind)


def build_votes(
    path: Path, known: Known, kind: type[VotesIndex], *, algorithm: str, version: int, retired: Ids | None = None
) -> Header:
    """Index known values (ids ascending) and write them with their index; returns the file's header.

    `retired` are ids that this file hides in older ones. In memory at once are the index and what building it takes,
    and one value's bytes if `known` reads them one by one. Raises ValueError for ids that do not ascend, and for an
    index whose arrays are not of numbers; OSError if the disk refuses; `path` then stays as it was.
    """
    ids = np.fromiter((identity for identity, _ in known), np.int64, len(known))
    if np.any(ids[1:] <= ids[:-1]):
        raise ValueError("ids must ascend: each value has one")
    arrays = {name: _portable(name, array) for name, array in kind.build(known).arrays().items()}
    hidden = np.empty(0, np.int64) if retired is None else np.unique(retired)
    sections = _sections(ids, hidden, known, arrays)
    return write_segment(path, algorithm=algorithm, version=version, count=ids.size, split=NO_SPLIT, sections=sections)


def _sections(ids: Ids, retired: Ids, known: Known, arrays: dict[str, npt.NDArray[Any]]) -> Iterator[tuple[str, Any]]:
    lengths = np.fromiter((len(data) for _, data in known), np.uint64, len(known))
    yield "ids", [ids]
    yield "retired", [retired]
    yield "starts", [np.concatenate([np.zeros(1, np.uint64), np.cumsum(lengths, dtype=np.uint64)])]
    yield "data", (np.frombuffer(data, np.uint8) for _, data in known if data)
    layout = json.dumps([[name, array.dtype.str, list(array.shape)] for name, array in arrays.items()])
    yield "layout", [np.frombuffer(layout.encode(), np.uint8)]
    for place, array in enumerate(arrays.values()):
        yield f"{ARRAY}{place}", [array]


def _portable(name: str, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if array.dtype.kind not in NUMBERS:
        raise ValueError(f"array {name!r} has {array.dtype}; an index in a file consists of numbers")
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(array.shape)
