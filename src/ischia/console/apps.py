"""The app's name for Django."""

from __future__ import annotations

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """`ischia.console`."""

    name = "ischia.console"
    label = "console"
    default_auto_field = "django.db.models.BigAutoField"
