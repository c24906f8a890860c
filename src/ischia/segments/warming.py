"""Getting the compiled loops ready beside the start of a process, so that no submission waits for them."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Callable
from typing import Final

import structlog

from ischia.base.config import config
from ischia.core import matching, sound, text, vision
from ischia.core.signals import pdq

KERNELS: Final[tuple[tuple[str, Callable[[], None]], ...]] = (
    ("matching", matching.warm),
    ("text", text.warm),
    ("pictures", pdq.warm),
    ("corners", vision.warm),
    ("sound", sound.warm),
)
"""What screening and hunts run, in the order in which a new installation is likely to need it."""

_starting = threading.Lock()
_threads: list[threading.Thread] = []
_log = structlog.get_logger("ischia.segments")


def start() -> threading.Thread:
    """Get everything ready in a thread of its own, once per process; it may be left running when the process ends.

    An installation's first start compiles for most of a minute of one core, every later one reads what that left in the
    data folder, for a second. A process is not ready before, because its first submissions would wait as long.
    """
    with _starting:
        if not _threads:
            _threads.append(threading.Thread(target=_warm_all, name="kernels", daemon=True))
            _threads[0].start()
        return _threads[0]


def under_way() -> bool:
    """Whether this process still gets ready."""
    return any(thread.is_alive() for thread in _threads)


def _warm_all() -> None:
    for name, warm in KERNELS:
        try:
            warm_once(warm)
        except Exception:  # noqa: BLE001  Whoever needs the kernel meets the error, and says what it stopped.
            _log.exception("segments.not_warmed", kernels=name)


def warm_once(warm: Callable[[], None]) -> None:
    """Call `warm` while no other process of this data folder does: the second one finds what the first compiled."""
    with (config().folder("cache") / "kernels.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        warm()
