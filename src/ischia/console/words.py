"""What the console calls the values that the other apps store, in the viewer's language."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

WORDS: Mapping[str, object] = MappingProxyType(
    {
        # Verdicts and the acts that follow.
        "allow": pgettext_lazy("verdict", "Allow"),
        "queue": pgettext_lazy("verdict", "Queue"),
        "restrict": pgettext_lazy("verdict", "Restrict"),
        "remove": pgettext_lazy("verdict", "Remove"),
        "restore": _("Restore"),
        "lift_restriction": _("Lift the restriction"),
        "pending": _("Waiting to be screened"),
        # Decisions, actions, deliveries.
        "in_force": _("In force"),
        "ended": _("Ended"),
        "requested": _("Asked, not yet acknowledged"),
        "done": _("Acknowledged"),
        "failed": _("Failed"),
        "superseded": _("Overtaken by a later decision"),
        "gone": _("Gone from the platform"),
        "terms": _("terms of service"),
        "law": _("law"),
        "rule": _("rule"),
        "reviewer": _("reviewer"),
        "policy": _("policy"),
        "person": _("a person"),
        "key": _("a key"),
        "system": _("the system"),
        # Cases.
        "open": _("Open"),
        "closed": _("Closed"),
        "verdict": _("queued by policy"),
        "undecodable": _("could not be read"),
        "hunt": _("found by a hunt"),
        "withdrawn": _("its entry was withdrawn"),
        # Hunts and their previews.
        "waiting": _("Waits for a second person"),
        "accepted": _("Preview accepted"),
        "refused": _("Preview refused"),
        "action_failed": _("the platform could not act"),
        # Entries.
        "active": pgettext_lazy("entry", "Active"),
        "review_only": _("For review only"),
        "retired": _("Retired"),
        "any": _("any context"),
        "dependent": _("depends on context"),
        # Parts.
        "text": _("text"),
        "image": _("image"),
        "video": _("video"),
        "audio": _("audio"),
        "file": _("file"),
        "link": _("link"),
        "signal": _("signal"),
        # Strength of a match.
        "exact": _("the same"),
        "near": _("nearly the same"),
        "derived": _("derived"),
        "partial": _("in part"),
        # What was done to the known content.
        "same": _("the same"),
        "as_is": _("as it is"),
        "trimmed": _("with a frame around it"),
        "rotated_90": _("turned clockwise"),
        "rotated_180": _("turned upside down"),
        "rotated_270": _("turned counter-clockwise"),
        "mirrored": _("mirrored"),
        "mirrored_rotated_90": _("mirrored and turned clockwise"),
        "mirrored_rotated_180": _("mirrored top to bottom"),
        "mirrored_rotated_270": _("mirrored and turned counter-clockwise"),
        "inverted": _("as a negative"),
        "crop_of_entry": _("a crop of it"),
        "entry_inside": _("inside of another picture"),
        "quoted": _("quoted in a longer text"),
        "excerpt": _("an excerpt of it"),
        "respelled": _("respelled"),
        "phrase": _("a phrase"),
        "under_site": _("under a known address"),
        "clip": _("moments of it"),
        "mirrored_clip": _("moments of it, mirrored"),
        "same_sound": _("its sound"),
        # Why an entry is held back.
        "structural_junk": _("has no structure of its own"),
        "benign": _("is like harmless content"),
        "protected": _("is mostly protected content"),
        "shortened": _("is a shortened address"),
        "blast_radius": _("matches far more than expected"),
        "by_person": _("held back by a person"),
        # Kinds of text.
        "reporting": _("journalism or encyclopaedia"),
        "religious": _("religious"),
        "legal": _("legal"),
        "personal": _("personal"),
        "slogan": _("slogan, call or advertising"),
        # Surfaces.
        "public": _("public"),
        "auto_admit": _("anybody may join"),
        "selected": _("selected people"),
        "private": _("private"),
        "publish": _("publish"),
        "hold": _("hold back"),
    }
)


DEFAULT_REASONS = frozenset(
    {
        gettext_noop("The same file, byte for byte, as a vetted entry that counts in any context."),
        gettext_noop(
            "The same text, after folding, as a vetted entry that counts in any context, and long enough to be "
            "no accident."
        ),
        gettext_noop("The same content as a known entry; a person decides where it may not act alone."),
        gettext_noop("A link to a known address."),
        gettext_noop(
            "The picture of a vetted entry that counts in any context, re-encoded; the second gate sees the same "
            "picture."
        ),
        gettext_noop("An image that looks like a known one, or like one that was framed, turned or cropped."),
        gettext_noop("A known image is in this one, or this is a piece of it."),
        gettext_noop(
            "Moments of a known video, or of its sound; press and archives use them too, so a person decides."
        ),
        gettext_noop("Much of a known text is in this one, or this is an excerpt of it, whatever the spelling."),
        gettext_noop("Phrases that weigh enough together; they prove nothing, so a person looks."),
        gettext_noop("A part could not be decoded, so nothing is known of it."),
    }
)
"""What the rules of the default policy say to a reader."""


def word(value: object) -> str:
    """The word for a stored value; a value without one stands for itself."""
    return str(WORDS.get(str(value), value))


def isolated(text: str) -> str:
    """`text` between the characters that keep its direction to itself (UAX 9: FSI and PDI), for plain strings."""
    return f"\u2068{text}\u2069"
