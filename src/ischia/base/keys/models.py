"""The table of API keys. A key itself is never kept, only its digest."""

from __future__ import annotations

from django.db import models

from ischia.base.ids import new_id


class ApiKey(models.Model):
    """One key of one program. An empty `surfaces` means every surface."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=8, unique=True)
    digest = models.BinaryField(max_length=32)
    scopes = models.JSONField()
    surfaces = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_on = models.DateField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"
