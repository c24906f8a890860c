"""Identifiers that sort by the time of their making."""

from __future__ import annotations

import secrets
import time
import uuid


def new_number() -> int:
    """A key of 63 bits that sorts by the time of its making: 41 of Unix milliseconds, then 22 random ones.

    For tables whose rows are written in groups, where asking the database for each key would cost a statement a row.
    Two that collide violate the table's key, and the write is tried again.
    """
    return (time.time_ns() // 1_000_000 & (1 << 41) - 1) << 22 | secrets.randbits(22)


def new_id() -> uuid.UUID:
    """A version 7 UUID (RFC 9562, sections 5.7 and 6.2, method 3): Unix milliseconds, their fraction, 62 random bits.

    The fraction, in steps of 244 ns, keeps what one process makes within a millisecond in order, which is the order
    in which events enter the ledger.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = (rest << 12) // 1_000_000
    high = (milliseconds & (1 << 48) - 1) << 16 | 0x7 << 12 | fraction
    return uuid.UUID(int=high << 64 | 0b10 << 62 | secrets.randbits(62))
