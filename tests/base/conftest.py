"""A registry, receivers, and a worker whose clock stands still."""

from __future__ import annotations

import random
from types import SimpleNamespace

import pytest

from ischia.base import clock, outbound
from ischia.base.deliveries import jobs as delivery_jobs
from ischia.base.jobs import registry, verbs
from ischia.base.jobs.run import Runner
from tests.base.job_table import context_of
from tests.base.sink import Sink


@pytest.fixture
def jobs(monkeypatch):
    """Give the test a registry of its own."""
    monkeypatch.setattr(registry, "_jobs", {})
    monkeypatch.setattr(registry, "_periods", {})
    return registry


@pytest.fixture
def sinks(monkeypatch):
    """Make receivers that the operator allowed."""
    made: list[Sink] = []
    monkeypatch.setattr(outbound, "config", lambda: SimpleNamespace(outbound_allow=tuple(s.allow[0] for s in made)))
    monkeypatch.setattr(delivery_jobs, "LIMITS", outbound.Limits(connect=1.0, total=0.5))
    monkeypatch.setattr(random, "random", lambda: 0.0)

    def make(*answers):
        made.append(Sink(answers=list(answers or [204])))
        return made[-1]

    yield make
    for sink in made:
        sink.close()


@pytest.fixture
def work(monkeypatch):
    """Run every job that is due at an instant, as a worker whose clock stands still would."""

    def work(at):
        monkeypatch.setattr(clock, "now", lambda: at)
        runner = Runner(now=lambda: at, jitter=lambda: 0.0)
        while claims := verbs.claim(holder="w", now=at):
            runner.run(claims[0], context_of(claims[0], "w"))

    return work
