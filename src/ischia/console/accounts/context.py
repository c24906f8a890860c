"""What every template of the console knows about the person who looks at it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from ischia.base.permissions import Permission, permissions_for
from ischia.console.accounts.session import has_session, second_factor_is_waived


def access(request: HttpRequest) -> dict[str, Any]:
    """`may.banks_write` and the like, and `demo_banner` for a session that was let in without a second factor."""
    known = has_session(request) and hasattr(request, "user") and request.user.is_authenticated
    held = permissions_for(request) if known else frozenset()
    return {
        "may": {permission.name.lower(): permission in held for permission in Permission},
        "demo_banner": known and second_factor_is_waived(request),
    }
