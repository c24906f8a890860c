"""What is laid side by side: the probe, the match, and one sentence about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from ischia.console.tracks import Track


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A label with its value; `kind` says how the kit writes it (id, instant, word, verdict, link, or as it is)."""

    label: str
    value: object
    kind: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a strip, with the instant or the page that it shows."""

    src: str
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One side of a pair: picture, strip of pictures, text with marked spans, address, or why there is nothing.

    `outline` are the corners of what matched, as SVG has them, in hundredths of the picture. `folded` is the text as
    it was compared, `note` what to bear in mind of it. A text that was read in a picture has that picture as `src`.
    """

    title: str
    kind: Literal["image", "strip", "text", "address", "none"]
    caption: str = ""
    src: str = ""
    alt: str = ""
    outline: str = ""
    frames: Sequence[Frame] = ()
    text: str = ""
    spans: Sequence[tuple[int, int]] = ()
    folded: str = ""
    note: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Probe and match on one baseline, the sentence beneath, the main facts, and `more` for whoever asks."""

    probe: Exhibit
    match: Exhibit
    sentence: str
    tracks: Sequence[Track] = ()
    reminder: str = ""
    facts: Sequence[Fact] = field(default_factory=list)
    more: Sequence[Fact] = field(default_factory=list)


def outline(quad: Sequence[Sequence[float]]) -> str:
    """The corners of a match, given in fractions of the picture, as SVG's `points` in hundredths."""
    return " ".join(f"{100 * x:.1f},{100 * y:.1f}" for x, y in quad)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing in a timeline; `state` is done, failed or empty for what only happened."""

    title: str
    at: object
    detail: str = ""
    state: Literal["", "done", "failed"] = ""


_EVIDENCE = {
    "sha256": gettext_noop("The same file, byte for byte; its entry is %(vouched)s."),
    "md5": gettext_noop("The same file, byte for byte; its entry is %(vouched)s."),
    "text": gettext_noop("The same words once spelling variants are folded; the entry is %(vouched)s."),
    "url": gettext_noop("The same address in its canonical form; the entry is %(vouched)s."),
    "corners": gettext_noop("Part of this picture is the known one, or the reverse; its entry is %(vouched)s."),
    "frames": gettext_noop("Moments of this video are in the known one; its entry is %(vouched)s."),
    "sound": gettext_noop("The sound is that of the known one for a while; its entry is %(vouched)s."),
    "shingles": gettext_noop("Passages are those of the known text, whatever the spelling; it is %(vouched)s."),
    "phrase": gettext_noop("A phrase of a list, which alone proves nothing; it is %(vouched)s."),
    "site": gettext_noop("An address under a known one; the entry is %(vouched)s."),
    "content_id": gettext_noop("Another address of the same content; the entry is %(vouched)s."),
}


def sentence(algorithm: str, distance: int, threshold: int, sources: int) -> str:
    """A match in words. Only for the algorithms that the desk can explain; others are named with their numbers."""
    vouched = _vouched(sources)
    if algorithm == "pdq":
        share = {"distance": distance, "threshold": threshold, "vouched": vouched}
        if distance == 0:
            return _("A picture that looks the same, distance 0 of %(threshold)d; its entry is %(vouched)s.") % share
        return _("A similar picture, distance %(distance)d of %(threshold)d; its entry is %(vouched)s.") % share
    if algorithm in _EVIDENCE:
        return _(_EVIDENCE[algorithm]) % {"vouched": vouched}
    numbers = {"algorithm": algorithm, "distance": distance, "threshold": threshold, "vouched": vouched}
    return _("%(algorithm)s at distance %(distance)d of %(threshold)d; the entry is %(vouched)s.") % numbers


def _vouched(sources: int) -> str:
    return ngettext("vouched for by %(n)d source", "vouched for by %(n)d sources", sources) % {"n": sources}
