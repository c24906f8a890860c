"""Every write to cases."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from ischia.base.events import Actor, publish
from ischia.content.models import Item
from ischia.review.events import CaseJoined, CaseOpened
from ischia.review.models import Case, CaseItem

REASONS = ("verdict", "undecodable", "hunt", "action_failed", "withdrawn")


def open_or_join(
    *, cluster: str, reason: str, item: Item, revision: int, priority: int = 0, actor: Actor, now: datetime
) -> UUID:
    """Put the item before a person: into the open case of its cluster, or a new one. Repeating it changes nothing."""
    if reason not in REASONS:
        raise ValueError(f"{reason!r} is not a reason for a case; there are {', '.join(REASONS)}")
    with transaction.atomic():
        case, opened = Case.objects.get_or_create(
            cluster=cluster, state="open", defaults={"reason": reason, "priority": priority, "opened_at": now}
        )
        if opened:
            publish(CaseOpened(case=case.pk, reason=reason), actor=actor, now=now)
        _, joined = CaseItem.objects.get_or_create(case=case, item=item, revision=revision, defaults={"added_at": now})
        if joined:
            Case.objects.filter(pk=case.pk).update(items=F("items") + 1)
            event = CaseJoined(case=case.pk, surface=item.surface.name, item=item.external_id, revision=revision)
            publish(event, actor=actor, now=now)
    return case.pk
