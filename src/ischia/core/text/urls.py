"""Web addresses in texts and link parts, as signals."""

from __future__ import annotations

from ischia.core.signals import Signal, UrlError, canonical

__all__ = ["UrlError", "canonical", "url_signal"]


def url_signal(url: str) -> Signal:
    """Return the `url` signal of an address; raise `UrlError` when it has no canonical form."""
    return Signal("url", 1, canonical(url))
