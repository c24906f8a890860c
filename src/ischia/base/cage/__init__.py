"""The decode cage: every byte from outside is decoded in a confined process that lives for one file.

A pool of zygotes (`zygote.py`) forks one child per file; the child confines itself (`confine.py`), decodes, answers one
document and ends. `image`, `video`, `sound`, `ocr`, `pdf`, `scans`, `archive` and `file` are what other code calls; a
process has one pool, of `ISCHIA_CAGES` zygotes. What each may cost is in `works.py`.
"""

from __future__ import annotations

import contextlib
import functools
import os
import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ischia.base import metrics
from ischia.base.cage import results
from ischia.base.cage.answers import REASONS, Answer, parse
from ischia.base.cage.confine import Budget
from ischia.base.cage.results import ImageResult
from ischia.base.cage.slot import Job, Slot, ZygoteDied
from ischia.base.cage.works import BUDGETS, LONGEST_FILM, SLOW
from ischia.core.media.archives import ArchiveContent
from ischia.core.media.audio import SoundSignals
from ischia.core.media.errors import Reason, Undecodable
from ischia.core.media.ocr import ReadText
from ischia.core.media.pdf import PdfContent
from ischia.core.media.scans import ReadPage
from ischia.core.media.video import START, Rest, VideoSample
from ischia.core.signals import Signal

__all__ = [
    "BUDGETS",
    "REASONS",
    "Budget",
    "Cage",
    "CageBusy",
    "ImageResult",
    "Undecodable",
    "ZygoteDied",
    "archive",
    "file",
    "image",
    "ocr",
    "pdf",
    "report",
    "scans",
    "shared",
    "sound",
    "start",
    "stop",
    "video",
]

WORKS = "ischia.base.cage.work"


class CageBusy(Exception):
    """Every cage is at work and none came free in time: the caller should answer 503, or try again."""


class Cage:
    """A pool of cages for any number of threads of one process."""

    def __init__(
        self,
        *,
        cache: Path,
        size: int = 2,
        works: str = WORKS,
        budgets: Mapping[str, Budget] = BUDGETS,
        patience: float = 15.0,
    ) -> None:
        self._slots = [Slot(works, cache) for _ in range(size)]
        self._free: queue.Queue[Slot] = queue.Queue()
        self._patience, self._budgets = patience, budgets
        # Whatever takes minutes leaves one cage to what takes milliseconds.
        self._slow = threading.BoundedSemaphore(max(1, size - 1))
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

    def image(self, path: Path, *, thumbnail: bool = False, plane: bool = False) -> ImageResult:
        """As `cage.image`."""
        return results.image(self.run(path, "image", thumbnail=thumbnail, plane=plane))

    def video(
        self,
        path: Path,
        *,
        dense: bool = False,
        begin: Rest = START,
        seconds: float | None = None,
        thorough: bool = False,
        longest: float = LONGEST_FILM,
    ) -> VideoSample:
        """As `cage.video`."""
        options = {"dense": dense, "begin": begin, "seconds": seconds, "thorough": thorough, "longest": longest}
        return results.video(self.run(path, "video", **options))

    def sound(self, path: Path, *, start: float = 0.0, seconds: float | None = None) -> SoundSignals:
        """As `cage.sound`."""
        return results.sound(self.run(path, "sound", start=start, seconds=seconds))

    def ocr(self, path: Path) -> ReadText:
        """As `cage.ocr`."""
        return results.ocr(self.run(path, "ocr"))

    def pdf(self, path: Path) -> PdfContent:
        """As `cage.pdf`."""
        try:
            return results.pdf(self.run(path, "pdf"))
        except Undecodable as error:
            if error.reason not in (Reason.TIMEOUT, Reason.DECODER_DIED):
                raise
        return results.pdf(self.run(path, "pdf", words_only=True))

    def scans(self, path: Path) -> tuple[ReadPage, ...]:
        """As `cage.scans`."""
        return results.scans(self.run(path, "scans"))

    def archive(self, path: Path, *, depth: int = 1) -> ArchiveContent:
        """As `cage.archive`."""
        return results.archive(self.run(path, "archive", depth=depth))

    def run(self, path: Path, work: str, **options: object) -> Answer:
        """Return what a work says about the file at `path`, its fields unchecked; raises as `cage.image` does."""
        budget = self._budgets[work]
        with self._lane(budget), self._slot() as slot:
            try:
                answer = slot.run(path, Job(work, options, budget))
            except ZygoteDied as error:
                raise Undecodable(Reason.DECODER_DIED, str(error)) from error
        return parse(answer)

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

    def processes(self) -> tuple[int | None, ...]:
        """Return the process ids of the zygotes, None for those that never started: another id is another process."""
        return tuple(slot.pid for slot in self._slots)

    @contextmanager
    def _lane(self, budget: Budget) -> Iterator[None]:
        if budget.wall < SLOW:
            yield
            return
        if not self._slow.acquire(timeout=self._patience):
            raise CageBusy(_busy(self._patience))
        try:
            yield
        finally:
            self._slow.release()

    @contextmanager
    def _slot(self) -> Iterator[Slot]:
        try:
            slot = self._free.get(timeout=self._patience)
        except queue.Empty:
            raise CageBusy(_busy(self._patience)) from None
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


