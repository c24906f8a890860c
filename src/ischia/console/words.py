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
        gettext_noop("An image that looks like a known one."),
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
