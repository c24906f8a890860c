"""The smallest Django program that writes a row for each request, for `bench_http.py`."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Any

import django
from django.conf import settings

FOLDER = Path(os.environ.get("BENCH_FOLDER") or tempfile.gettempdir())

settings.configure(
    ROOT_URLCONF="bench.http_app",
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="bench",
    USE_TZ=True,
    LOGGING_CONFIG=None,
    MIDDLEWARE=["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": FOLDER / "bench.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    },
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.http import HttpRequest  # noqa: E402
from django.urls import path  # noqa: E402
from ninja import NinjaAPI, Schema  # noqa: E402

from ischia.base import logs, writer  # noqa: E402
from ischia.base.config import Config  # noqa: E402


class Row(models.Model):
    text = models.TextField()

    class Meta:
        app_label = "bench"

    def __str__(self) -> str:
        return self.text


class New(Schema):
    text: str


api = NinjaAPI(openapi_url=None)


@api.post("/plain")
def plain(request: HttpRequest, new: New) -> dict[str, Any]:
    with transaction.atomic():
        return {"id": Row.objects.create(text=new.text).pk}


@api.post("/grouped")
def grouped(request: HttpRequest, new: New) -> dict[str, Any]:
    return {"id": writer.write(lambda: Row.objects.create(text=new.text)).pk}


@api.post("/nothing")
def nothing(request: HttpRequest, new: New) -> dict[str, Any]:
    return {"id": len(new.text)}


urlpatterns = [path("", api.urls)]


def create_table() -> None:
    with connection.schema_editor() as editor:
        editor.create_model(Row)


def serve_behind_front(port: int) -> None:
    from ischia.front import Front, Limits
    from ischia.front.server import serve

    limits = Limits(per_second=100_000)
    logs.configure(Config())
    writer.start()
    asyncio.run(serve(Front(limits, FOLDER), host="127.0.0.1", port=port, limits=limits))


application = get_wsgi_application()
