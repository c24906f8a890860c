"""Every operation with no key, with each other scope, and with its own; the list is made from the API itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from ninja.constants import NOT_SET

from ischia.api.main import api
from ischia.base.events import EventRow
from ischia.base.keys.scopes import Scope
from ischia.base.permissions import access_of
from tests.journeys.conftest import make_platform


def _operations() -> Iterator[tuple[str, str, Scope]]:
    for _, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                assert operation.auth_param is not NOT_SET, path
                (access,) = access_of(operation.view_func)
                assert access is not None, path
                for method in operation.methods:
                    yield method, path, Scope(access.read)


OPERATIONS = sorted(set(_operations()))


def address(path: str) -> str:
    """The path with a value for each parameter; what it names need not exist, for nobody gets that far."""
    named = path.replace("{path:item}", "x").replace("{surface}", "posts").replace("{bank}", "b")
    for name in ("entry", "action", "decision", "webhook"):
        named = named.replace("{" + name + "}", str(UUID(int=0)))
    assert "{" not in named
    return f"/api/v1{named}"


def ask(client: Client, method: str, path: str, secret: str | None) -> Any:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    body: dict[str, Any] = {"data": "{}", "content_type": "application/json"} if method == "POST" else {}
    return getattr(client, method.lower())(address(path), headers=headers, **body)


def test_the_list_holds_every_operation_that_the_document_holds() -> None:
    documented = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in api.get_openapi_schema()["paths"].items()
        for method in methods
    }
    assert {(method, path.replace("{path:item}", "{item}")) for method, path, _ in OPERATIONS} == documented
    assert {scope for _, _, scope in OPERATIONS} == set(Scope)


@pytest.mark.parametrize(("method", "path", "scope"), OPERATIONS)
def test_an_operation_takes_its_own_scope_and_no_other(
    db: None, client: Client, method: str, path: str, scope: Scope
) -> None:
    secrets = {other: make_platform(client, (other,)).key for other in Scope}
    everything_else = make_platform(client, tuple(other for other in Scope if other is not scope)).key
    before = EventRow.objects.count()
    assert ask(client, method, path, None).status_code == 401
    assert ask(client, method, path, secrets[scope][:-1] + "!").status_code == 401
    refused = {other: ask(client, method, path, secret).status_code for other, secret in secrets.items()}
    assert refused.pop(scope) not in {401, 403, 500}
    assert set(refused.values()) == {403}
    assert ask(client, method, path, everything_else).status_code == 403
    assert EventRow.objects.count() == before
