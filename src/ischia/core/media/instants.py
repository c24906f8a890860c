"""Instants in a recording, in words."""

from __future__ import annotations


def clock(seconds: float) -> str:
    """An instant in a recording: `0:07`, `1:02:03`."""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
