"""The console's addresses."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from ischia.console.views.kit import kit
from ischia.console.views.preferences import preference

app_name = "console"

urlpatterns: list[URLPattern | URLResolver] = [
    path("console/kit", kit, name="kit"),
    path("console/preferences/<slug:name>", preference, name="preference"),
]
