"""What is laid side by side: the probe, the match, and one sentence about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A label with its value; `kind` says how the kit writes it (id, instant, word, verdict, link, or as it is)."""

    label: str
    value: object
    kind: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One side of a pair: a picture, a text with marked spans, an address, or why there is nothing to look at."""

    title: str
    kind: Literal["image", "text", "address", "none"]
    caption: str = ""
    src: str = ""
    alt: str = ""
    text: str = ""
    spans: Sequence[tuple[int, int]] = ()
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Probe and match on one baseline, the sentence beneath, the main facts, and `more` for whoever asks."""

    probe: Exhibit
    match: Exhibit
    sentence: str
    facts: Sequence[Fact] = field(default_factory=list)
    more: Sequence[Fact] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing in a timeline; `state` is done, failed or empty for what only happened."""

    title: str
    at: object
    detail: str = ""
    state: Literal["", "done", "failed"] = ""


def sentence(algorithm: str, distance: int, threshold: int, sources: int) -> str:
    """A match in words. Only for the algorithms that the desk can explain; others are named with their numbers."""
    vouched = _vouched(sources)
    if algorithm in {"sha256", "md5"}:
        return _("The same file, byte for byte; its entry is %(vouched)s.") % {"vouched": vouched}
    if algorithm == "pdq":
        share = {"distance": distance, "threshold": threshold, "vouched": vouched}
        if distance == 0:
            return _("A picture that looks the same, distance 0 of %(threshold)d; its entry is %(vouched)s.") % share
        return _("A similar picture, distance %(distance)d of %(threshold)d; its entry is %(vouched)s.") % share
    if algorithm.startswith("text"):
        return _("The same words once spelling variants are folded; the entry is %(vouched)s.") % {"vouched": vouched}
    if algorithm == "url":
        return _("The same address in its canonical form; the entry is %(vouched)s.") % {"vouched": vouched}
    numbers = {"algorithm": algorithm, "distance": distance, "threshold": threshold, "vouched": vouched}
    return _("%(algorithm)s at distance %(distance)d of %(threshold)d; the entry is %(vouched)s.") % numbers


def _vouched(sources: int) -> str:
    return ngettext("vouched for by %(n)d source", "vouched for by %(n)d sources", sources) % {"n": sources}
