"""Theme and density, kept in a cookie so that the server draws the page right at once."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from ischia.base.permissions import public
from ischia.console.frame import PREFERENCES

YEAR = 365 * 24 * 3600


@public
@require_POST
def preference(request: HttpRequest, name: str) -> HttpResponse:
    """Keep the chosen value and go back to the page."""
    value = request.POST.get("value", "")
    if value not in PREFERENCES.get(name, {}):
        raise Http404
    back = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = redirect(back if safe else "/")
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(f"ischia_{name}", value, max_age=YEAR, secure=secure, samesite="Lax")
    return response
