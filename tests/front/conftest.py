from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.front.client import Server, running


@pytest.fixture(scope="session")
def plain() -> Iterator[Server]:
    with running(threads=2) as server:
        yield server
