from __future__ import annotations

from collections.abc import Iterator

import pytest

from ischia.policies.current import current


@pytest.fixture(autouse=True)
def no_policy_left_from_another_test() -> Iterator[None]:
    current.forget()
    yield
    current.forget()
