"""Hostile files through the real cage, and a watch on a file that nobody may open."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ischia.base.cage import Cage, Undecodable
from tests.hostile import Case

RESULT = "result"
_IN_OPEN, _IN_ACCESS = 0x20, 0x1


@dataclass(frozen=True)
class Outcome:
    """How a work of the cage ended with a file: `result`, or the reason why not; the detail, and seconds by the wall."""

    kind: str
    how: str
    work: str
    state: str
    detail: str
    seconds: float


def outcomes(cage: Cage, cases: Iterable[Case], folder: Path) -> Iterator[Outcome]:
    """Yield what becomes of each case with each of its works."""
    path = folder / "file"
    for case in cases:
        path.write_bytes(case.content)
        for work in case.works:
            began = time.monotonic()
            state, detail = _state(cage, work, path)
            yield Outcome(case.kind, case.how, work, state, detail, time.monotonic() - began)


def _state(cage: Cage, work: str, path: Path) -> tuple[str, str]:
    try:
        getattr(cage, work)(path)
    except Undecodable as error:
        return error.reason, error.detail
    return RESULT, ""


class Watch:
    """Counts how often a file is opened, by whomever."""

    def __init__(self, path: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0 or libc.inotify_add_watch(self._descriptor, bytes(path), _IN_OPEN | _IN_ACCESS) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def opened(self) -> bool:
        """Return whether the file was opened since the last call."""
        try:
            return bool(os.read(self._descriptor, 65536))
        except BlockingIOError:
            return False

    def close(self) -> None:
        """Stop watching."""
        os.close(self._descriptor)
