"""What can be wrong with a request about decisions and actions."""

from __future__ import annotations


class UnknownDecisionError(LookupError):
    """No decision has this id."""


class UnknownActionError(LookupError):
    """No action has this id."""
