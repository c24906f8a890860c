from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ischia.front.rates import Rates


def test_a_bucket_holds_one_second_of_requests_and_refills() -> None:
    rates = Rates(per_second=3, remembered=10)
    assert [rates.take("a", 0.0) for _ in range(3)] == [0.0] * 3
    assert rates.take("a", 0.0) > 0
    assert rates.take("a", 0.34) == 0.0
    assert rates.take("b", 0.0) == 0.0


def test_the_wait_that_is_told_is_enough() -> None:
    rates = Rates(per_second=2, remembered=10)
    rates.take("a", 0.0)
    rates.take("a", 0.0)
    wait = rates.take("a", 0.1)
    assert rates.take("a", 0.1 + wait + 1e-9) == 0.0


@given(st.lists(st.floats(min_value=0, max_value=5), min_size=1, max_size=200))
def test_no_client_gets_more_than_its_rate_and_one_bucket(times: list[float]) -> None:
    rates = Rates(per_second=5, remembered=10)
    times.sort()
    granted = [now for now in times if rates.take("a", now) == 0.0]
    assert len(granted) <= 5 + 5 * (times[-1] - times[0]) + 1e-6


def test_clients_that_come_and_go_do_not_fill_the_memory() -> None:
    rates = Rates(per_second=5, remembered=100)
    for number in range(10_000):
        rates.take(f"client {number}", number / 10_000)
    assert len(rates._buckets) <= 100
