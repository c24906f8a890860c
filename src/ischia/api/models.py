"""Requests that must have one effect however often they are sent."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class IdempotentRequest(models.Model):
    """The first request with an `Idempotency-Key` of a caller, the process that works on it, and its answer."""

    caller = models.UUIDField()
    name = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    process = models.CharField(max_length=120, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    content_type = models.CharField(max_length=100, blank=True)
    body = models.BinaryField(blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["caller", "name"], name="idempotent_once")]
        indexes: ClassVar = [models.Index(fields=["started_at"], name="idempotent_age")]

    def __str__(self) -> str:
        return self.name
