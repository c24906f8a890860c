"""The app's name for Django."""

from __future__ import annotations

from django.apps import AppConfig


class BaseConfig(AppConfig):
    """`ischia.base`."""

    name = "ischia.base"
    label = "base"
    default_auto_field = "django.db.models.BigAutoField"
