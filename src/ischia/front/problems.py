"""Errors that are answered before Django sees the request, as RFC 9457 problem documents."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus

MEDIA_TYPE = "application/problem+json"


@dataclass(eq=False)
class Problem(Exception):
    """A refusal: HTTP status, one sentence that says what and what to do, and headers such as `retry-after`."""

    status: int
    detail: str
    headers: tuple[tuple[str, str], ...] = ()

    def body(self) -> bytes:
        """Return the document `{type, title, status, detail}`."""
        title = HTTPStatus(self.status).phrase
        return json.dumps(
            {"type": "about:blank", "title": title, "status": self.status, "detail": self.detail}
        ).encode()


def retry_later(status: int, detail: str, seconds: float) -> Problem:
    """Return a 429 or 503 with the whole seconds after which another try makes sense, at least one."""
    return Problem(status, detail, (("retry-after", str(max(1, round(seconds + 0.5)))),))
