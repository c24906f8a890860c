"""The API: its routes, and which error of the layers below is which status."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.urls import URLPattern
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from ischia import __version__
from ischia.api.documents import BodyParser
from ischia.api.problems import ProblemError, problem
from ischia.api.routes import banks, items, ledger, screening, webhooks
from ischia.banks.errors import BankExistsError, ContradictionError, NoSignalError, UnknownBankError, UnknownEntryError
from ischia.base.cage import CageBusy, Undecodable
from ischia.base.deliveries import InvalidEndpointError
from ischia.base.permissions import public
from ischia.base.writer import WriterBusy, WriterDied
from ischia.content.errors import SurfaceExistsError, UnknownItemError, UnknownSurfaceError, UnscreenableError
from ischia.core.signals import SignalError, UrlError
from ischia.core.tlog import LedgerError
from ischia.decisions.errors import UnknownActionError, UnknownDecisionError
from ischia.ledger.errors import NotInLedgerError

_log = structlog.get_logger(__name__)

STATUSES: Mapping[type[Exception], int] = {
    MultiPartParserError: 400,
    UnreadablePostError: 400,
    BadRequest: 400,
    UnscreenableError: 403,
    UnknownItemError: 404,
    UnknownBankError: 404,
    UnknownEntryError: 404,
    UnknownDecisionError: 404,
    UnknownActionError: 404,
    NotInLedgerError: 404,
    RequestDataTooBig: 413,
    UnknownSurfaceError: 422,
    SurfaceExistsError: 422,
    BankExistsError: 422,
    ContradictionError: 422,
    NoSignalError: 422,
    SignalError: 422,
    UrlError: 422,
    Undecodable: 422,
    InvalidEndpointError: 422,
    LedgerError: 422,
    CageBusy: 503,
    WriterBusy: 503,
    WriterDied: 503,
    SuspiciousOperation: 400,  # After `RequestDataTooBig`, which is one.
}

_SENT_AS = {"Problem": "application/problem+json", "string": "text/plain"}


class Api(NinjaAPI):
    """ninja's API, whose document tells the content types that the answers really have."""

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        """The OpenAPI document."""
        document = super().get_openapi_schema(**kwargs)
        for operations in document["paths"].values():
            for operation in operations.values():
                for response in operation["responses"].values():
                    _name_content_type(response)
        return document


def _name_content_type(response: dict[str, Any]) -> None:
    content = response.get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    kind = str(schema.get("$ref", schema.get("type", ""))).rpartition("/")[2]
    if kind in _SENT_AS:
        content[_SENT_AS[kind]] = content.pop("application/json")


api = Api(
    title="Ischia",
    version=__version__,
    description="Finds known terrorist propaganda, acts by policy, and proves what it did.",
    urls_namespace="api",
    docs_url="/docs",
    docs_decorator=public,
    parser=BodyParser(),
)
for routes in (screening, items, banks, webhooks, ledger):
    api.add_router("", routes.router)


def _known(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    status = next(code for cls, code in STATUSES.items() if isinstance(error, cls))
    headers = {"Retry-After": "1"} if status == 503 else {}
    return problem(status, str(error), headers=headers)


for cls in STATUSES:
    api.add_exception_handler(cls, _known)


@api.exception_handler(ProblemError)
def _problem(request: HttpRequest, error: ProblemError) -> HttpResponse:
    return problem(error.status, error.detail, errors=error.errors, headers=error.headers)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    places = [{"at": _place(item["loc"]), "problem": item["msg"]} for item in error.errors[:20]]
    return problem(422, f"{places[0]['at']}: {places[0]['problem']}", errors=places)


def _place(location: tuple[Any, ...]) -> str:
    """Where in the request; the first two steps are ninja's own names for the body."""
    steps = [str(step) for step in location]
    return ".".join(steps[2:] if len(steps) > 2 and steps[0] == "body" else steps)


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    cause = error.__cause__
    return _problem(request, cause) if isinstance(cause, ProblemError) else problem(error.status_code, str(error))


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(404, str(error) or "there is nothing here")


@api.exception_handler(Exception)
def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    _log.error("api.failed", path=request.path_info, method=request.method, exc_info=error)
    return problem(500, "something failed here; it is logged, and the request may be sent again")


def openapi_document() -> str:
    """The OpenAPI document as JSON, sorted, for the docs and their test."""
    return json.dumps(api.get_openapi_schema(), indent=2, sort_keys=True, default=str)


_PUBLIC_PAGES = ("openapi-json", "openapi-view", "api-root")


def _declared() -> Any:
    """The API's addresses for `urls.py`; ninja's own pages, which tell what stands in the docs anyway, are public."""
    patterns, app, namespace = api.urls
    for pattern in patterns:
        if isinstance(pattern, URLPattern) and pattern.name in _PUBLIC_PAGES:
            pattern.callback = public(pattern.callback)
    return patterns, app, namespace


addresses = _declared()
