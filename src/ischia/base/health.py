"""`/healthz`, `/readyz` and `/metrics`: what a supervisor, a load balancer and Prometheus ask."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import structlog
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import URLPattern, path

from ischia.base import cage, clock, metrics, writer
from ischia.base.config import config
from ischia.base.permissions import public

log = structlog.get_logger()

Check = Callable[[], str | None]
"""Returns None when all is well, else what is missing, in words that may be shown to anybody."""

CHECKS: Final[dict[str, Check]] = {}
"""Further parts without which this process is not ready; upper layers add theirs in `wiring.py`."""

WORKER_WITHIN: Final = timedelta(seconds=10)
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})


def _database() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return None


@functools.cache
def _is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise LookupError("not yet")  # Raised, because only a yes is worth remembering.
    return True


def _migrations() -> str | None:
    try:
        _is_migrated()
    except LookupError:
        return "the database is not migrated"
    return None


def _writer() -> str | None:
    return None if writer.alive() else "the writing thread has ended or is stuck"


def _cage() -> str | None:
    return None if cage.shared().alive() else "no decoder process runs yet"


def _worker() -> str | None:
    from ischia.base.jobs.models import WorkerBeat

    seen = WorkerBeat.objects.filter(seen_at__gte=clock.now() - WORKER_WITHIN).exists()
    return None if seen else f"no worker was seen for {WORKER_WITHIN.seconds} s"


_OWN: Final[dict[str, Check]] = {
    "database": _database,
    "migrations": _migrations,
    "writer": _writer,
    "cage": _cage,
    "worker": _worker,
}


def parts() -> dict[str, str]:
    """Run all checks; returns `ok` or what is missing for each part."""
    return {name: _state(name, check) for name, check in (_OWN | CHECKS).items()}


def _state(name: str, check: Check) -> str:
    try:
        return check() or "ok"
    except Exception as error:  # noqa: BLE001 - whatever a part raises, it is not ready, and the others are still asked
        log.warning("part is not ready", part=name, error=repr(error))
        return type(error).__name__


@public
def healthz(_request: HttpRequest) -> HttpResponseBase:
    """Answer 200 as long as the process can answer at all."""
    return JsonResponse({"alive": True})


@public
def readyz(_request: HttpRequest) -> HttpResponseBase:
    """Answer 200 when every part is ready, else 503; the body says which are not."""
    found = parts()
    ready = all(state == "ok" for state in found.values())
    return _fresh(JsonResponse({"ready": ready, "parts": found}, status=200 if ready else 503))


@public
def show_metrics(request: HttpRequest) -> HttpResponseBase:
    """Answer with all figures, to this machine only unless `ISCHIA_METRICS=any`."""
    if config().metrics != "any" and not _is_local(request.META):
        return HttpResponse("metrics are for this machine only; ISCHIA_METRICS=any opens them\n", status=403)
    body, content_type = metrics.exposition()
    return _fresh(HttpResponse(body, content_type=content_type))


def _is_local(meta: dict[str, Any]) -> bool:
    """Tell whether the client itself is on this machine, and not only a proxy that passes others on."""
    forwarded = any(name in meta for name in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA"))
    return meta.get("REMOTE_ADDR") in _LOOPBACK and not forwarded


def _fresh(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


urlpatterns: list[URLPattern] = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", show_metrics, name="metrics"),
]
