"""What happened, in the order of commits only after the ledger has sequenced it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ischia.base.ids import new_id


class EventRow(models.Model):
    """One event. `leaf` is the canonical JSON that the ledger's tree is built over, and never changes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=80)
    at = models.DateTimeField()
    leaf = models.TextField()
    position = models.BigIntegerField(null=True, unique=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=models.Q(position=None), name="event_unsequenced"),
            models.Index(fields=["kind", "at"], name="event_kind_at"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class EventOpening(models.Model):
    """The value behind a salted commitment in a leaf; erasing the row leaves the ledger whole."""

    event = models.ForeignKey(EventRow, on_delete=models.CASCADE, related_name="openings")
    path = models.CharField(max_length=120)
    salt = models.BinaryField(max_length=32)
    value = models.TextField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["event", "path"], name="opening_once")]

    def __str__(self) -> str:
        return f"{self.path} of {self.event_id}"
