"""Each test has its own database and its own segments."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ischia.base.config import config
from ischia.segments import kinds
from ischia.segments.kinds import Votes
from ischia.segments.queries import forget


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    yield
    forget()
    for path in config().folder("segments").iterdir():
        path.unlink()


@pytest.fixture
def _small_index(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Shingles are indexed by the small index of the tests."""
    monkeypatch.setitem(kinds.VOTES, "shingles", Votes("tests.core.matching_votes", "WordIndex", "shared"))
    kinds.index_class.cache_clear()
    yield
    kinds.index_class.cache_clear()
