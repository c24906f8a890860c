"""Films of any length: looked at window by window, each a job of the cage of its own, with news of how far it is.

What takes more than a window is not looked at while somebody waits for an answer: `look` raises `LongFilmError` there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from ischia.base import cage
from ischia.base.cage import CageBusy, Undecodable
from ischia.core.media.video import START, WINDOW, Rest, VideoSample, joined
from ischia.core.signals.frames import unpack
from ischia.screening.errors import LongFilmError

Told = Callable[[float, float], None]
"""Hears how many seconds of a film were looked at, and of how many; raises when nobody wants to know any more."""

T = TypeVar("T")

MOST_WINDOWS: Final = 240
"""So much work goes into one film: four hours at full HD take half of it."""


@dataclass(frozen=True, slots=True)
class Film:
    """What was seen of a film, and why the rest was not, empty when all was; `reached` is the last second seen."""

    sample: VideoSample
    left_out: str = ""
    reached: float = 0.0


def look(path: Path, *, dense: bool = False, told: Told | None = None, at_once: int = 1) -> Film:
    """Look at a film, at all of it where somebody hears how far it is.

    Else it is looked at in `at_once` windows, and `LongFilmError` raised when there is more of it. Raises `Undecodable`
    when nothing can be seen of it; where it ends in the middle, what was seen before counts, and `left_out` says why.
    """
    windows: list[VideoSample] = []
    why = ""
    try:
        for window in _windows(path, START, dense=dense, told=told, longest=at_once * WINDOW):
            windows.append(window)
            if told is None and window.rest is not None and (len(windows) == at_once or window.rest == START):
                raise LongFilmError(window.seconds, at_once * WINDOW)
            if told is not None:
                told(*_far(window))
            if len(windows) == MOST_WINDOWS and window.rest is not None:
                why = "too_large"
                break
    except Undecodable as error:
        if not windows:
            raise
        why = error.reason
    film = joined(windows)
    if not why and (film.rest is not None or "cut_off" in film.notes):
        why = "too_large"
    return Film(replace(film, notes=_marked(film, why), rest=None), why, _reached(film))


def look_closer(path: Path, film: Film, stretches: Sequence[tuple[float, float]], *, told: Told | None = None) -> Film:
    """Look thoroughly at stretches (start, length in seconds) of a film that was seen by its keyframes."""
    windows, why = [film.sample], film.left_out
    for start, length in stretches:
        try:
            windows += _windows(path, Rest(start), end=start + length, thorough=True, told=told)
        except Undecodable as error:
            why = why or error.reason
    seen = replace(joined(windows), every=film.sample.every, rest=None)
    return replace(film, sample=replace(seen, notes=_marked(seen, why)), left_out=why)


def _windows(
    path: Path,
    begin: Rest | None,
    *,
    end: float = float("inf"),
    dense: bool = False,
    thorough: bool = False,
    told: Told | None,
    longest: float = WINDOW,
) -> Iterator[VideoSample]:
    """Yield windows up to a second; a cage that says it got nowhere is not asked again, so that there is an end."""
    options: dict[str, Any] = {} if told or thorough else {"longest": longest}
    while begin is not None and begin.second < end:
        seconds = min(WINDOW, end - begin.second)
        one = partial(cage.video, path, dense=dense, begin=begin, seconds=seconds, thorough=thorough, **options)
        window = patiently(one, told, begin.second)
        yield window
        if window.rest is not None and window.rest.second <= begin.second:
            return
        begin = window.rest


def patiently(work: Callable[[], T], told: Told | None, reached: float = 0.0) -> T:
    """Do what needs a cage; a job waits for one as long as it takes, anybody else hears `CageBusy`."""
    while True:
        try:
            return work()
        except CageBusy:
            if told is None:
                raise
            told(reached, reached)


def _far(window: VideoSample) -> tuple[float, float]:
    if window.rest is None:
        return window.seconds, window.seconds
    return window.rest.second, max(window.seconds, window.rest.second)


def _marked(film: VideoSample, why: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*film.notes, *(("cut_off",) if why else ()))))


def _reached(film: VideoSample) -> float:
    if film.rest is not None:
        return film.rest.second
    return max((float(unpack(each.data)["milliseconds"][-1]) / 1000 for each in film.frames), default=0.0)
