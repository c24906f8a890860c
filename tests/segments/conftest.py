"""Each test has its own database and its own segments."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ischia.base.config import config
from ischia.segments.queries import forget


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    yield
    forget()
    for path in config().folder("segments").iterdir():
        path.unlink()
