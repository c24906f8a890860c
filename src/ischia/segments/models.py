"""The index's change log and the segment files that were built from it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

ADD = "add"
RETIRE = "retire"
ACTIVE = "active"
DAMAGED = "damaged"
SUPERSEDED = "superseded"


class Change(models.Model):
    """A signal became searchable, or stopped to be. Rows are never changed, but for what `verbs` says here.

    The position is given once. `value` has 32 bytes, or is the whole of a large signal; it is empty where one that is
    found by votes is retired, and is emptied when files hold it and it is kept elsewhere as well.
    PostgreSQL commits ids out of order; positions are contiguous, and one is seen only when all lower ones are.
    """

    id = models.BigAutoField(primary_key=True)
    algorithm = models.CharField(max_length=16)
    version = models.PositiveSmallIntegerField()
    signal = models.BigIntegerField()
    value = models.BinaryField()
    quality = models.SmallIntegerField(null=True)
    op = models.CharField(max_length=6)
    position = models.BigIntegerField(null=True, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(op__in=(ADD, RETIRE)), name="change_op_known")]
        indexes: ClassVar = [models.Index(fields=["algorithm", "version", "position"], name="change_order")]

    def __str__(self) -> str:
        return f"{self.op} {self.algorithm} {self.signal}"


class Manifest(models.Model):
    """One segment file: what is in it, and up to which position of the change log. The newest hides the older ones.

    A damaged one is left aside by every process until a new file replaces it.
    """

    id = models.BigAutoField(primary_key=True)
    algorithm = models.CharField(max_length=16)
    version = models.PositiveSmallIntegerField()
    file = models.CharField(max_length=100, unique=True)
    digest = models.BinaryField(max_length=32)
    count = models.BigIntegerField()
    upto = models.BigIntegerField()
    state = models.CharField(max_length=10, default=ACTIVE)
    created_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=(ACTIVE, DAMAGED), superseded_at=None)
                | Q(state=SUPERSEDED, superseded_at__isnull=False),
                name="manifest_superseded_at",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["algorithm", "state"], name="manifest_active")]

    def __str__(self) -> str:
        return f"{self.file} up to {self.upto}"
