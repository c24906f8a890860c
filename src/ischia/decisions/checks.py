"""Decisions' part of `ischia fsck`: I2 and I3, each decision has its actions, its records and its deliveries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ischia.base.deliveries.queries import unsent
from ischia.base.events import EventRow
from ischia.base.problems import Problem
from ischia.decisions.classes import CLASSES
from ischia.decisions.events import ActionAcknowledged, Decided, Ended
from ischia.decisions.models import Action, Decision
from ischia.decisions.verbs import REQUESTED


def fsck(now: datetime) -> Iterator[Problem]:
    """Every decision asked for its action once and is recorded once; what waits for the platform is being sent."""
    for decision in Decision.objects.prefetch_related("actions").iterator(chunk_size=500):
        cls = CLASSES.get(decision.effect)
        asked = [action for action in decision.actions.all() if cls and action.kind == cls.kind]
        if len(asked) != 1:
            yield Problem("I2", f"decision {decision.pk}", f"it asked for its effect {len(asked)} times, not once")
    yield from _recorded("decision", Decided.kind, Decision.objects.count())
    yield from _recorded("ended decision", Ended.kind, Decision.objects.filter(state="ended").count())
    acknowledged = EventRow.objects.filter(kind=ActionAcknowledged.kind).count()
    if acknowledged < Action.objects.filter(state__in=("done", "failed")).count():
        yield Problem("I4", "actions", "some were acknowledged without a record")
    yield from _delivered()


def _recorded(what: str, kind: str, expected: int) -> Iterator[Problem]:
    found = EventRow.objects.filter(kind=kind).count()
    if found != expected:
        yield Problem("I4", f"{what}s", f"there are {expected}, and {found} records of kind {kind}")


def _delivered() -> Iterator[Problem]:
    waiting = [str(pk) for pk in Action.objects.filter(state="requested").values_list("pk", flat=True)]
    for start in range(0, len(waiting), 500):
        for action in sorted(unsent(waiting[start : start + 500], kind=REQUESTED)):
            yield Problem("I3", f"action {action}", "it waits for the platform, and no job will send it again")
