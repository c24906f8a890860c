"""What no policy can change: which matches may act without a person.

Promise 6 of the design: a match is evidence, not a verdict. An operator's rules may ask for less than this, never
for more.
"""

from __future__ import annotations

from collections.abc import Callable

from ischia.core.policy.evaluation import Condition
from ischia.core.policy.facts import MatchFact

NAME = "guard"
TEXT = "the entry or the match may not act without a person"

_Check = tuple[str, str, Callable[[MatchFact], bool]]
_CHECKS: tuple[_Check, ...] = (
    ("entry_is_active", "match.status == 'active'", lambda match: match.status == "active"),
    ("any_context", "match.context == 'any'", lambda match: match.context == "any"),
    ("bank_may_act", "match.acting", lambda match: match.acting is True),
    (
        "enough_sources",
        "match.sources >= match.sources_required",
        lambda match: match.sources >= match.sources_required,
    ),
    # A near match acts only behind the second gate, since PDQ collisions can be made on purpose, as MD5's can.
    (
        "exact_or_gated",
        "match.strength == 'exact' || (match.strength == 'near' && match.gated)",
        lambda match: match.strength == "exact" or (match.strength == "near" and match.gated),
    ),
    ("sound_algorithm", "match.algorithm != 'md5'", lambda match: match.algorithm != "md5"),
)


def failed(match: MatchFact) -> tuple[Condition, ...]:
    """Return the guard's conditions that this match does not meet; empty if it may act."""
    return tuple(Condition(name, text, held=False) for name, text, meets in _CHECKS if not meets(match))
