"""The app's name for Django."""

from __future__ import annotations

from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    """`ischia.decisions`."""

    name = "ischia.decisions"
    label = "decisions"
    default_auto_field = "django.db.models.BigAutoField"
