"""What can be wrong with a request about policies; each message says what to do."""

from __future__ import annotations


class UnknownVersionError(LookupError):
    """No version of the policy has this number."""


class NoActivePolicyError(LookupError):
    """No version is active, so nothing can be judged."""
