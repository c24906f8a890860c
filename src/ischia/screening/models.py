"""Verdicts with their matches, tallies of what was let pass, hunts and what they found."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from ischia.banks.models import Bank, Entry
from ischia.base.ids import new_id
from ischia.content.models import INSIDE_LENGTH, Revision


class Screening(models.Model):
    """What policy said of a revision. `state` is pending until an asynchronous screening is done."""

    revision = models.OneToOneField(Revision, on_delete=models.CASCADE, primary_key=True, related_name="screening")
    state = models.CharField(max_length=8, default="done")
    verdict = models.CharField(max_length=8, blank=True)
    reasons = models.JSONField(default=list)
    policy = models.PositiveIntegerField(null=True)
    match_count = models.PositiveIntegerField(default=0)
    decision = models.UUIDField(null=True)
    case = models.UUIDField(null=True)
    took_us = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=("pending", "done")), name="screening_state_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["verdict", "-created_at"], name="screening_verdict")]

    def __str__(self) -> str:
        return f"{self.verdict or self.state} {self.revision_id}"


class Match(models.Model):
    """A signal of a part and a signal of an entry that are close enough to be evidence.

    `kind` says what was done to the known content, `where` in the part and in the entry it is: corners of a picture,
    spans of a text, seconds. `gated` says whether the second gate passed; None where there is none.
    """

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="matches")
    part = models.CharField(max_length=255)
    inside = models.CharField(max_length=INSIDE_LENGTH, blank=True)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")
    signal = models.BigIntegerField()
    algorithm = models.CharField(max_length=16)
    distance = models.PositiveIntegerField()
    threshold = models.PositiveIntegerField()
    strength = models.CharField(max_length=8)
    kind = models.CharField(max_length=24)
    gated = models.BooleanField(null=True)
    weight = models.PositiveSmallIntegerField(default=0)
    where = models.JSONField(default=dict)
    quality = models.IntegerField(null=True)
    hunted = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["revision", "part", "inside", "signal"], name="match_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["entry"], name="match_entry")]

    def __str__(self) -> str:
        return f"{self.algorithm} at {self.distance}"


class Tally(models.Model):
    """How many verdicts of a kind a surface had in a minute, and how many of them are in the ledger already.

    A closed minute is recorded as one, and once more when a job that took longer has added to it.
    """

    surface = models.CharField(max_length=64)
    minute = models.DateTimeField()
    verdict = models.CharField(max_length=8)
    count = models.PositiveIntegerField(default=0)
    recorded = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["surface", "minute", "verdict"], name="tally_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["minute"], condition=Q(count__gt=F("recorded")), name="tally_unrecorded"),
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.verdict}"


class Hunt(models.Model):
    """A search through the fingerprints of everything that is held; `cursor` is the last one looked at.

    For an entry, for a whole bank, or ad hoc for the signals of a file, which waits until a second person approves.
    `horizon` is where the fingerprints ended when it began: what was being stored then is looked at once more.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="+")
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, null=True, related_name="+")
    signals = models.JSONField(default=list)
    reason = models.TextField(blank=True)
    asked_by = models.CharField(max_length=120, blank=True)
    approved_by = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=8, default="open")
    cursor = models.BigIntegerField(default=0)
    horizon = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=8, blank=True)
    answered_by = models.CharField(max_length=120, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=("waiting", "open", "done")), name="hunt_state_known"),
            models.CheckConstraint(condition=Q(answer__in=("", "accepted", "refused")), name="hunt_answer_known"),
            models.UniqueConstraint(fields=["entry"], condition=Q(state="open"), name="hunt_once_for_entry"),
            models.UniqueConstraint(fields=["bank"], condition=Q(state="open"), name="hunt_once_for_bank"),
        ]
        indexes: ClassVar = [models.Index(fields=["-started_at"], name="hunt_newest")]

    def __str__(self) -> str:
        return f"hunt {self.id}"


class HuntFind(models.Model):
    """A revision that a hunt found, and what policy would do with it: the preview that somebody accepts or refuses."""

    hunt = models.ForeignKey(Hunt, on_delete=models.CASCADE, related_name="finds")
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="+")
    would = models.CharField(max_length=8)
    matches = models.JSONField(default=list)
    decision = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["hunt", "revision"], name="hunt_find_once")]
        indexes: ClassVar = [models.Index(fields=["hunt", "would"], name="hunt_find_would")]

    def __str__(self) -> str:
        return f"{self.would} {self.revision_id}"
