"""Keys and scopes at the API's door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest
from ninja import Router
from ninja.security.base import AuthBase

from ischia.api.problems import Problem, ProblemError
from ischia.base.events import Actor
from ischia.base.keys.scopes import EVERYWHERE
from ischia.base.keys.views import KeyView
from ischia.base.permissions import needs_scope

_F = TypeVar("_F", bound=Callable[..., Any])

PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 413, 415, 422, 429, 503), Problem)


class KeyAuth(AuthBase):
    """`Authorization: Bearer KEY` with a scope; the middleware has looked the key up already."""

    openapi_type: str = "http"
    openapi_scheme: str = "bearer"

    def __init__(self, scope: str) -> None:
        self._scope = scope
        super().__init__()

    def __call__(self, request: HttpRequest) -> KeyView:
        """The key; raises 401 without one, 403 without the scope or if the key is bound and the scope is not."""
        key: KeyView | None = getattr(request, "api_key", None)
        if key is None:
            detail = "send a valid key: Authorization: Bearer KEY (made with `ischia key create`)"
            raise ProblemError(401, detail, headers={"WWW-Authenticate": "Bearer"})
        if not key.allows(self._scope):
            raise ProblemError(403, f"this key lacks the scope {self._scope!r}; it has {', '.join(sorted(key.scopes))}")
        if key.surfaces and self._scope in EVERYWHERE:
            raise ProblemError(403, "this key is bound to surfaces, and this concerns all of them; use one that is not")
        return key


def operation(
    router: Router, method: str, path: str, *, scope: str, responses: dict[int, Any], summary: str, **more: Any
) -> Callable[[_F], _F]:
    """Declare an operation with its scope and every status that it can answer with."""

    def declare(function: _F) -> _F:
        register = router.api_operation(
            [method],
            path,
            auth=KeyAuth(scope),
            response={**PROBLEMS, **responses},
            summary=summary,
            description=function.__doc__,
            **more,
        )
        register(needs_scope(scope)(function))
        return function

    return declare


def key_of(request: HttpRequest) -> KeyView:
    """The key behind an authenticated request."""
    key: KeyView = request.auth  # type: ignore[attr-defined]
    return key


def actor_of(request: HttpRequest) -> Actor:
    """The key as the author of what the request does."""
    return Actor("key", str(key_of(request).id))


def must_cover(request: HttpRequest, surface: str) -> None:
    """403 unless the key may be used for `surface`."""
    if not key_of(request).covers(surface):
        raise ProblemError(403, f"this key is bound to other surfaces than {surface[:80]!r}")
