"""Change logs and indexes to test with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from django.db import transaction

from ischia.base.config import config
from ischia.segments.catalog import LiveCatalog
from ischia.segments.models import Change
from ischia.segments.queries import ManifestView
from ischia.segments.reading import kind_of
from ischia.segments.verbs import NewChange, append_changes, publish_segment, sequence_changes

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def value_of(signal: int) -> bytes:
    """The one value of a signal: far from all others."""
    return np.random.default_rng(signal).bytes(32)


def record(*signals: int, op: str = "add", values: dict[int, bytes] | None = None) -> None:
    """Commit changes."""
    known = values or {}
    new = [
        NewChange(algorithm="pdq", signal=signal, value=known.get(signal, value_of(signal)), quality=80, op=op)
        for signal in signals
    ]
    with transaction.atomic():
        append_changes(new, now=NOON)


def retire(*signals: int) -> None:
    record(*signals, op="retire")


def sequence(limit: int = 10_000) -> int:
    with transaction.atomic():
        return sequence_changes(limit)


def compact(*, now: datetime = NOON) -> ManifestView:
    """Publish everything that has a position."""
    published = publish_segment(algorithm="pdq", now=now, fenced=lambda: None, after=1)
    assert published is not None
    return published


def reader() -> LiveCatalog:
    """An index as a process that starts now would read it."""
    return LiveCatalog(kind_of("pdq"))


def found(catalog: LiveCatalog, signals: Iterable[int]) -> set[int]:
    """Which of the signals are returned for their own value, once and at distance 0."""
    return {signal for signal in signals if (signal, 0) in catalog.search(value_of(signal), 0)}


def living() -> set[int]:
    """What the log says, read in the plainest way."""
    state = dict(Change.objects.order_by("id").values_list("signal", "op"))
    return {signal for signal, op in state.items() if op == "add"}


def file_path(file: str) -> Path:
    return config().folder("segments") / file
