"""Landlock: the confined process may read one file and open, create, connect to and signal nothing else.

Linux `Documentation/userspace-api/landlock.rst`; the numbers are the same on every processor.
"""

from __future__ import annotations

import ctypes
import os
import struct

from ischia.base.cage.kernel import syscall

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_VERSION_FLAG, _RULE_PATH_BENEATH = 1, 1
_READ_FILE = 1 << 2
_ALL_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_ALL_NETWORK_RIGHTS = 0b11
_ALL_SCOPES = 0b11


def version() -> int:
    """Return the kernel's Landlock version, from 1; raises `Refused` where there is none."""
    return syscall("landlock", _CREATE, 0, 0, _VERSION_FLAG)


def restrict(abi: int, readable: int) -> None:
    """Confine this process for good to reading the file behind descriptor `readable`; raises `Refused`."""
    rights = _ALL_FILE_RIGHTS[min(abi, 5)]
    fields = [rights, _ALL_NETWORK_RIGHTS, _ALL_SCOPES][: 1 + (abi >= 4) + (abi >= 6)]
    rules = _attributes(struct.pack(f"={len(fields)}Q", *fields))
    ruleset = syscall("landlock ruleset", _CREATE, ctypes.addressof(rules), 8 * len(fields), 0)
    rule = _attributes(struct.pack("=Qi", _READ_FILE, readable))
    syscall("landlock rule", _ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.addressof(rule), 0)
    syscall("landlock", _RESTRICT, ruleset, 0)
    os.close(ruleset)


def _attributes(packed: bytes) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(packed, len(packed))
