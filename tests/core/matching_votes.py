"""A small index by votes, to test what keeps such indexes: values are 32-bit words, and shared ones are counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt


class Shared(NamedTuple):
    """A known value and how many of its words are in the probe."""

    entry: int
    shared: int


class WordIndex:
    """Words in order, each with the row of its value."""

    def __init__(
        self, entries: npt.NDArray[np.int64], words: npt.NDArray[np.uint32], rows: npt.NDArray[np.uint32]
    ) -> None:
        self.entries, self.words, self.rows = entries, words, rows

    @classmethod
    def build(cls, known: Sequence[tuple[int, bytes]], /) -> WordIndex:
        values = [np.unique(np.frombuffer(data, "<u4")) for _, data in known]
        words = np.concatenate([np.empty(0, np.uint32), *values])
        rows = np.repeat(np.arange(len(values), dtype=np.uint32), [value.size for value in values])
        order = np.argsort(words, kind="stable")
        return cls(np.array([entry for entry, _ in known], np.int64), words[order], rows[order])

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]], /) -> WordIndex:
        if arrays["words"].shape != arrays["rows"].shape:
            raise ValueError("each word has a row")
        return cls(arrays["entries"], arrays["words"], arrays["rows"])

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {"entries": self.entries, "words": self.words, "rows": self.rows}

    def candidates(self, probe: bytes, /, *, limit: int) -> list[Shared]:
        shared = np.bincount(self.rows[np.isin(self.words, np.frombuffer(probe, "<u4"))], minlength=self.entries.size)
        order = np.lexsort((self.entries, -shared))[:limit]
        return [Shared(int(self.entries[row]), int(shared[row])) for row in order if shared[row]]


def value(number: int) -> bytes:
    """The one value of a number: 20 to 60 words, some of which others have too."""
    random = np.random.default_rng(number)
    return random.integers(0, 2000, random.integers(20, 60), np.uint32).tobytes()


def fresh(known: Mapping[int, bytes], probe: bytes, limit: int) -> list[Shared]:
    """What an index that was built of everything at once returns."""
    return WordIndex.build(sorted(known.items())).candidates(probe, limit=limit)
