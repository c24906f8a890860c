"""Protected texts: scripture, prayers, declarations of rights. What quotes them is no evidence of anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ischia.core.text import kernels, patterns
from ischia.core.text import prints as fingerprints
from ischia.core.text.batch import Batch
from ischia.core.text.formulae import FORMULAE
from ischia.core.text.known import cut, runs, shingles, surest
from ischia.core.text.patterns import Patterns
from ischia.core.text.prints import BITS, Prints, prints, shortened
from ischia.core.text.readings import Reading, readings

LEAST: Final = 14
"""Consonants in a row that must be the same before words count as quoted: about four words."""
IN_A_ROW: Final = 3
"""Fingerprints in a row that must be the same: one alone may be chance. One more where they are winnowed."""
BEGINNING: Final = 22
"""Bits of a fingerprint that are looked at first, since few probes share them with any."""
MOSTLY: Final = 0.5


@dataclass(frozen=True, slots=True)
class ProtectedSpan:
    """Characters `start` to `end` (exclusive) of a text, and the protected text that they quote."""

    start: int
    end: int
    name: str


class _Group:
    """The fingerprints of all texts with one window, and whose each is."""

    def __init__(self, window: int, texts: Sequence[tuple[int, npt.NDArray[np.uint32]]]) -> None:
        self.window = window
        values = np.concatenate([one for _, one in texts])
        owners = np.repeat(np.array([owner for owner, _ in texts], np.uint32), [one.size for _, one in texts])
        order = np.argsort(values, kind="stable")
        self._values, self._owners = values[order], owners[order]
        self._begun = np.zeros(1 << BEGINNING, np.bool_)
        self._begun[values >> np.uint32(BITS - BEGINNING)] = True

    def places(self, probe: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
        """Return for each fingerprint where it stands in the group, -1 for those that do not."""
        found = np.full(probe.size, -1, np.int64)
        likely = np.flatnonzero(self._begun[probe >> np.uint32(BITS - BEGINNING)])
        places = np.minimum(np.searchsorted(self._values, probe[likely]), self._values.size - 1)
        found[likely] = np.where(self._values[places] == probe[likely], places, -1)
        return found

    def owner(self, place: int) -> int:
        """Return the number of the first text that has the fingerprint at a place."""
        return int(self._owners[place])


class ProtectedTexts:
    """Protected texts by name, and formulae; immutable. A quotation is found whatever its marks and orthography."""

    def __init__(
        self, texts: Mapping[str, str], formulae: Sequence[str] = FORMULAE, *, shipped: Sequence[Prints] = ()
    ) -> None:
        self._prints = (*shipped, *(prints(name, shingles(text), 0) for name, text in texts.items()))
        self._formulae = tuple(formulae)
        self._compile()

    @classmethod
    def load(cls, folder: Path, formulae: Sequence[str] = FORMULAE) -> ProtectedTexts:
        """Return the shipped texts and those of the `.txt` files (UTF-8) of an operator's folder."""
        own = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))}
        return cls(own, formulae, shipped=_shipped())

    def _compile(self) -> None:
        self._groups = []
        for window in sorted({one.window for one in self._prints}):
            chosen = [(n, one.values) for n, one in enumerate(self._prints) if one.window == window and one.values.size]
            self._groups += [_Group(window, chosen)] if chosen else []
        batch = Batch.of(self._formulae)
        self._patterns = Patterns(batch, np.full(len(batch), patterns.WHOLE, np.uint8))

    def spans(self, text: str, ways: list[Reading] | None = None) -> tuple[ProtectedSpan, ...]:
        """Return what a text quotes, in its order; spans may overlap. `ways` are its readings, if there already."""
        return self._spans(readings(text, candidates=False) if ways is None else ways)

    def _spans(self, ways: list[Reading]) -> tuple[ProtectedSpan, ...]:
        reading = surest(ways)
        found = [
            ProtectedSpan(*reading.span(first, end), self._formulae[pattern])
            for pattern, first, end in self._patterns.search(
                reading.codes, reading.starts, reading.runs
            ).places.tolist()
        ]
        hashes, places = cut(reading)
        if hashes.size:
            quoted, owners = self._quoted(hashes, places.size)
            for first, end in runs(quoted):
                if end - first >= LEAST:
                    owner = int(owners[first:end].max())
                    span = reading.span(int(places[first]), int(places[end - 1]) + 1)
                    found.append(ProtectedSpan(*span, self._prints[owner].name))
        return tuple(sorted(found, key=lambda span: (span.start, span.end)))

    def _quoted(
        self, hashes: npt.NDArray[np.uint64], consonants: int
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
        """Return which consonants are quoted, and for each place the number of the text that a shingle there is of."""
        probe = shortened(hashes)
        quoted, owners = np.zeros(consonants, np.bool_), np.full(consonants, -1, np.int64)
        for group in self._groups:
            chosen = np.flatnonzero(kernels.winnow(hashes, group.window)) if group.window else np.arange(hashes.size)
            places = group.places(probe[chosen])
            if not (places >= 0).any():
                continue
            for first, end in _long_runs(places >= 0, IN_A_ROW + (group.window > 0)):
                quoted[chosen[first] : chosen[end - 1] + kernels.SHINGLE] = True
                owners[chosen[first]] = group.owner(int(places[first]))
        return quoted, owners

    def share(self, text: str) -> float:
        """Return the share (0 to 1) of a text's letters that stand in protected spans; 0 for a text without letters."""
        ways = readings(text, candidates=False)
        quoted = np.zeros(len(text) + 1, np.bool_)
        for span in self._spans(ways):
            quoted[span.start : span.end] = True
        return float(quoted[ways[0].offsets].mean()) if ways[0].offsets.size else 0.0

    def mostly_protected(self, text: str) -> bool:
        """Return whether at least half of a text's letters stand in protected spans: it cannot be known content."""
        return self.share(text) >= MOSTLY


def _long_runs(hit: npt.NDArray[np.bool_], least: int) -> list[tuple[int, int]]:
    """Return (first, end) of `least` hits and more in a row."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], hit, [False]]).astype(np.int8))).reshape(-1, 2)
    return [(first, end) for first, end in edges.tolist() if end - first >= least]


@cache
def _shipped() -> tuple[Prints, ...]:
    return tuple(fingerprints.read((files("ischia.core.text") / "protected_texts" / "texts.bin").read_bytes()))


@cache
def shipped() -> ProtectedTexts:
    """Return the texts that come with Ischia, compiled once in each process."""
    return ProtectedTexts({}, shipped=_shipped())


def protected_spans(text: str, ways: list[Reading] | None = None) -> tuple[ProtectedSpan, ...]:
    """Return what a text quotes of the shipped texts and formulae; `ways` are its readings, if there already."""
    return shipped().spans(text, ways)


def protected_share(text: str) -> float:
    """Return the share (0 to 1) of a text's letters that quote the shipped texts and formulae."""
    return shipped().share(text)


def mostly_protected(text: str) -> bool:
    """Return whether a text is mostly what comes with Ischia: such an entry cannot be created as acting."""
    return shipped().mostly_protected(text)
