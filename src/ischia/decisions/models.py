"""Decisions and the actions that carry them out."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ischia.base.ids import new_id
from ischia.content.models import Item

ACTION_STATES = ("requested", "done", "failed", "superseded")


class Decision(models.Model):
    """The recorded act: who decided, on what ground and evidence, with what scope, and whether it is in force.

    Its author, evidence and causes are kept as kinds and references, so that upper layers can be named from here.
    `record` is the event that tells of it, for which the ledger gives a proof.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField()
    effect = models.CharField(max_length=16)
    ground = models.CharField(max_length=8)
    ground_ref = models.CharField(max_length=200)
    author_kind = models.CharField(max_length=16)
    author_ref = models.CharField(max_length=200)
    territory = models.JSONField(default=list)
    evidence = models.JSONField()
    state = models.CharField(max_length=12, default="in_force")
    created_at = models.DateTimeField()
    deliver_after = models.DateTimeField()
    notice_after = models.DateTimeField()
    withheld_because = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=200, blank=True)
    record = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=("in_force", "ended")), name="decision_state_known"),
            models.CheckConstraint(condition=Q(ground__in=("terms", "law")), name="decision_ground_known"),
            models.UniqueConstraint(
                fields=["item", "revision", "effect", "author_kind", "author_ref"],
                condition=Q(state="in_force"),
                name="decision_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["item", "state"], name="decision_item")]

    def __str__(self) -> str:
        return f"{self.effect} {self.id}"


class Cause(models.Model):
    """What a decision rests on (an entry, a rule, a partner …), indexed so that a lost cause finds all it did."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="causes")
    kind = models.CharField(max_length=16)
    ref = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["decision", "kind", "ref"], name="cause_once")]
        indexes: ClassVar = [models.Index(fields=["kind", "ref"], name="cause_ref")]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"


class Action(models.Model):
    """What the platform was asked to do; resent until it says that it is done, or what was asked no longer holds."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="actions")
    kind = models.CharField(max_length=16)
    territory = models.JSONField(default=list)
    except_in = models.JSONField(default=list)
    state = models.CharField(max_length=12, default="requested")
    requested_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    detail = models.TextField(blank=True)
    views_at_acknowledgement = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=ACTION_STATES), name="action_state_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "requested_at"], name="action_waiting")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
