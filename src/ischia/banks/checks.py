"""Banks' part of `ischia fsck`: every signal that is searched by distance is in the index's change log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ischia.banks.models import EntryPicture, EntrySignal
from ischia.base import storage
from ischia.base.problems import Problem
from ischia.core.signals import TYPES
from ischia.segments.queries import logged_signals


def fsck(now: datetime) -> Iterator[Problem]:
    """Signals of entries that can match are in the index, those of retired ones are not, and pictures exist."""
    for algorithm in (name for name, kind in TYPES.items() if kind.search in {"radius", "votes"}):
        signals = EntrySignal.objects.filter(algorithm=algorithm)
        expected = set(signals.exclude(entry__status="retired").values_list("pk", flat=True))
        present = logged_signals(algorithm)
        for pk in sorted(expected - present)[:100]:
            yield Problem("I1", f"signal {pk}", f"it can match, and the index of {algorithm} does not know it")
        for pk in sorted(present - expected)[:100]:
            yield Problem("I1", f"signal {pk}", f"its entry is retired, and the index of {algorithm} still has it")
    for pk, name in EntryPicture.objects.values_list("pk", "file").iterator():
        if not storage.path_of(name).exists():
            yield Problem("I5", f"picture {pk}", f"its file {name} is missing")


def named_files() -> set[str]:
    """The files that banks name."""
    return set(EntryPicture.objects.values_list("file", flat=True))
