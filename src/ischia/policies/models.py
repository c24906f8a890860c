"""The operator's policies, every version of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class PolicyVersion(models.Model):
    """One text of the policy. The text of a version never changes, and at most one version is active."""

    number = models.PositiveIntegerField(primary_key=True)
    name = models.CharField(max_length=64)
    source = models.TextField()
    sha256 = models.CharField(max_length=64, unique=True)
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    created_by_kind = models.CharField(max_length=20)
    created_by_ref = models.CharField(max_length=255, blank=True)
    active = models.BooleanField(default=False)
    activated_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["active"], condition=Q(active=True), name="policy_one_active"),
            models.CheckConstraint(
                condition=Q(active=False) | Q(activated_at__isnull=False), name="policy_active_since"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"
