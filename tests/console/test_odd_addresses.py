"""Whatever stands in an address, the answer is a page and no fault of ours."""

from __future__ import annotations

import pytest
from django.test import Client

from ischia.base.clock import now
from tests.console.signin import Phone, phone, sign_in
from tests.console.world import build, seal

__all__ = ["phone"]

pytestmark = pytest.mark.django_db
HUGE = "9" * 5000
ADDRESSES = [
    "ledger?before=99999999999999999999", f"ledger?before={HUGE}", "ledger?before=٣", "ledger?kind=%00",
    "items?item=%00", "items?surface=%00", "items?verdict=%00", "items?state=%00", "items?item=%ED%A0%80",
    f"items?page={HUGE}", "items?page=99999999999999999999", "items/posts/%00", "items/%00/1", "items/posts?id=%00",
    "cases?reason=%00", "cases?state=%00", "banks/%00", "banks/known?status=%00", "new-entry/%00",
    "pictures/parts/99999999999999999999", "policy/99999999999999999999",
]  # fmt: skip


def test_odd_addresses_are_answered(client: Client, phone: Phone) -> None:
    build(now())
    seal(now())
    sign_in(client, phone, "lead")
    client.raise_request_exception = False
    answers = {address: client.get(f"/console/{address}").status_code for address in ADDRESSES}
    assert {address: status for address, status in answers.items() if status >= 500} == {}
    assert {status for address, status in answers.items() if "%00" in address} == {400}
