"""The API keeps what its OpenAPI document says, asked with thousands of odd requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks

from ischia.base import clock
from ischia.policies.current import current
from ischia.policies.verbs import ensure_default
from ischia.segments.queries import forget
from tests.journeys.conftest import make_platform

_LIMITED = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())


@pytest.fixture
def key(db: None, client: Client) -> Iterator[str]:
    """A key with every scope, a surface and a bank whose names the generated requests may hit."""
    forget()
    current.forget()
    ensure_default(clock.now())
    platform = make_platform(client)
    platform.post("/surfaces", {"name": "0", "audience": "public", "when_silent": "publish"})
    platform.post("/banks", {"name": "0", "purpose": "p", "acting": True, "sources_required": 1})
    # As in Django's own test client: the end of a request must not close the connection of the test's transaction.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield platform.key
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
    forget()
    current.forget()


@schema.parametrize()
@_LIMITED
def test_the_api_answers_as_documented(key: str, case: Any) -> None:
    case.call_and_validate(
        headers={"Authorization": f"Bearer {key}"},
        checks=[
            checks.not_a_server_error,
            checks.status_code_conformance,
            checks.content_type_conformance,
            checks.response_schema_conformance,
            checks.negative_data_rejection,
        ],
    )
