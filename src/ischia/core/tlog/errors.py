"""The one error of this package."""

from __future__ import annotations


class LedgerError(ValueError):
    """Something is not what a verifiable log may hold: the message says what, where and what would be right."""
