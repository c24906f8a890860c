"""Signals: values computed from a part that can be compared with those of known content."""

from ischia.core.signals.address import UrlError, canonical
from ischia.core.signals.base import Example, Search, Signal, SignalError, SignalType, large
from ischia.core.signals.types import SMALL, TYPES, get, hamming, make

__all__ = [
    "SMALL",
    "TYPES",
    "Example",
    "Search",
    "Signal",
    "SignalError",
    "SignalType",
    "UrlError",
    "canonical",
    "get",
    "hamming",
    "large",
    "make",
]
