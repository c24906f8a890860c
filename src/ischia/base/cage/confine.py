"""What a decoder may not do, as layers: each one would have to be broken for hostile bytes to reach anything.

`separate` is done once by the zygote, `confine` by each child, after its fork and before it sees a foreign byte.
"""

from __future__ import annotations

import os
import platform
import resource
from dataclasses import dataclass

from ischia.base.cage import landlock, seccomp
from ischia.base.cage.kernel import Refused, prctl, unshare

_PR_SET_NO_NEW_PRIVS = 38
_NAMESPACES = {"user": 0x10000000, "network": 0x40000000, "ipc": 0x08000000}


@dataclass(frozen=True, slots=True)
class Budget:
    """What one file may cost.

    Bytes of memory above those at the start, seconds of processor and of wall clock, bytes of the answer.
    """

    memory: int = 600 * 2**20
    cpu: int = 10
    wall: float = 20.0
    answer: int = 2 * 2**20


def separate() -> str:
    """Leave the user, network and IPC namespaces of the system; returns `applied`, or why the kernel refused."""
    try:
        unshare("namespaces", sum(_NAMESPACES.values()))
    except Refused as refused:
        return str(refused)
    return "applied"


def confine(budget: Budget, readable: int) -> dict[str, str]:
    """Confine this process for good; only the file behind descriptor `readable` can still be opened.

    Returns what was applied and, for the layers that this kernel lacks, why not: `{layer: "applied" | reason}`.
    """
    limit_resources(budget)
    prctl("no_new_privs", _PR_SET_NO_NEW_PRIVS, 1)
    return {"limits": "applied", "landlock": _landlock(readable), "seccomp": _seccomp()}


def limit_resources(budget: Budget) -> None:
    """Limit memory, processor time, files, processes; memory counts from what is mapped already."""
    limits = {
        resource.RLIMIT_AS: mapped_bytes() + budget.memory,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 32,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CORE: 0,
    }
    for name, value in limits.items():
        resource.setrlimit(name, (value, value))
    # The first limit ends the process with a signal that says why; the second is for one that ignores it.
    resource.setrlimit(resource.RLIMIT_CPU, (budget.cpu, budget.cpu + 1))


def mapped_bytes() -> int:
    """Return the size of this process's address space."""
    with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - a Path would cost more than the read
        return int(statm.read().split()[0]) * os.sysconf("SC_PAGESIZE")


def _landlock(readable: int) -> str:
    try:
        landlock.restrict(landlock.version(), readable)
    except Refused as refused:
        return str(refused)
    return "applied"


def _seccomp() -> str:
    try:
        seccomp.install(platform.machine(), os.getpid())
    except Refused as refused:
        return str(refused)
    return "applied"
