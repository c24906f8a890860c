"""What the console's tests leave behind in a process, and how they clear it up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ischia.base import cage
from ischia.content.queries import forget_remembered
from ischia.policies.current import current
from ischia.segments.queries import forget as forget_index


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    """What a process remembers of a database must not outlive the test's transaction."""
    yield
    forget_remembered()
    forget_index()
    current.forget()


@pytest.fixture(scope="session", autouse=True)
def _cage() -> Iterator[None]:
    yield
    cage.stop()
