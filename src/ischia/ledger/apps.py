"""The app's name for Django."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """`ischia.ledger`."""

    name = "ischia.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"
