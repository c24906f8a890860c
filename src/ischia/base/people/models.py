"""People and the roles that they hold."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from ischia.base.ids import new_id


class PersonManager(BaseUserManager["Person"]):
    """Finds people by their e-mail address, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> Person:
        """The person with this address."""
        return self.get(email__iexact=username)


class Person(AbstractBaseUser):
    """Somebody who signs in. What they may do follows from their roles and from nothing else."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    language = models.CharField(max_length=8, blank=True)

    objects = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email


class RoleGrant(models.Model):
    """One role of one person."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=32)
    granted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "role"], name="role_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role}"


class SignInLink(models.Model):
    """A link that signs a person in once. Only the digest of its token is kept."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="links")
    digest = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    without_second_factor = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"link of {self.person_id} until {self.expires_at}"


class LastCode(models.Model):
    """The 30-second step of the last authenticator code that was accepted from a person."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, primary_key=True)
    step = models.BigIntegerField()

    def __str__(self) -> str:
        return f"step {self.step} of {self.person_id}"
