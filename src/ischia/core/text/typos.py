"""Words with one letter wrong: a letter left out, put in, replaced, or two that changed places.

After W. Garbe's symmetric deletion: two words within one edit share a form with at most one letter left out of each.
"""

from __future__ import annotations

from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt

from ischia.core.text import phrase_kernels
from ischia.core.text.batch import Batch
from ischia.core.text.patterns import HashTable, Matches

SHORTEST: Final = 5
LONGEST: Final = 47
MOST: Final = 2000
MOST_OF_ONE: Final = 100
_SKIPPED: Final = np.array([ord(letter) for letter in "وفبكل"], np.uint32)


class Typos:
    """Finds phrases of `SHORTEST` to `LONGEST` letters, written with one letter wrong; immutable."""

    def __init__(self, phrases: Batch) -> None:
        lengths = phrases.lengths
        self._numbers = np.flatnonzero((lengths >= SHORTEST) & (lengths <= LONGEST))
        self._batch = phrases.picked(self._numbers)
        self._counts = np.unique(self._batch.words)
        self._longest = int(self._batch.lengths.max(initial=0))
        self._forms = HashTable.of(*phrase_kernels.hash_forms(self._batch.codes, self._batch.bounds))

    def search(self, codes: npt.NDArray[np.uint32], starts: npt.NDArray[np.bool_]) -> Matches:
        """Return (number of the phrase, first, end) of each find: at most `MOST`, and `MOST_OF_ONE` of one phrase."""
        if not self._numbers.size or not codes.size:
            return Matches(np.zeros((0, 3), np.int32), truncated=False)
        places, complete = cast("Any", phrase_kernels.find_near)(
            codes, starts, self._counts, _SKIPPED, self._batch.codes, self._batch.bounds, SHORTEST, self._longest,
            *self._forms.parts, MOST, MOST_OF_ONE,
        )  # fmt: skip
        places[:, 0] = self._numbers[places[:, 0]] if places.size else 0
        return Matches(places, truncated=not complete)
