"""Hostile files of every kind: each ends in a result or a reason, within its budget, and nothing gets out.

`bench/hostile.py` tries a thousand and more.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ischia.base.cage import BUDGETS, REASONS, Cage
from tests.base.numba_cache import numba_cache
from tests.hostile import KINDS, cases
from tests.hostile.trial import RESULT, Watch, outcomes

pytestmark = pytest.mark.slow


@pytest.fixture
def cage() -> Iterator[Cage]:
    cage = Cage(cache=numba_cache(), size=1)
    cage.start()
    yield cage
    cage.stop()


@pytest.mark.timeout(300)
def test_every_hostile_file_ends_in_a_result_or_a_reason_and_nothing_gets_out(cage: Cage, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    canary.write_text("nobody reads this")
    watch = Watch(canary)
    zygotes = cage.processes()
    found = list(outcomes(cage, cases(90, 10, canary), tmp_path))
    assert {outcome.work for outcome in found} == set(KINDS)
    strange = [outcome for outcome in found if outcome.state not in REASONS | {RESULT} or outcome.state == "garbled"]
    assert strange == []
    assert [outcome for outcome in found if outcome.seconds > 2 * (BUDGETS[outcome.work].wall + 2)] == []
    assert {outcome.work for outcome in found if outcome.state == RESULT} == set(KINDS)
    assert cage.processes() == zygotes
    assert not watch.opened()
    canary.read_text()
    assert watch.opened()
    watch.close()
