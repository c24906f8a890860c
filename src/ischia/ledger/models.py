"""The ledger's own state: who may sequence, the tree in tiles, its head, and what was signed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Fence(models.Model):
    """Who may do one kind of work, and since which token; whoever holds an older token is refused."""

    name = models.CharField(max_length=40, primary_key=True)
    token = models.BigIntegerField(default=0)
    holder = models.CharField(max_length=120, default="")
    lease_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.token} {self.holder}"


class Head(models.Model):
    """The single row that says how large the tree is; `frontier` is what the next append needs."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)
    root = models.BinaryField(max_length=32)
    frontier = models.BinaryField(default=b"")
    token = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="head_single")]

    def __str__(self) -> str:
        return f"{self.size} records"


class Tile(models.Model):
    """Up to 256 consecutive hashes of one level, concatenated (C2SP tlog-tiles)."""

    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField(max_length=8192)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["level", "index"], name="tile_once")]

    def __str__(self) -> str:
        return f"tile {self.level}/{self.index}"


class Checkpoint(models.Model):
    """A size and root that the ledger's key has signed; numbered without gaps, never changed."""

    number = models.BigIntegerField(primary_key=True)
    size = models.BigIntegerField(unique=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    signed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"checkpoint {self.number} over {self.size} records"
