"""Calls Django: from an RSGI request to a `WSGIRequest`, from its response to an RSGI answer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from django.core import signals
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from ischia.front.intake import Body
from ischia.front.limits import Limits
from ischia.front.problems import Problem

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f\ufffd]")
_ENCODED_PARAMETER = re.compile(r";[^=;]*\*")
_CHARSET = re.compile(r";\s*charset\s*=([^;]*)", re.IGNORECASE)
_UTF8 = frozenset({"utf-8", "utf8", ""})
_UNPREFIXED = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "expect"})

_names: dict[str, str] = {}


def check_target(method: str, path: str, query: str, limits: Limits) -> None:
    """Refuse methods and addresses that no page has; raises `Problem`."""
    if method not in _METHODS:
        raise Problem(405, f"the method must be one of {', '.join(sorted(_METHODS))}")
    if len(path) > limits.target or len(query) > limits.target:
        raise Problem(414, f"path and query may have at most {limits.target} characters each")
    if not path.startswith("/") or _NO_TEXT.search(path):
        raise Problem(400, "the path must start with a slash and be UTF-8 without control characters")


def environ(scope: Any, headers: list[tuple[str, str]], body: Body | None, limits: Limits) -> dict[str, Any]:
    """Return what WSGI (PEP 3333) says about a request; raises `Problem` when its headers are too many or too long."""
    size = body.size if body else 0
    host, _, port = scope.server.rpartition(":")
    found: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": _latin(scope.path),
        "QUERY_STRING": _latin(scope.query_string),
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": client_address(scope.client),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body.file if body else BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
    }
    if len(headers) > limits.headers or sum(len(name) + len(value) for name, value in headers) > limits.header_bytes:
        raise Problem(431, f"at most {limits.headers} headers of together {limits.header_bytes} bytes are accepted")
    for name, value in headers:
        key = _names.get(name) or _environ_name(name)
        if not key:
            continue
        if key in found:
            separator = "; " if key == "HTTP_COOKIE" else ","
            value = f"{found[key]}{separator}{value}"  # noqa: PLW2901 - RFC 9110 section 5.3: one field, said twice
        found[key] = value
    _check_content_type(found.get("CONTENT_TYPE", ""))
    if body:
        found["CONTENT_LENGTH"] = str(size)
    return found


def _check_content_type(value: str) -> None:
    """Refuse what would choose a decoder by a name from outside: Python knows some that are no decoders of text."""
    if _ENCODED_PARAMETER.search(value):
        raise Problem(400, "parameters of Content-Type in the form of RFC 2231 (name*=) are not accepted")
    for charset in _CHARSET.findall(value):
        if charset.strip().strip('"').lower() not in _UTF8:
            raise Problem(415, "the charset of a body must be utf-8")


def _environ_name(name: str) -> str:
    """Return the WSGI name; empty for hop-by-hop fields, and for underscores, which could pose as another field."""
    if "_" in name or name in _HOP_BY_HOP:
        return ""
    key = _UNPREFIXED.get(name) or "HTTP_" + name.upper().replace("-", "_")
    if len(_names) < 512:
        _names[name] = key
    return key


def _latin(text: str) -> str:
    """Return UTF-8 bytes as WSGI wants them, each in one character."""
    return text if text.isascii() else text.encode().decode("latin-1")


def client_address(client: str) -> str:
    """Return the address without port and brackets."""
    return client.rpartition(":")[0].strip("[]")


class Bridge(BaseHandler):
    """Django's middleware and views."""

    request_class = WSGIRequest

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware()

    def respond(self, found: dict[str, Any]) -> tuple[WSGIRequest, HttpResponseBase]:
        """Run the view for a WSGI environment; the caller closes the response."""
        set_script_prefix("/")
        signals.request_started.send(sender=self.__class__, environ=found)
        request = WSGIRequest(found)
        return request, self.get_response(request)


def header_list(response: HttpResponseBase) -> list[tuple[str, str]]:
    """Return a response's headers and cookies as RSGI takes them."""
    headers = [(name.lower(), value) for name, value in response.items()]
    headers += [("set-cookie", morsel.OutputString()) for morsel in response.cookies.values()]
    return headers


def route(request: WSGIRequest) -> str:
    """Return the pattern of the view that answered, which unlike the path holds no ids and no secrets."""
    match = request.resolver_match
    return match.route if match else ""


def pieces(response: HttpResponseBase) -> Iterable[bytes]:
    """Return the body of a streaming response piece by piece."""
    return iter(response)
