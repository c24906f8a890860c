"""Views that show what arrived."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import structlog
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path


def echo(request: HttpRequest) -> HttpResponse:
    body = request.body
    return JsonResponse({"size": len(body), "sha256": hashlib.sha256(body).hexdigest()})


def uploaded(request: HttpRequest) -> HttpResponse:
    return JsonResponse({name: file.size for name, file in request.FILES.items()})


def item(request: HttpRequest, surface: str, item_id: str) -> HttpResponse:
    return JsonResponse({"surface": surface, "id": item_id, "query": request.GET.dict()})


def meta(request: HttpRequest) -> HttpResponse:
    shown = {name: str(value) for name, value in request.META.items() if name.isupper()}
    return JsonResponse(shown | {"context": structlog.contextvars.get_contextvars()})


def wait(request: HttpRequest) -> HttpResponse:
    with Path(request.GET["pipe"]).open("rb", buffering=0) as pipe:
        return HttpResponse(pipe.read(1))


def boom(request: HttpRequest) -> HttpResponse:
    raise SystemError("a secret detail")


def broken_header(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("x")
    response._reason_phrase = ""
    response.headers._store["bad"] = ("Bad\nName", "x")  # type: ignore[attr-defined]
    return response


def pieces() -> Iterator[bytes]:
    for number in range(5):
        yield f"piece {number}\n".encode()


def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(pieces(), content_type="text/plain")


def file(request: HttpRequest) -> FileResponse:
    return FileResponse(Path(__file__).open("rb"))


def cookies(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(request.COOKIES["a"] + request.COOKIES["b"])
    response.set_cookie("c", "3")
    response.set_cookie("d", "4")
    return response


urlpatterns = [
    path("echo", echo),
    path("uploaded", uploaded),
    path("items/<str:surface>/<path:item_id>", item),
    path("meta", meta),
    path("wait", wait),
    path("boom", boom),
    path("broken-header", broken_header),
    path("stream", stream),
    path("file", file),
    path("cookies", cookies),
]
