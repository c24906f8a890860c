"""The works that a cage does, and what each may cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ischia.base.cage.confine import Budget

Blobs = Mapping[str, Sequence[bytes]]
"""What of an answer is no text: groups of byte strings, each group by its name."""

Work = Callable[[str, dict[str, Any]], tuple[dict[str, Any], Blobs]]
"""A decoder: path of the file and the job's options; returns a JSON document and blobs."""

Works = Mapping[str, Work]
"""What a module of works offers as `WORKS`, beside `warm()`."""

_MIB: Final = 2**20

BUDGETS: Final[Mapping[str, Budget]] = {
    "image": Budget(),
    "video": Budget(memory=1024 * _MIB, cpu=240, wall=480.0, answer=24 * _MIB),
    "sound": Budget(memory=600 * _MIB, cpu=120, wall=300.0, answer=4 * _MIB),
    "pdf": Budget(memory=800 * _MIB, cpu=30, wall=90.0, answer=96 * _MIB),
    "ocr": Budget(memory=600 * _MIB, cpu=60, wall=180.0, answer=4 * _MIB),
    "scans": Budget(memory=800 * _MIB, cpu=240, wall=480.0, answer=16 * _MIB),
    "archive": Budget(memory=800 * _MIB, cpu=30, wall=90.0, answer=160 * _MIB),
}
"""What one file may cost, by the work that looks into it; of a long film what one window of it may."""

SLOW: Final = 60.0
"""Works that may take so many seconds never hold all cages of a process."""

LONGEST_FILM: Final = 1e9
"""Files may claim any length; no more seconds than these are passed on."""
