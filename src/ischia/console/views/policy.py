"""The policy in force and its versions."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from ischia.base.permissions import Permission, require
from ischia.policies import queries
from ischia.policies.queries import VersionView


@require(Permission.POLICIES_READ)
def policy(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """Show the version that rules, or the one that the address names."""
    versions = queries.versions()
    shown = _chosen(versions, number)
    if shown is None and number is not None:
        raise Http404
    lines = shown.source.splitlines() if shown else []
    return render(request, "console/policy.html", {"versions": versions, "shown": shown, "lines": lines})


def _chosen(versions: list[VersionView], number: int | None) -> VersionView | None:
    return next((each for each in versions if (each.active if number is None else each.number == number)), None)
