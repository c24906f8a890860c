"""Calls into the C library that Python does not wrap."""

from __future__ import annotations

import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class Refused(OSError):
    """The kernel, or this processor, does not offer a layer of the confinement; the message says which and why."""


def prctl(what: str, option: int, *arguments: int) -> None:
    """`prctl(2)`; raises `Refused` naming `what` could not be set."""
    padded = [*arguments, 0, 0, 0, 0][:4]
    if _libc.prctl(ctypes.c_int(option), *(ctypes.c_ulong(value) for value in padded)) != 0:
        raise _refused(what)


def syscall(what: str, number: int, *arguments: int) -> int:
    """`syscall(2)` with integers and addresses; raises `Refused` naming `what` failed."""
    result = int(_libc.syscall(ctypes.c_long(number), *(ctypes.c_ulong(value) for value in arguments)))
    if result < 0:
        raise _refused(what)
    return result


def unshare(what: str, flags: int) -> None:
    """`unshare(2)`; raises `Refused` naming `what` could not be separated."""
    if _libc.unshare(ctypes.c_int(flags)) != 0:
        raise _refused(what)


def _refused(what: str) -> Refused:
    code = ctypes.get_errno()
    return Refused(code, f"{what}: {os.strerror(code)}")
