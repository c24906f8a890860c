"""The app's name for Django."""

from __future__ import annotations

from django.apps import AppConfig


class BanksConfig(AppConfig):
    """`ischia.banks`."""

    name = "ischia.banks"
    label = "banks"
    default_auto_field = "django.db.models.BigAutoField"
