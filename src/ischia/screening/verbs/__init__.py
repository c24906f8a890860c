"""Every write on the main path."""

from __future__ import annotations

from ischia.screening.verbs.hunt import continue_hunt, look_again, start_hunt
from ischia.screening.verbs.pending import finish_pending, submit
from ischia.screening.verbs.screen import preview, screen, screened_surface
from ischia.screening.verbs.tally import record_tallies

__all__ = [
    "continue_hunt",
    "finish_pending",
    "look_again",
    "preview",
    "record_tallies",
    "screen",
    "screened_surface",
    "start_hunt",
    "submit",
]
