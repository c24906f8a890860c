"""Errors as `application/problem+json` (RFC 9457): what is wrong, where, and what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from ninja import Schema
from pydantic import ValidationError


class Problem(Schema):
    """An error. `errors` names each place in the request that is wrong."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] | None = None


class ProblemError(Exception):
    """Raised by a route to answer with a problem."""

    def __init__(
        self, status: int, detail: str, *, errors: list[dict[str, str]] | None = None, headers: Mapping[str, str] = {}
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers


def problem(
    status: int, detail: str, *, errors: list[dict[str, str]] | None = None, headers: Mapping[str, str] = {}
) -> HttpResponse:
    """The response for a problem."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    return HttpResponse(json.dumps(body), status=status, content_type="application/problem+json", headers=dict(headers))


def from_validation(error: ValidationError) -> ProblemError:
    """400 for what is not JSON at all, 422 for JSON that is not what the route takes."""
    places = [{"at": _place(item["loc"]), "problem": item["msg"]} for item in error.errors(include_url=False)[:20]]
    if any(item["type"] == "json_invalid" for item in error.errors(include_url=False)):
        return ProblemError(400, f"the body is not valid JSON: {places[0]['problem']}")
    return ProblemError(422, f"{places[0]['at']}: {places[0]['problem']}", errors=places)


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(step) for step in location) or "body"
