"""What waits for a person."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ischia.base.ids import new_id
from ischia.content.models import Item


class Case(models.Model):
    """What a reviewer opens: near-identical items together, under one `cluster` while the case is open."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    cluster = models.CharField(max_length=120)
    reason = models.CharField(max_length=24)
    state = models.CharField(max_length=8, default="open")
    priority = models.IntegerField(default=0)
    items = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=("open", "closed")), name="case_state_known"),
            models.UniqueConstraint(fields=["cluster"], condition=Q(state="open"), name="case_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "-priority", "opened_at"], name="case_queue")]

    def __str__(self) -> str:
        return f"{self.reason} {self.id}"


class CaseItem(models.Model):
    """An item in a case, as the revision that brought it there."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="members")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")
    revision = models.PositiveIntegerField()
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "item", "revision"], name="case_item_once")]

    def __str__(self) -> str:
        return f"{self.item_id} in {self.case_id}"
