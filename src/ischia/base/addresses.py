"""Addresses that no database can be asked for."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase

Answer = Callable[[HttpRequest], HttpResponseBase]


def refuse_nul(request: HttpRequest) -> None:
    """Raise `BadRequest` for an address with a NUL character, which PostgreSQL takes in no text."""
    if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
        raise BadRequest("an address holds no NUL characters")


def nul_middleware(get_response: Answer) -> Answer:
    """Answer such an address with the page for requests that cannot be understood."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        refuse_nul(request)
        return get_response(request)

    return respond
