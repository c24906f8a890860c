"""Settings of a site of a few views that need neither apps nor a database."""

from __future__ import annotations

from tests.settings import *  # noqa: F403

ROOT_URLCONF = "tests.front.site"
MIDDLEWARE: list[str] = []
INSTALLED_APPS: list[str] = []
