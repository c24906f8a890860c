"""The app's name for Django."""

from __future__ import annotations

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    """`ischia.policies`."""

    name = "ischia.policies"
    label = "policies"
    default_auto_field = "django.db.models.BigAutoField"
