"""Pages for what went wrong: what happened, what to do, and an id where somebody should look into it."""

from __future__ import annotations

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from ischia.base.ids import new_id

log = structlog.get_logger()


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request could not be understood."""
    return _page(request, 400, _("This request could not be understood"), _("Go back, load the page again and repeat."))


def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: the person lacks the permission, whose name a `PermissionDenied` carries."""
    needed = str(exception)
    text = _("Ask an administrator for a role that may do this.")
    if needed:
        text = _("This needs the permission “%(permission)s”. Ask an administrator for a role that has it.") % {
            "permission": needed
        }
    return _page(request, 403, _("Your roles do not include this"), text)


def csrf_denied(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form came without its token, mostly because the page stood open across a sign-out."""
    text = _("The form was too old, or came from another page. Load the page again and repeat.")
    return _page(request, 403, _("This form was not accepted"), text)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing is here, or not for this person."""
    return _page(request, 404, _("There is nothing here"), _("It may have been deleted, or the address is wrong."))


def failed(request: HttpRequest) -> HttpResponse:
    """500: our fault; the id is the request's, which stands in the log beside the traceback."""
    error = str(request.META.get("ISCHIA_REQUEST_ID") or new_id())
    log.error("page_failed", error=error, path=request.path, method=request.method)
    text = _("The fault is ours and was logged. Give the number below to whoever runs this installation.")
    return _page(request, 500, _("Something went wrong here"), text, error=error)


def _page(request: HttpRequest, status: int, title: str, text: str, *, error: str = "") -> HttpResponse:
    context = {"error": {"title": title, "text": text, "id": error}}
    return render(request, "console/error.html", context, status=status)
