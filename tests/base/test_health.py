from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from ischia.base import cage, clock, health, metrics
from ischia.base.jobs.models import WorkerBeat

pytestmark = pytest.mark.django_db


class RunningCage:
    def alive(self) -> int:
        return 1


@pytest.fixture
def all_well(monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerBeat]:
    monkeypatch.setattr(cage, "shared", RunningCage)
    monkeypatch.setattr(health, "CHECKS", {})
    return WorkerBeat.objects.create(holder="one", started_at=clock.now(), seen_at=clock.now(), threads=1)


def readyz(client: Client) -> tuple[int, Any]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


def test_a_process_is_alive_without_a_database(client: Client, django_db_blocker: Any) -> None:
    with django_db_blocker.block():
        assert client.get("/healthz").json() == {"alive": True}


def test_all_parts_together_are_ready(client: Client, all_well: WorkerBeat) -> None:
    status, body = readyz(client)
    assert body == {"ready": True, "parts": dict.fromkeys(("database", "migrations", "writer", "cage", "worker"), "ok")}
    assert status == 200


def test_a_worker_that_was_not_seen_lately_makes_it_unready(client: Client, all_well: WorkerBeat) -> None:
    WorkerBeat.objects.update(seen_at=clock.now() - timedelta(seconds=11))
    status, body = readyz(client)
    assert status == 503
    assert body["parts"]["worker"] == "no worker was seen for 10 s"
    assert body["parts"]["database"] == "ok"


def test_a_dead_writer_makes_it_unready(client: Client, all_well: WorkerBeat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health.writer, "alive", lambda: False)
    assert readyz(client)[0] == 503


def test_a_part_of_an_upper_layer_counts_and_its_error_says_only_its_kind(
    client: Client, all_well: WorkerBeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def index() -> str | None:
        raise OSError("/secret/path")

    monkeypatch.setattr(health, "CHECKS", {"index": index})
    status, body = readyz(client)
    assert (status, body["parts"]["index"]) == (503, "OSError")


def test_metrics_are_shown_to_this_machine_only(client: Client) -> None:
    metrics.screenings.labels("allow").inc()
    assert b'ischia_screenings_total{verdict="allow"}' in client.get("/metrics").content
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 403


def test_a_setting_opens_the_metrics(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "config", _open_config)
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 200


def _open_config() -> object:
    from ischia.base.config import config

    return config().model_copy(update={"metrics": "any"})
