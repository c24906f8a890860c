"""Content's part of `ischia fsck`: invariant I5, files and the rows that name them belong together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import F

from ischia.base import storage
from ischia.base.problems import Problem
from ischia.content.models import Item, PartContent

INVARIANT = "I5"
# A file is written before the row that names it, and a request may take a while.
NAMED_WITHIN = timedelta(hours=1)


def fsck(now: datetime) -> Iterator[Problem]:
    """Every file that a row names exists, and every item has the revision that it says is its present one."""
    for pk, name in PartContent.objects.exclude(file="").values_list("pk", "file").iterator():
        if not storage.path_of(name).exists():
            yield Problem(INVARIANT, f"stored content {pk}", f"its file {name} is missing")
    rows = Item.objects.values_list("pk", "revision_number")
    for pk, number in rows.exclude(revisions__number=F("revision_number")).iterator():
        yield Problem("I1", f"item {pk}", f"revision {number} is missing")


def orphans(now: datetime, *, named: set[str]) -> Iterator[Problem]:
    """Files that no row names, and that are too old to belong to a request that is under way."""
    limit = (now - NAMED_WITHIN).timestamp()
    for name in storage.names():
        if name not in named and storage.modified_at(name) < limit:
            yield Problem(INVARIANT, f"file {name}", "no row names it; it can be deleted")


def named_files() -> set[str]:
    """The files that content names."""
    return set(PartContent.objects.exclude(file="").values_list("file", flat=True))
