"""What two sounds have in common, second by second, and what is left of it without protected sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np

from ischia.core.sound.aligned import END, FIRST, OFFSET, SCORE, Flags, Ints, Keys, keys_of, runs
from ischia.core.sound.index import at_pace
from ischia.core.sound.prints import HOP, RATE, SPAN, Words
from ischia.core.sound.signal import Sound

LEAST_SCORE: Final = 110
"""What the clearest stretch of a match has: 18 words that nearly agree, or 45 heard through other sound."""

LEAST_FURTHER: Final = 48
"""What each further stretch of a match has, elsewhere in the two sounds."""

LEAST_SECONDS: Final = 3.0
"""A match is no shorter, and what is left of one without protected sound is none if it is."""

_SHORTEST: Final = 8
_CLEAN, _CLEANER = 2, 3.0
_LIVELY: Final = 1.5
_MOST_CELLS: Final = 100_000_000
_MOST_RUNS: Final = 4_096
_DRIFT: Final = 3
_PAUSE: Final = 40


class Span(NamedTuple):
    """Seconds of the probe, and the seconds of the entry that are heard there; right to about one second."""

    start: float
    end: float
    entry_start: float
    entry_end: float


@dataclass(frozen=True, slots=True)
class SoundMatch:
    """What a probe and an entry have in common.

    `spans` by the probe's time, none overlapping there; `score` how much agrees in all; `bit_error` the share of all
    bits in the shared words that differ: 0 for a copy, about 0.3 under an equally loud other sound, 0.47 for unrelated
    ones; `of_probe` and `of_entry` 0 to 1 which share of each is in the other; `pace` entry's seconds for one of the
    probe.
    """

    spans: tuple[Span, ...]
    score: int
    bit_error: float
    of_probe: float
    of_entry: float
    pace: float = 1.0

    @property
    def seconds(self) -> float:
        """How much of the probe is shared."""
        return sum(span.end - span.start for span in self.spans)

    def without(self, shields: Sequence[Sequence[float]], *, least: float = LEAST_SECONDS) -> SoundMatch | None:
        """Return what is left outside of [start, end, ...] seconds of the probe; None when less than `least` seconds.

        For protected sound: a recitation in the background of both is no evidence that they are the same.
        """
        spans = self.spans
        for start, end, *_ in shields:
            spans = tuple(piece for span in spans for piece in _outside(span, start, end))
        left = sum(span.end - span.start for span in spans)
        if not spans or left < least:
            return None
        share = left / self.seconds
        return replace(
            self,
            spans=spans,
            score=round(self.score * share),
            of_probe=self.of_probe * share,
            of_entry=self.of_entry * share,
        )


def compare(probe: Sound, entry: Sound, offset: int = 0, pace: float = 1.0) -> SoundMatch | None:
    """Return what the two have in common; None when that is not enough to be more than chance.

    `offset` and `pace` are those of `SoundIndex.candidates`. Cuts, repeats and pieces in another order are found at
    whatever offset they have; only where both sounds are longer than some twenty minutes, around `offset` alone.
    """
    words, tells = at_pace(probe, pace)
    chosen = _chosen(_runs(words, tells, entry, offset), keys_of(words), keys_of(entry.words))
    if not chosen or chosen[0][SCORE] < LEAST_SCORE:
        return None
    spans = tuple(_joined(sorted(_span(run, pace, probe, entry) for run in chosen)))
    if sum(span.end - span.start for span in spans) < LEAST_SECONDS:
        return None
    return SoundMatch(
        spans=spans,
        score=sum(int(run[SCORE]) for run in chosen),
        bit_error=_bit_error(words, entry.words, chosen),
        of_probe=_covered([(span.start, span.end) for span in spans]) / max(probe.seconds, 1e-3),
        of_entry=_covered([(span.entry_start, span.entry_end) for span in spans]) / max(entry.seconds, 1e-3),
        pace=pace,
    )


def _runs(words: Words, tells: Flags, entry: Sound, offset: int) -> Ints:
    """Return int64[n, 4] of all runs of agreement, those with the largest score first."""
    low, high = -len(words), len(entry.words)
    if (cells := min(len(words), len(entry.words)) * (high - low)) > _MOST_CELLS:
        reach = _MOST_CELLS * (high - low) // cells // 2
        low, high = max(low, offset - reach), min(high, offset + reach)
    out = np.empty((_MOST_RUNS, 4), np.int64)
    keys, known = keys_of(words), keys_of(entry.words)
    count = runs(keys, tells, known, entry.counts, low, high, LEAST_FURTHER, out)
    return out[:count][np.argsort(-out[:count, SCORE], kind="stable")]


def _chosen(found: Ints, keys: Keys, known: Keys) -> list[Ints]:
    """Return runs, the best first, each with its evidence as score and without what a better one has of the probe."""
    taken = np.zeros(len(keys), np.bool_)
    chosen: list[Ints] = []
    for run in found:
        free = np.flatnonzero(~taken[run[FIRST] : run[END]]) + run[FIRST]
        if len(free) < _SHORTEST:
            continue
        longest = max(np.split(free, np.flatnonzero(np.diff(free) > 1) + 1), key=len)
        share = len(longest) / (run[END] - run[FIRST])
        piece = np.array([run[SCORE] * share, longest[0], longest[-1] + 1, run[OFFSET]], np.int64)
        piece[SCORE] = _evidence(piece, keys, known)
        if len(longest) >= _SHORTEST and piece[SCORE] >= LEAST_FURTHER:
            chosen.append(piece)
            taken[longest] = True
    return sorted(chosen, key=lambda run: -int(run[SCORE]))


def _evidence(run: Ints, keys: Keys, known: Keys) -> int:
    """Return a run's score, more if it is clean, less if little happens in it.

    Long and noisy agreement comes about by chance more often than short and clean one of the same score; and whoever
    holds a note gives the same few words as everybody who holds it.
    """
    first, end, offset = int(run[FIRST]), int(run[END]), int(run[OFFSET])
    score, words = int(run[SCORE]), end - first
    changes = min(_changes(keys[first:end]), _changes(known[first + offset : end + offset]))
    return round(max(score, _CLEANER * (score - _CLEAN * words)) * min(1.0, changes / words / _LIVELY) ** 2)


def _changes(keys: Keys) -> int:
    """Return how many bits change from word to word, in all."""
    return int(np.bitwise_count(keys[1:] ^ keys[:-1]).sum())


def _span(run: Ints, pace: float, probe: Sound, entry: Sound) -> Span:
    first, last, offset = int(run[FIRST]), int(run[END]) - 1, int(run[OFFSET])
    whole = SPAN / RATE
    start, end = first * HOP / RATE / pace, last * HOP / RATE / pace + whole
    entry_start, entry_end = (first + offset) * HOP / RATE, (last + offset) * HOP / RATE + whole
    return Span(start, min(end, probe.seconds), entry_start, min(entry_end, entry.seconds))


def _joined(spans: Sequence[Span]) -> Iterator[Span]:
    """Yield spans that do not overlap in the probe; those that go on where another ended are one."""
    whole: Span | None = None
    for span in spans:
        if whole is None:
            whole = span
        elif _goes_on(whole, span):
            whole = Span(whole.start, max(whole.end, span.end), whole.entry_start, max(whole.entry_end, span.entry_end))
        else:
            cut = min(whole.end, (whole.end + span.start) / 2)
            yield from _outside(whole, cut, whole.end)
            whole = next(_outside(span, span.start, cut), None) if cut > span.start else span
    if whole is not None:
        yield whole


def _goes_on(a: Span, b: Span) -> bool:
    word = HOP / RATE
    drift = abs((b.entry_start - a.entry_start) - (b.start - a.start))
    return drift <= _DRIFT * word and b.start - a.end <= _PAUSE * word


def _outside(span: Span, start: float, end: float) -> Iterator[Span]:
    """Yield the one or two parts of a span that are not between two seconds of the probe."""
    if end <= span.start or start >= span.end:
        yield span
        return
    pace = (span.entry_end - span.entry_start) / (span.end - span.start)
    for first, last in ((span.start, start), (end, span.end)):
        if last > first:
            entry_first = span.entry_start + (first - span.start) * pace
            yield Span(first, last, entry_first, entry_first + (last - first) * pace)


def _bit_error(words: Words, known: Words, chosen: Sequence[Ints]) -> float:
    different = [
        np.bitwise_count(words[run[FIRST] : run[END]] ^ known[run[FIRST] + run[OFFSET] : run[END] + run[OFFSET]])
        for run in chosen
    ]
    return float(np.concatenate(different).mean() / 32)


def _covered(spans: Sequence[tuple[float, float]]) -> float:
    """Return how many seconds lie in any of the spans."""
    covered, reached = 0.0, 0.0
    for start, end in sorted(spans):
        covered += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return covered
