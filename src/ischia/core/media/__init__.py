"""Media: files from outside, in; signals out. Meant to run in a confined process: it needs a path and nothing else."""

from ischia.core.media.errors import ImageLimits, Reason, Undecodable
from ischia.core.media.files import file_signals
from ischia.core.media.images import EXACT_PIXELS, FORMATS, ImageSignals, image_signals, thumbnail
from ischia.core.media.sniff import HEAD, Family, family, sniff

__all__ = [
    "EXACT_PIXELS",
    "FORMATS",
    "HEAD",
    "Family",
    "ImageLimits",
    "ImageSignals",
    "Reason",
    "Undecodable",
    "family",
    "file_signals",
    "image_signals",
    "sniff",
    "thumbnail",
]
