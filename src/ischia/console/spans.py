"""Lengths of time in words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def duration(seconds: float | None) -> str:
    """A length of time in its two largest units: `840 ms`, `4.2 s`, `3 min`, `2 h 5 min`, `4 days`."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return _("%(n)d ms") % {"n": round(seconds * 1000)}
    if seconds < 60:
        return _("%(n).1f s") % {"n": seconds}
    minutes, hours = int(seconds // 60), int(seconds // 3600)
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    if hours < 48:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes % 60}
    return ngettext("%(n)d day", "%(n)d days", hours // 24) % {"n": hours // 24}
