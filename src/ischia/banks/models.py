"""Known content: collections, their entries, the signals that recognise them, and who vouches for them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ischia.base.ids import new_id

CONTEXTS = ("any", "dependent")
STATUSES = ("active", "review_only", "retired")


class Bank(models.Model):
    """A collection with a purpose. Only entries of an `acting` bank may ever act without a person."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=64, unique=True)
    purpose = models.TextField()
    acting = models.BooleanField(default=False)
    sources_required = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Entry(models.Model):
    """One known piece of content."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="entries")
    label = models.CharField(max_length=200)
    context = models.CharField(max_length=12)
    status = models.CharField(max_length=12)
    excerpt = models.TextField(blank=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(context__in=CONTEXTS), name="entry_context_known"),
            models.CheckConstraint(condition=Q(status__in=STATUSES), name="entry_status_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["bank", "-created_at"], name="entry_newest")]

    def __str__(self) -> str:
        return self.label


class EntrySource(models.Model):
    """Somebody who vouches for an entry."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="sources")
    name = models.CharField(max_length=120)
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["entry", "name"], name="source_once")]

    def __str__(self) -> str:
        return self.name


class EntrySignal(models.Model):
    """A signal by which an entry is recognised."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="signals")
    algorithm = models.CharField(max_length=16)
    version = models.PositiveSmallIntegerField()
    value = models.CharField(max_length=2100)
    quality = models.IntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entry", "algorithm", "value"], name="entry_signal_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["value", "algorithm"], name="entry_signal_value")]

    def __str__(self) -> str:
        return f"{self.algorithm} {self.value[:16]}"


class EntryPicture(models.Model):
    """A small re-encoded picture of an entry, shown beside a probe; the original is not kept."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="pictures")
    file = models.CharField(max_length=100)
    media_type = models.CharField(max_length=100)

    def __str__(self) -> str:
        return f"picture of {self.entry_id}"
