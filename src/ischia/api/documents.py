"""The JSON document of a request as the form that its route takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeVar

from django.http import HttpRequest
from ninja.parser import Parser
from pydantic import BaseModel, ValidationError

from ischia.api.problems import ProblemError, from_validation

F = TypeVar("F", bound=BaseModel)


class _Object(list[tuple[str, Any]]):
    """An object as it was written, with the names that stand in it twice."""


class BodyParser(Parser):
    """Reads the bodies that ninja validates; it answers 400 whatever is raised here, and keeps that as the cause."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the body as plain values. Raises `ProblemError`."""
        try:
            document = json.loads(request.body)
        except (ValueError, RecursionError) as error:
            raise ProblemError(400, f"the body is not valid JSON: {error}") from None
        refuse_doubled(request.body)
        return document


def read(request: HttpRequest, form: type[F], *, field: str) -> F:
    """Return the request's body, or the form field `field` of a multipart body, as `form`. Raises `ProblemError`."""
    written = _written(request, field)
    try:
        read = form.model_validate_json(written)
    except ValidationError as error:
        raise from_validation(error) from None
    refuse_doubled(written)
    return read


def _written(request: HttpRequest, field: str) -> bytes | str:
    kind = request.content_type
    if kind == "application/json":
        return request.body
    if kind == "multipart/form-data":
        try:
            return request.POST[field]
        except KeyError:
            raise ProblemError(400, f"the multipart body has no JSON field {field!r}") from None
    raise ProblemError(415, f"send application/json or multipart/form-data with the JSON field {field!r}, not {kind!r}")


def refuse_doubled(document: bytes | str) -> None:
    """Raise `ProblemError` if a name stands twice in an object of this JSON: readers differ in which value counts."""
    doubled = False

    def note(pairs: list[tuple[str, Any]]) -> None:
        nonlocal doubled
        doubled = doubled or len({name for name, _ in pairs}) < len(pairs)

    json.loads(document, object_pairs_hook=note)
    if doubled:
        places = [{"at": place, "problem": "stands twice in its object"} for place in _doubled(document)]
        raise ProblemError(400, f"{places[0]['at']}: {places[0]['problem']}", errors=places[:20])


def _doubled(document: bytes | str) -> list[str]:
    whole = json.loads(document, object_pairs_hook=_Object)
    return [".".join(place)[:200] for place in _places(whole, ())]


def _places(value: Any, place: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(value, _Object):
        met: set[str] = set()
        for name, inner in value:
            if name in met:
                yield (*place, name)
            met.add(name)
            yield from _places(inner, (*place, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _places(inner, (*place, str(number)))
