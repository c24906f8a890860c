"""Chromium, a signed-in person, and a page that reports everything that should not happen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from ischia.base import cage
from ischia.base.clock import now
from ischia.base.jobs.models import WorkerBeat
from ischia.content.queries import forget_remembered
from ischia.policies.current import current
from ischia.segments.queries import forget as forget_index
from tests.console.signin import Phone, phone, sign_in
from tests.console.world import World, build, seal
from tests.journeys.work import run_jobs

__all__ = ["phone"]

WEIGH = """[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .filter(entry => entry.initiatorType !== 'img').reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""


@dataclass
class Desk:
    """A person at the console in one language and theme; `problems` collects what a sound page never does."""

    page: Page
    base: str
    world: World
    language: str
    theme: str
    problems: list[str] = field(default_factory=list)
    weights: dict[str, int] = field(default_factory=dict)

    def open(self, path: str) -> Page:
        """Open a page and note its weight: the bytes of everything that it needs, but for pictures."""
        self.page.goto(self.base + path, wait_until="load")
        self.weights[path] = self.page.evaluate(WEIGH)
        return self.page

    def watch(self) -> None:
        self.page.on("console", self._message)
        self.page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        self.page.on("request", self._request)

    def _message(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(f"console: {message.text}")

    def _request(self, request: Any) -> None:
        if urlsplit(request.url).scheme != "data" and not request.url.startswith(self.base + "/"):
            self.problems.append(f"another host: {request.url}")

    def photograph(self, name: str) -> None:
        """Keep a picture of the page where `ISCHIA_SCREENSHOTS` names a folder."""
        folder = os.environ.get("ISCHIA_SCREENSHOTS")
        if folder:
            path = Path(folder) / f"{name}-{self.language}-{self.theme}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=path, full_page=True)

    def note_weights(self) -> None:
        """Keep each page's weight beside its picture."""
        folder = os.environ.get("ISCHIA_SCREENSHOTS")
        if folder:
            lines = [f"{size:>8} {path}" for path, size in self.weights.items()]
            (Path(folder) / f"weights-{self.language}-{self.theme}.txt").write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    """What a process remembers of a database must not outlive the test."""
    yield
    forget_remembered()
    forget_index()
    current.forget()


@pytest.fixture(scope="session", autouse=True)
def _cage() -> Iterator[None]:
    yield
    cage.stop()


@pytest.fixture(scope="session")
def live_server() -> Iterator[LiveServer]:
    """Django's test server without its own way of serving static files, so that ours is what the browser meets."""
    with patch("django.contrib.staticfiles.handlers.StaticFilesHandler", new=lambda application: application):
        server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture
def world(transactional_db: None) -> World:
    made = build(now())
    run_jobs()
    at = now()
    WorkerBeat.objects.create(holder="a worker", started_at=at, seen_at=at + timedelta(hours=1), threads=4)
    return made


@pytest.fixture
def context(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts that are closed after the test."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        made.append(chromium.new_context(**({"viewport": {"width": 1280, "height": 900}} | options)))
        made[-1].set_default_timeout(10_000)
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def desk(
    world: World, live_server: Any, client: Client, phone: Phone, context: Callable[..., BrowserContext]
) -> Callable[..., Desk]:
    """Seats a person with roles at the console."""

    def seat(language: str = "en", theme: str = "light", *roles: str, **options: Any) -> Desk:
        person = f"{language}.{theme}@example.org"
        sign_in(client, phone, *(roles or ("lead", "policy_manager")), email=person)
        seal(now())
        browsing = context(**options)
        cookies = {
            settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value,
            settings.LANGUAGE_COOKIE_NAME: language,
            "ischia_theme": theme,
        }
        browsing.add_cookies(
            [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
        )
        made = Desk(browsing.new_page(), live_server.url, world, language, theme)
        made.watch()
        return made

    return seat
