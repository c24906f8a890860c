"""How far a long film is, on a terminal's standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress

Told = Callable[[float, float], None]


@contextmanager
def film_progress() -> Iterator[Told]:
    """Yield what hears how far a film is, and shows it; nothing is shown for films that are looked at in one go."""
    with Progress(console=Console(stderr=True)) as bars, film_bar(bars) as told:
        yield told


@contextmanager
def film_bar(bars: Progress) -> Iterator[Told]:
    """As `film_progress`, below bars that are shown already."""
    task = bars.add_task("Film", total=None, visible=False)

    def told(done: float, total: float) -> None:
        bars.update(task, completed=done, total=total, visible=done < total)

    try:
        yield told
    finally:
        bars.remove_task(task)
