"""Names of processes, by which another one can tell that what they began will never be finished."""

from __future__ import annotations

import os
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def name() -> str:
    """Name this process: boot, process namespace, number and instant of its start; empty where `/proc` is missing."""
    return _named(os.getpid())


def is_gone(name: str) -> bool:
    """Tell whether the process of this name has ended. What is elsewhere, or nameless, is never known to be gone."""
    place, _, number = name.partition(" ")[0].rpartition(":")
    return bool(place) and place == _place() and _named(int(number)) != name


def _named(number: int) -> str:
    """Return `boot:namespace:number start`, without the start if there is no such process."""
    place = _place()
    return f"{place}:{number} {_started(number)}" if place else ""


def _place() -> str:
    """Name what numbers processes: containers on one machine, and the machine after it was started again, differ."""
    try:
        return f"{_BOOT.read_text().strip()}:{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _started(number: int) -> str:
    """Return the clock ticks from boot to the start of a process; empty if there is none, or if it is a zombie."""
    try:
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in {"Z", "X"} else fields[19]