def _busy(patience: float) -> str:
    return f"no cage came free within {patience:g} s; ISCHIA_CAGES sets their number"


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


def image(path: Path, *, thumbnail: bool = False, plane: bool = False) -> ImageResult:
    """Return signals, size, format and, if wanted, a thumbnail and the luma plane of a picture, decoded in a cage.

    Raises `Undecodable(reason, detail)`, `CageBusy`, or `OSError` when `path` cannot be read.
    """
    with _measured():
        return shared().image(path, thumbnail=thumbnail, plane=plane)


def video(
    path: Path,
    *,
    dense: bool = False,
    begin: Rest = START,
    seconds: float | None = None,
    thorough: bool = False,
    longest: float = LONGEST_FILM,
) -> VideoSample:
    """Return the hashes of a film's frames, sampled densely for a bank or sparsely for a probe, and small stills.

    All of it, or `seconds` from `begin`: the budget is that of one window, so long films are looked at one window after
    the other, as `core.media.video.sample` says. Animated pictures are films too. Raises as `image` does, with reason
    `unsupported` where PyAV is not installed.
    """
    with _measured():
        return shared().video(path, dense=dense, begin=begin, seconds=seconds, thorough=thorough, longest=longest)


def sound(path: Path, *, start: float = 0.0, seconds: float | None = None) -> SoundSignals:
    """Return the fingerprint of an audio file or of a video's sound: all of it, or `seconds` from `start` on.

    No signal when nothing can be recognised; `notes` say why. Raises as `image` does, with reason `unsupported` where
    PyAV is not installed.
    """
    with _measured():
        return shared().sound(path, start=start, seconds=seconds)


def ocr(path: Path) -> ReadText:
    """Return the text in a picture, line by line, as a machine read it.

    Raises as `image` does, with reason `unsupported` where tesserocr or all of Tesseract's languages are lacking.
    """
    with _measured():
        return shared().ocr(path)


def pdf(path: Path) -> PdfContent:
    """Return the words, links, pictures, drawn pages and attached files of a PDF file.

    A document that cannot be drawn in time, or ends the decoder, is read again for words, links and files alone; the
    note `more_pages_than_drawn` then stands beside no drawing.
    Raises as `image` does, with reason `unsupported` where pypdfium2 is not installed.
    """
    with _measured():
        return shared().pdf(path)


def scans(path: Path) -> tuple[ReadPage, ...]:
    """Return the words in the pictures of a PDF file, page by page, as a machine read them.

    Raises as `ocr` and `pdf` do.
    """
    with _measured():
        return shared().scans(path)


def archive(path: Path, *, depth: int = 1) -> ArchiveContent:
    """Return the files in an archive or an office file, their texts, and what was left out and why.

    An archive that was found inside others is opened with its depth, the outermost being 1. Raises as `image` does.
    """
    with _measured():
        return shared().archive(path, depth=depth)


@contextmanager
def _measured() -> Iterator[None]:
    try:
        with metrics.decode_seconds.time():
            yield
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
