"""The app's name for Django."""

from __future__ import annotations

from django.apps import AppConfig


class ContentConfig(AppConfig):
    """`ischia.content`."""

    name = "ischia.content"
    label = "content"
    default_auto_field = "django.db.models.BigAutoField"
