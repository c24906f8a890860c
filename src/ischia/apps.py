"""The top app: once every other app is loaded, it installs the wiring."""

from __future__ import annotations

from django.apps import AppConfig


class IschiaConfig(AppConfig):
    """Joins events with handlers, and names with what they stand for."""

    name = "ischia"
    label = "ischia"

    def ready(self) -> None:
        """Install `wiring.py`; imported here because it needs every model."""
        from ischia import wiring

        wiring.install()
