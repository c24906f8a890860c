"""What can be wrong with a request about hunts or films; each message says what to do."""

from __future__ import annotations


class UnknownHuntError(LookupError):
    """No hunt has this id."""


class HuntRefusedError(ValueError):
    """The hunt may not begin, go on or be answered like this."""


class NoTextError(LookupError):
    """There is no text whose genre could be told."""


class LongFilmError(Exception):
    """A film is too long for somebody to wait: a job looks at it, or a command that shows how far it is."""

    def __init__(self, seconds: float, most: float) -> None:
        super().__init__(f"the film has {seconds:.0f} s, and at most {most:.0f} s are looked at while somebody waits")
