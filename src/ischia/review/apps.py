"""The app's name for Django."""

from __future__ import annotations

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    """`ischia.review`."""

    name = "ischia.review"
    label = "review"
    default_auto_field = "django.db.models.BigAutoField"
