"""Known content: collections, their entries, the signals that recognise them, and who vouches for them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ischia.base.ids import new_id

CONTEXTS = ("any", "dependent")
HUNT_FINDS = ("preview", "act")
STATUSES = ("active", "review_only", "retired")


class Bank(models.Model):
    """A collection with a purpose. Only entries of an `acting` bank may ever act without a person.

    A bank that `protects` holds what is never evidence: scripture, recitations, calligraphy, logos of news. What a hunt
    finds waits for a person to accept its preview, unless `hunt_finds` is `act`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=64, unique=True)
    purpose = models.TextField()
    acting = models.BooleanField(default=False)
    protects = models.BooleanField(default=False)
    hunt_finds = models.CharField(max_length=8, default="preview")
    sources_required = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(hunt_finds__in=HUNT_FINDS), name="bank_hunt_finds_known"),
            models.CheckConstraint(condition=Q(protects=False) | Q(acting=False), name="bank_protects_or_acts"),
        ]

    def __str__(self) -> str:
        return self.name


class Entry(models.Model):
    """One known piece of content. `held_back` says why it is review-only, if a person or a check said so."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="entries")
    label = models.CharField(max_length=200)
    context = models.CharField(max_length=12)
    status = models.CharField(max_length=12)
    held_back = models.CharField(max_length=16, blank=True)
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
    variant = models.CharField(max_length=64, blank=True)
    quality = models.IntegerField(null=True)
    data = models.BinaryField(default=b"")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entry", "algorithm", "value"], name="entry_signal_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["value", "algorithm"], name="entry_signal_value")]

    def __str__(self) -> str:
        return f"{self.algorithm} {self.value[:16]}"


class EntryPicture(models.Model):
    """A small re-encoded picture of an entry, shown beside a probe; the original is not kept.

    Videos have several; `inside` is the instant or the page that each shows.
    """

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="pictures")
    file = models.CharField(max_length=100)
    media_type = models.CharField(max_length=100)
    inside = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return f"picture of {self.entry_id}"
