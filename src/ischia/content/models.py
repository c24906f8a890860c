"""What the platform holds, as far as Ischia was shown it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ischia.base.ids import new_number

AUDIENCES = ("public", "auto_admit", "selected", "private")
SCREENED_AUDIENCES = frozenset({"public", "auto_admit"})
INSIDE_LENGTH = 200
PART_TYPES = ("text", "image", "video", "audio", "file", "link", "signal")


class Surface(models.Model):
    """A place on the platform where content appears."""

    name = models.CharField(max_length=64, unique=True)
    audience = models.CharField(max_length=16)
    when_silent = models.CharField(max_length=8)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(audience__in=AUDIENCES), name="surface_audience_known"),
            models.CheckConstraint(condition=Q(when_silent__in=("publish", "hold")), name="surface_silence_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Account(models.Model):
    """Protections that the operator registered for an author; most authors have no row here."""

    pseudonym = models.CharField(max_length=64, unique=True)
    protections = models.JSONField(default=list)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.pseudonym[:12]


class Item(models.Model):
    """One piece of published content, under the platform's own id; `author` is a keyed pseudonym."""

    id = models.BigIntegerField(primary_key=True, default=new_number, editable=False)
    surface = models.ForeignKey(Surface, on_delete=models.PROTECT, related_name="items")
    external_id = models.CharField(max_length=255)
    author = models.CharField(max_length=64, blank=True)
    url = models.TextField(blank=True)
    published_at = models.DateTimeField(null=True)
    views = models.BigIntegerField(null=True)
    first_seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)
    revision_number = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["surface", "external_id"], name="item_once")]

    def __str__(self) -> str:
        return f"{self.surface_id}/{self.external_id}"


class Revision(models.Model):
    """One version of an item. `parts` summarises each part: id, type, state, and what could be told of its form."""

    id = models.BigIntegerField(primary_key=True, default=new_number, editable=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    language = models.CharField(max_length=35, blank=True)
    parts = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["item", "number"], name="revision_once")]

    def __str__(self) -> str:
        return f"{self.item_id} revision {self.number}"


class Fingerprint(models.Model):
    """One signal of one part, kept so that a later hunt finds the item.

    `inside` says where in the part it was taken: a page, a file in an archive; empty for the part itself.
    """

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="fingerprints")
    part = models.CharField(max_length=255)
    inside = models.CharField(max_length=INSIDE_LENGTH, blank=True)
    algorithm = models.CharField(max_length=16)
    version = models.PositiveSmallIntegerField()
    value = models.CharField(max_length=2100)
    variant = models.CharField(max_length=64, blank=True)
    quality = models.IntegerField(null=True)
    data = models.BinaryField(default=b"")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["algorithm", "value"], name="fingerprint_value")]

    def __str__(self) -> str:
        return f"{self.algorithm} of {self.part}"


class PartContent(models.Model):
    """Content that a person must be able to look at: of queued and acted-on items only, and only until `expires_at`."""

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="contents")
    part = models.CharField(max_length=255)
    inside = models.CharField(max_length=INSIDE_LENGTH, blank=True)
    media_type = models.CharField(max_length=100)
    text = models.TextField(blank=True)
    file = models.CharField(max_length=100, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["revision", "part", "inside"], name="part_content_once")
        ]

    def __str__(self) -> str:
        return f"{self.part} of {self.revision_id}"
