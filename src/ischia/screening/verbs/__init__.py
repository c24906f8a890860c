"""Every write on the main path."""

from __future__ import annotations

from ischia.screening.verbs.hunt import approve_hunt, ask_hunt, continue_hunt, look_again, start_hunt
from ischia.screening.verbs.known import add_known
from ischia.screening.verbs.pending import finish_pending, screen_or_submit, submit
from ischia.screening.verbs.previews import answer_hunt, carry_out
from ischia.screening.verbs.screen import preview, screen, screened_surface
from ischia.screening.verbs.shortened import follow_link
from ischia.screening.verbs.tally import record_tallies
from ischia.screening.verbs.telling import tell_genre
from ischia.screening.verbs.wanted import ask_again
from ischia.screening.verbs.withdraw import put_back, restore_all

__all__ = [
    "add_known",
    "answer_hunt",
    "approve_hunt",
    "ask_again",
    "ask_hunt",
    "carry_out",
    "continue_hunt",
    "finish_pending",
    "follow_link",
    "look_again",
    "preview",
    "put_back",
    "record_tallies",
    "restore_all",
    "screen",
    "screen_or_submit",
    "screened_surface",
    "start_hunt",
    "submit",
    "tell_genre",
]
