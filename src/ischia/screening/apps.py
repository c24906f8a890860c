"""The app's name for Django."""

from __future__ import annotations

from django.apps import AppConfig


class ScreeningConfig(AppConfig):
    """`ischia.screening`."""

    name = "ischia.screening"
    label = "screening"
    default_auto_field = "django.db.models.BigAutoField"
