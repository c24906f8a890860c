"""Where webhooks go, and each message on its way."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from ischia.base.deliveries import states
from ischia.base.ids import new_id


class Endpoint(models.Model):
    """An address that receives the events it asked for.

    Its private key is in no table: it is derived from the installation's secret and the endpoint's id, so that neither
    a stolen database nor a stolen backup of it can sign. `public_key` shows if that secret was lost or replaced.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    url = models.TextField()
    events = models.JSONField()
    public_key = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.url} {self.id}"


class Delivery(models.Model):
    """One message to one endpoint. `payload` is frozen: each attempt sends the same bytes under the same id.

    `attempt_until` and `attempt_job` say that a job is sending it; `receipts` counts the 2xx answers.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries")
    kind = models.CharField(max_length=80)
    subject_ref = models.CharField(max_length=200)
    payload = models.TextField()
    until_acknowledged = models.BooleanField()
    state = models.CharField(max_length=12, default=states.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    receipts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    attempt_until = models.DateTimeField(null=True)
    attempt_job = models.UUIDField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(due_at=None, finished_at__isnull=False) | Q(due_at__isnull=False, finished_at=None),
                name="delivery_due_until_finished",
            ),
        ]
        indexes: ClassVar = [
            models.Index(F("endpoint"), F("until_acknowledged").desc(), F("due_at"), name="delivery_due"),
            models.Index(fields=["endpoint", "attempt_until"], name="delivery_attempt"),
            models.Index(fields=["subject_ref"], name="delivery_subject"),
            models.Index(fields=["attempt_job"], name="delivery_attempt_job"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
