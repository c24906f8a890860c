"""What every test shares: the browser, that nothing is skipped for want of it where CI is set, and which tests go first."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from pytest_django.plugin import DjangoDbBlocker

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-quic",
)  # fmt: skip

# The files that take longest, by the time that each takes alone.
LONG = (
    "tests/faults/test_killed_processes.py",
    "tests/browser/test_console.py",
    "tests/cli/test_serve.py",
    "tests/cli/test_demo.py",
    "tests/base/test_cage_images.py",
    "tests/cli/test_commands.py",
    "tests/base/test_jobs_killed_worker.py",
    "tests/house/test_readme.py",
    "tests/base/test_cage_documents.py",
    "tests/faults/test_hostile_media.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files where processes share the tests, so that none is left alone with one at the end."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if processes > 1:
        items[:] = dealt(items, processes)


def dealt(items: list[pytest.Item], processes: int) -> list[pytest.Item]:
    """Order `items` so that of as many equal shares each begins with its part of the long files."""
    found: dict[str, list[pytest.Item]] = {name: [] for name in LONG}
    others: list[pytest.Item] = []
    for item in items:
        found.get(item.nodeid.partition("::")[0], others).append(item)
    long = [group for group in found.values() if group]
    ordered: list[pytest.Item] = []
    for share in range(processes):
        first = [item for group in long[share::processes] for item in group]
        more = max(0, (len(items) - len(ordered)) // (processes - share) - len(first))
        ordered += [*first, *others[:more]]
        del others[:more]
    return ordered + others


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") and BROWSER is None:
        lacking = "needs Chromium (Debian, Ubuntu: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(lacking, pytrace=False)
        pytest.skip(lacking)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Shut out, before the database is dropped, whoever still holds a session, as a browser that keeps its server busy."""
    from django.db import connection

    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The one browser of this process: a second Playwright in the same thread does not start."""
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in the thread of the tests.
        browser = playwright.chromium.launch(executable_path=BROWSER, args=list(ARGS))
        yield browser
        browser.close()
