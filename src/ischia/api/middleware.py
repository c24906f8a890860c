"""What every API request passes: its key, its `Idempotency-Key`, and errors in one format."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponseBase, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.urls import Resolver404, resolve

from ischia.api.idempotency import once
from ischia.api.problems import ProblemError, problem
from ischia.base import clock
from ischia.base.addresses import refuse_nul
from ischia.base.keys.queries import authenticate
from ischia.base.keys.views import KeyView

PREFIX: Final = "/api/v1/"
_PAGES: Final = frozenset({f"{PREFIX}docs", f"{PREFIX}openapi.json"})

Answer = Callable[[HttpRequest], HttpResponseBase]


class ApiMiddleware:
    """Stands before everything else and takes only requests to the API."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request."""
        if not request.path_info.startswith(PREFIX):
            return self._get_response(request)
        try:
            return self._answer(request)
        except ProblemError as error:
            return problem(error.status, error.detail, errors=error.errors, headers=error.headers)
        except RequestDataTooBig:
            return problem(413, "the body is larger than this installation takes (ISCHIA_BODY_LIMIT)")
        except (MultiPartParserError, UnreadablePostError, SuspiciousOperation, BadRequest) as error:
            return problem(400, f"the request could not be read: {error}")

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        refuse_nul(request)
        now = clock.now()
        key = _key(request)
        request.api_key = key  # type: ignore[attr-defined]
        name = request.headers.get("Idempotency-Key", "")
        if name and key is not None and request.method == "POST":
            return once(request, caller=key.id, name=name, now=now, answer=lambda: self._checked(request))
        return self._checked(request)

    def _checked(self, request: HttpRequest) -> HttpResponseBase:
        """Answers of Django's own (no such address, wrong method) in the API's format."""
        response = self._called(request)
        if response.status_code < 400 or "json" in response.headers.get("Content-Type", ""):
            return response
        if response.status_code == 405:
            allowed = response.headers.get("Allow", "")
            return problem(405, f"this address takes {allowed}", headers={"Allow": allowed})
        if response.status_code >= 500:
            return problem(
                response.status_code, "something failed here; it is logged, and the request may be sent again"
            )
        return problem(response.status_code, "the request was refused")

    def _called(self, request: HttpRequest) -> HttpResponseBase:
        """Call the operation itself: with a key there is no session or form for the other middleware to see to."""
        if request.path_info in _PAGES:
            return self._get_response(request)
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return problem(404, f"there is nothing at {request.path_info[:200]!r}; see {PREFIX}docs")
        request.resolver_match = match
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        return response


def _key(request: HttpRequest) -> KeyView | None:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return authenticate(secret.strip(), clock.now()) if scheme.lower() == "bearer" else None
