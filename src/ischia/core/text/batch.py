"""Many short texts read at once, such as the phrases of a list: reading them one by one would take a hundred times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from ischia.core.text.fold import as_text
from ischia.core.text.readings import GAP, Codes, readings

_APART: Final = f"\n{chr(GAP)}{chr(GAP + 1)}\n"
"""What stands between two texts: line ends, which end overrides, and a word of two letters, which merges with none."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The letters of many strings, one after another: string `i` is `codes[bounds[i]:bounds[i + 1]]`.

    `starts` and `runs` say where words begin and how often each letter is repeated, as in a `Reading`.
    """

    codes: Codes
    starts: npt.NDArray[np.bool_]
    runs: npt.NDArray[np.uint8]
    bounds: npt.NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """Return the loose reading of each text; a text without letters and digits is an empty string."""
        way = readings(_APART.join(texts), candidates=False)[0]
        sizes = np.array([len(text) for text in texts], np.int64)
        firsts = np.cumsum(sizes + len(_APART)) - sizes - len(_APART)
        owners = np.searchsorted(firsts, way.offsets, "right") - 1
        inside = np.flatnonzero(way.offsets < (firsts + sizes)[owners]) if texts else np.zeros(0, np.int64)
        bounds = np.searchsorted(owners[inside], np.arange(len(texts) + 1))
        return cls(way.codes[inside], way.starts[inside], way.runs[inside], bounds.astype(np.int64))

    def __len__(self) -> int:
        return int(self.bounds.size - 1)

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Letters of each string."""
        return np.diff(self.bounds)

    @property
    def words(self) -> npt.NDArray[np.int64]:
        """Words of each string."""
        return np.diff(np.concatenate([[0], np.cumsum(self.starts)])[self.bounds])

    def all(self, letters: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Return for each string whether all its letters are among those marked."""
        found: npt.NDArray[np.bool_] = np.diff(np.concatenate([[0], np.cumsum(letters)])[self.bounds]) == self.lengths
        return found

    def any(self, letters: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Return for each string whether one of its letters is among those marked."""
        return ~self.all(~letters)

    def begin_with(self, text: str) -> npt.NDArray[np.bool_]:
        """Return which strings begin with these letters, and go on."""
        found = self.lengths > len(text)
        for step, letter in enumerate(text):
            found[found] = self.codes[self.bounds[:-1][found] + step] == ord(letter)
        return found

    def end_with(self, letter: str) -> npt.NDArray[np.bool_]:
        """Return which strings end with this letter."""
        found = self.lengths > 0
        found[found] = self.codes[self.bounds[1:][found] - 1] == ord(letter)
        return found

    def picked(self, numbers: npt.NDArray[np.int64], *, skip: int = 0) -> Self:
        """Return the strings of these numbers without their first `skip` letters."""
        firsts, sizes = self.bounds[numbers] + skip, self.lengths[numbers] - skip
        bounds = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        places = np.repeat(firsts - bounds[:-1], sizes) + np.arange(int(bounds[-1]))
        return type(self)(self.codes[places], self.starts[places], self.runs[places], bounds)

    def text(self, number: int) -> str:
        """Return a string with a space before each word but the first."""
        part = slice(int(self.bounds[number]), int(self.bounds[number + 1]))
        letters = zip(as_text(self.codes[part]), self.starts[part].tolist(), strict=True)
        return "".join(f" {letter}" if begins else letter for letter, begins in letters).strip()


def joined(batches: Sequence[Batch]) -> Batch:
    """Return the strings of several batches as one."""
    lengths = np.concatenate([batch.lengths for batch in batches])
    return Batch(
        np.concatenate([batch.codes for batch in batches]),
        np.concatenate([batch.starts for batch in batches]),
        np.concatenate([batch.runs for batch in batches]),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
    )
