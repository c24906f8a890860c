"""The ledger's part of `ischia fsck`: invariant I4, the log verifies and nothing waits for its place for long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ischia.base.events import EventRow
from ischia.base.problems import Problem
from ischia.core.tlog import LedgerError
from ischia.ledger import keys
from ischia.ledger.models import Checkpoint, Head
from ischia.ledger.verification import INVARIANT, verify

LATE = timedelta(seconds=60)


def fsck(now: datetime) -> Iterator[Problem]:
    """Verify the ledger, and say what has waited for more than a minute for its place or its signature."""
    late = EventRow.objects.filter(position=None, at__lt=now - LATE).count()
    if late:
        yield Problem(INVARIANT, "sequencer", f"{late} events have waited for more than a minute: is a worker running?")
    head, last = Head.objects.first(), Checkpoint.objects.order_by("-number").first()
    if head and head.size > (last.size if last else 0):
        oldest = EventRow.objects.filter(position=last.size if last else 0).values_list("at", flat=True).first()
        if oldest is not None and oldest < now - LATE:
            yield Problem(INVARIANT, "checkpoints", "records have waited for more than a minute for a signature")
    try:
        verifier = keys.verifier()
    except LedgerError as error:
        if head or last:
            yield Problem(INVARIANT, "key", str(error))
        return
    yield from verify(verifier=verifier, progress=lambda _done, _total: None).problems
