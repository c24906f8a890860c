"""What can be wrong with a request about hunts; each message says what to do."""

from __future__ import annotations


class UnknownHuntError(LookupError):
    """No hunt has this id."""


class HuntRefusedError(ValueError):
    """The hunt may not begin, go on or be answered like this."""
