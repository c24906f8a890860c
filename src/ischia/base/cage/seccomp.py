"""A seccomp filter, assembled by hand: which system calls the confined process may make.

Programs are classic BPF over `struct seccomp_data` {int nr; u32 arch; u64 ip; u64 args[6]} (Linux
`Documentation/userspace-api/seccomp_filter.rst`); both supported processors are little-endian.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import struct
import termios
from typing import Final

from ischia.base.cage import system_calls
from ischia.base.cage.kernel import Refused, prctl

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_KILL, _ALLOW, _ERROR = 0x80000000, 0x7FFF0000, 0x00050000
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_CLONE_THREAD = 0x00010000
_X32_BIT = 0x40000000
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

Instruction = tuple[int, int, int, int]
"""Operation, instructions to skip when true, when false, and the operand."""


def program(machine: str, pid: int) -> list[Instruction]:
    """Return the filter for process `pid` on `machine`; raises `Refused` for a processor that is not known."""
    if machine not in system_calls.AUDIT_ARCH:
        raise Refused(f"no system call numbers are known for {machine}")
    code: list[Instruction] = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, system_calls.AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),
    ]
    if machine == "x86_64":
        code += [(_AT_LEAST, 0, 1, _X32_BIT), (_RETURN, 0, 0, _KILL)]
    for call in system_calls.harmless(machine):
        code += [(_EQUAL, 0, 1, call), (_RETURN, 0, 0, _ALLOW)]
    for name, argument, test, operand, when_true, when_false in _conditions(pid):
        call_number = system_calls.number(name, machine)
        if call_number is not None:
            code += [
                (_EQUAL, 0, 4, call_number),
                (_LOAD, 0, 0, 16 + 8 * argument),
                (test, 0, 1, operand),
                (_RETURN, 0, 0, when_true),
                (_RETURN, 0, 0, when_false),
            ]
    for call in system_calls.deadly(machine):
        code += [(_EQUAL, 0, 1, call), (_RETURN, 0, 0, _KILL)]
    return [*code, (_RETURN, 0, 0, _ERROR | errno.EPERM)]


def _conditions(pid: int) -> list[tuple[str, int, int, int, int, int]]:
    """Name, argument, test, operand, verdict when true, verdict when false."""
    refused, unknown = _ERROR | errno.EPERM, _ERROR | errno.ENOSYS
    return [
        ("openat", 2, _ANY_BIT, _WRITING, _KILL, _ALLOW),
        ("open", 1, _ANY_BIT, _WRITING, _KILL, _ALLOW),
        ("mmap", 2, _ANY_BIT, mmap.PROT_EXEC, refused, _ALLOW),
        ("mprotect", 2, _ANY_BIT, mmap.PROT_EXEC, refused, _ALLOW),
        ("ioctl", 1, _EQUAL, termios.TCGETS, _ALLOW, refused),
        ("clone", 0, _ANY_BIT, _CLONE_THREAD, refused, _KILL),
        ("clone3", 0, _EQUAL, 0, unknown, unknown),
        ("tgkill", 0, _EQUAL, pid, _ALLOW, _KILL),
    ]


def install(machine: str, pid: int) -> None:
    """Confine this process for good; needs PR_SET_NO_NEW_PRIVS. Raises `Refused`."""
    code = program(machine, pid)
    buffer = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *instruction) for instruction in code))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(code), ctypes.addressof(buffer)))
    prctl("seccomp filter", _PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(header))
