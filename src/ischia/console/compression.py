"""Stylesheets and scripts go out compressed; pages do not, because they hold secrets beside what a visitor typed."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware

SUFFIXES = (".css", ".js", ".svg")


class StaticCompressionMiddleware(GZipMiddleware):
    """`GZipMiddleware` for our own text files and nothing else (BREACH needs a secret in the same answer)."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress a stylesheet, script or drawing that was found."""
        ours = request.path.startswith(settings.STATIC_URL) and request.path.endswith(SUFFIXES)
        return super().process_response(request, response) if ours and response.status_code == 200 else response
