"""The decode cage: every byte from outside is decoded in a confined process that lives for one file.

A pool of zygotes (`zygote.py`) forks one child per file; the child confines itself (`confine.py`), decodes, answers one
document and ends. `image` and `file` are what other code calls; a process has one pool, of `ISCHIA_CAGES` zygotes.
"""

from __future__ import annotations

import contextlib
import functools
import os
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from ischia.base import metrics
from ischia.base.cage.answers import ImageResult, Undecodable, image_result, parse
from ischia.base.cage.confine import Budget
from ischia.base.cage.slot import Slot, ZygoteDied
from ischia.core.signals import Signal

__all__ = [
    "Budget",
    "Cage",
    "CageBusy",
    "ImageResult",
    "Undecodable",
    "ZygoteDied",
    "file",
    "image",
    "report",
    "shared",
    "start",
    "stop",
]

IMAGE_WORK = "ischia.base.cage.work:image"
T = TypeVar("T")


class CageBusy(Exception):
    """Every cage is at work and none came free in time: the caller should answer 503, or try again."""


class Cage:
    """A pool of cages for any number of threads of one process."""

    def __init__(
        self,
        *,
        cache: Path,
        size: int = 2,
        work: str = IMAGE_WORK,
        budget: Budget | None = None,
        patience: float = 15.0,
    ) -> None:
        self._slots = [Slot(work, cache, budget or Budget()) for _ in range(size)]
        self._free: queue.Queue[Slot] = queue.Queue()
        self._patience = patience
        for slot in self._slots:
            self._free.put(slot)

    def start(self) -> None:
        """Launch the free zygotes and wait until they are warm; raises `ZygoteDied`.

        The first goes ahead and compiles the kernels, if that was not done yet; the others find them in the cache.
        """
        taken = self._take_all_free()
        try:
            for group in (taken[:1], taken[1:]):
                for slot in group:
                    if not slot.alive:
                        slot.launch()
                for slot in group:
                    slot.wait_until_ready()
        finally:
            for slot in taken:
                self._free.put(slot)

    def stop(self) -> None:
        """End all zygotes, and with them the children that they have; the pool cannot be used again."""
        for slot in self._slots:
            slot.close()
        for slot in self._take_all_free():
            slot.stop()
            self._free.put(slot)

    def image(self, path: Path, *, thumbnail: bool = False) -> ImageResult:
        """Return signals, size, format and, if wanted, a thumbnail of the picture at `path`.

        Raises `Undecodable` when it has none, `CageBusy` when no cage came free, `OSError` when `path` cannot be read.
        """
        return self._run(path, {"thumbnail": thumbnail}, lambda answer: image_result(*parse(answer)))

    def run(self, path: Path, **options: object) -> tuple[dict[str, object], bytes]:
        """Return the document and bytes that this pool's work gives for `path`, for work that has no method here."""
        return self._run(path, options, parse)

    def report(self) -> dict[str, str]:
        """Return each layer of the confinement: `applied`, or why this system lacks it; starts a zygote to know."""
        with self._slot() as slot:
            if not slot.alive:
                slot.launch()
            slot.wait_until_ready()
            return dict(slot.layers or {})

    def alive(self) -> int:
        """Count the zygotes that run."""
        return sum(slot.alive for slot in self._slots)

    def _run(self, path: Path, options: dict[str, object], read: Callable[[bytes], T]) -> T:
        with self._slot() as slot:
            try:
                answer = slot.run(path, options)
            except ZygoteDied as error:
                raise Undecodable("decoder_died", str(error)) from error
        return read(answer)

    @contextmanager
    def _slot(self) -> Iterator[Slot]:
        try:
            slot = self._free.get(timeout=self._patience)
        except queue.Empty:
            raise CageBusy(f"no cage came free within {self._patience:g} s; ISCHIA_CAGES sets their number") from None
        try:
            yield slot
        finally:
            self._free.put(slot)

    def _take_all_free(self) -> list[Slot]:
        taken: list[Slot] = []
        with contextlib.suppress(queue.Empty):
            while True:
                taken.append(self._free.get_nowait())
        return taken


_lock = threading.Lock()


@functools.cache
def _of_process(_pid: int) -> Cage:
    """One for each process id, since a forked process must not use the sockets of its parent."""
    from ischia.base.config import config

    cache = os.environ.get("NUMBA_CACHE_DIR") or config().folder("cache") / "numba"
    return Cage(cache=Path(cache), size=config().cages)


def shared() -> Cage:
    """Return the pool of this process; its zygotes start when first needed, or with `start`."""
    with _lock:
        return _of_process(os.getpid())


def start() -> None:
    """Launch the zygotes of this process's pool and wait until they are warm."""
    shared().start()


def stop() -> None:
    """End the zygotes of this process's pool."""
    shared().stop()


def image(path: Path, *, thumbnail: bool = False) -> ImageResult:
    """Return signals, size, format and, if wanted, a thumbnail of the picture at `path`, decoded in a cage.

    Raises `Undecodable(reason, detail)`, `CageBusy`, or `OSError` when `path` cannot be read.
    """
    try:
        with metrics.decode_seconds.time():
            return shared().image(path, thumbnail=thumbnail)
    except Undecodable as error:
        metrics.undecodable.labels(error.reason).inc()
        raise


def file(path: Path) -> tuple[Signal, ...]:
    """Return exact hashes of the bytes at `path`; hashing decodes nothing, so it needs no cage. Raises `OSError`."""
    from ischia.core.media import file_signals

    return tuple(file_signals(path))


def report() -> dict[str, str]:
    """Return each layer of the confinement: `applied`, or why this system does not have it."""
    return shared().report()
