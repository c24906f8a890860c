"""The outcome of a policy on an item: the verdict, and the named conditions that explain it."""

from __future__ import annotations

from dataclasses import dataclass

from ischia.core.policy.facts import Verdict


@dataclass(frozen=True, slots=True)
class Condition:
    """A named condition as it was found; with an ``error`` it could not be decided and does not hold."""

    name: str
    expression: str
    held: bool
    error: str = ""

    def document(self) -> dict[str, object]:
        """As plain JSON values."""
        told: dict[str, object] = {"name": self.name, "expression": self.expression, "held": self.held}
        return {**told, "error": self.error} if self.error else told


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule and its conditions on one match (its index in the facts) or, with ``None``, on the item."""

    rule: str
    verdict: Verdict
    """What the rule yields after the guard; for a rule that missed, what it would have asked for."""
    match: int | None
    conditions: tuple[Condition, ...]
    text: str = ""
    """The rule's own words to a reader, or the guard's."""

    def document(self) -> dict[str, object]:
        """As plain JSON values."""
        return {
            "rule": self.rule,
            "verdict": self.verdict.value,
            "match": self.match,
            "conditions": [condition.document() for condition in self.conditions],
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The verdict; the reasons, most severe first; and what nearly acted but did not."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    misses: tuple[Reason, ...] = ()
    """For each match, the rules more severe than what it got, with the conditions that failed."""

    def document(self) -> dict[str, object]:
        """As plain JSON values (no floats, so that it can stand in a ledger leaf)."""
        return {
            "verdict": self.verdict.value,
            "reasons": [reason.document() for reason in self.reasons],
            "misses": [reason.document() for reason in self.misses],
        }


NOTHING = Evaluation(Verdict.ALLOW)
"""No match and no rule that looks at the item."""
