"""What can be wrong with a request about content; each message says what to do."""

from __future__ import annotations


class UnknownSurfaceError(LookupError):
    """No surface has this name."""


class UnscreenableError(PermissionError):
    """The surface is private: Ischia does not look at it and stores nothing of it."""


class UnknownItemError(LookupError):
    """No item has this id on this surface."""


class SurfaceExistsError(ValueError):
    """The name is taken by a surface with other properties."""
