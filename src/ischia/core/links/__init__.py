"""Links: addresses in a text however they are written, and what each of them can be known by."""

from ischia.core.links.entries import entry_signals
from ischia.core.links.found import FoundLink, found
from ischia.core.links.places import signals
from ischia.core.links.services import content_id
from ischia.core.links.wrapped import SHORTENERS, is_shortener, unwrapped

__all__ = [
    "SHORTENERS",
    "FoundLink",
    "content_id",
    "entry_signals",
    "found",
    "is_shortener",
    "signals",
    "unwrapped",
]
