"""The app's name for Django."""

from __future__ import annotations

from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    """`ischia.segments`."""

    name = "ischia.segments"
    label = "segments"
    default_auto_field = "django.db.models.BigAutoField"
