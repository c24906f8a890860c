"""Rules and their evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from ischia.core.policy import guard
from ischia.core.policy.evaluation import NOTHING, Condition, Evaluation, Reason
from ischia.core.policy.expressions import Program, activation
from ischia.core.policy.facts import SCHEMA, Facts, ItemFacts, MatchFact, Verdict

_Seen = dict[tuple[object, ...], "tuple[_Finding, ...]"]


@dataclass(frozen=True, slots=True)
class NamedProgram:
    """A condition: the name under which it explains, and the program."""

    name: str
    program: Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """If all conditions hold, on a match or on the item (the scope), the rule yields its verdict."""

    name: str
    verdict: Verdict
    scope: str
    conditions: tuple[NamedProgram, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Finding:
    """What a rule came to on some facts: the verdict it yields before the guard, or None if it does not hold."""

    rule: Rule
    conditions: tuple[Condition, ...]
    yields: Verdict | None

    def reason(self, verdict: Verdict, match: int | None) -> Reason:
        return Reason(self.rule.name, verdict, match, self.conditions, self.rule.reason)


def _finding(rule: Rule, outcomes: Mapping[str, bool | str]) -> _Finding:
    conditions = tuple(_condition(one, outcome=outcomes[one.program.expression]) for one in rule.conditions)
    if any(not condition.held and not condition.error for condition in conditions):
        return _Finding(rule, conditions, None)
    erred = any(condition.error for condition in conditions)
    return _Finding(rule, conditions, Verdict.QUEUE if erred else rule.verdict)


def _condition(condition: NamedProgram, *, outcome: bool | str) -> Condition:
    expression = condition.program.expression
    if isinstance(outcome, str):
        return Condition(condition.name, expression, held=False, error=outcome)
    return Condition(condition.name, expression, held=outcome)


class _Rules:
    """The rules of one scope, each different expression among them once, and the facts that they read."""

    def __init__(self, scope: str, rules: Iterable[Rule]) -> None:
        self.scope = scope
        self.rules = tuple(rule for rule in rules if rule.scope == scope)
        programs = {one.program.expression: one.program for rule in self.rules for one in rule.conditions}
        self._programs = tuple(programs.values())
        read = {name for program in self._programs for name in program.names}
        self._of_item = _read_fields("item", read)
        self._of_match = _read_fields("match", read)

    def findings(self, item: ItemFacts, match: MatchFact | None, seen: _Seen) -> tuple[_Finding, ...]:
        """Find what each rule comes to; ``seen`` keeps what equal facts came to before."""
        values = tuple(get(item) for _, get in self._of_item)
        if match is not None:
            values += tuple(get(match) for _, get in self._of_match)
        if values not in seen:
            names = (name for name, _ in (*self._of_item, *self._of_match))
            seen[values] = self._evaluated(dict(zip(names, values, strict=True)))
        return seen[values]

    def _evaluated(self, data: Mapping[str, object]) -> tuple[_Finding, ...]:
        facts = activation(self.scope, data)
        outcomes = {program.expression: program.holds(facts) for program in self._programs}
        return tuple(_finding(rule, outcomes) for rule in self.rules)


def _read_fields(group: str, read: set[str]) -> tuple[tuple[str, attrgetter[Any]], ...]:
    names = (one.name for one in SCHEMA[group])
    return tuple((f"{group}.{name}", attrgetter(name)) for name in names if f"{group}.{name}" in read)


_MOST_REMEMBERED = 1024


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A compiled policy. Evaluation changes nothing in it, so threads may share it."""

    name: str
    rules: tuple[Rule, ...]
    _for_match: _Rules = field(init=False, repr=False, compare=False)
    _for_item: _Rules = field(init=False, repr=False, compare=False)
    _remembered: dict[ItemFacts, tuple[Reason, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "_for_match", _Rules("match", self.rules))
        object.__setattr__(self, "_for_item", _Rules("item", self.rules))

    @property
    def needs_item_evaluation(self) -> bool:
        """Whether the policy says anything about items without a match."""
        return bool(self._for_item.rules)

    def evaluate(self, facts: Facts) -> Evaluation:
        """Return the most severe verdict of the rules that hold, or ``allow``.

        A condition that meets an error does not hold; if no other condition of the rule fails, the rule yields
        ``queue``, whatever it asks for. What the guard forbids is lowered to ``queue`` and explained.
        """
        if not facts.matches and not self.needs_item_evaluation:
            return NOTHING
        reasons: list[Reason] = []
        misses: list[Reason] = []
        seen: _Seen = {}
        if self.needs_item_evaluation:
            reasons += self._about(facts.item)
        for index, match in enumerate(facts.matches):
            held, missed = _reasons(self._for_match.findings(facts.item, match, seen), match, index)
            reasons += held
            misses += missed
        verdict = max((reason.verdict for reason in reasons), default=Verdict.ALLOW)
        reasons.sort(key=lambda reason: -reason.verdict.severity)
        return Evaluation(verdict, tuple(reasons), tuple(misses))

    def _about(self, item: ItemFacts) -> tuple[Reason, ...]:
        """Return the reasons that hold on the item; the facts of most items are equal, so they are remembered."""
        known = self._remembered.get(item)
        if known is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            known = tuple(_reasons(self._for_item.findings(item, None, {}), None, None)[0])
            self._remembered[item] = known
        return known


def _reasons(
    findings: tuple[_Finding, ...], match: MatchFact | None, index: int | None
) -> tuple[list[Reason], list[Reason]]:
    """Return the reasons that hold on one match (or on the item), and the more severe rules that do not."""
    held = _guarded([(one, one.yields) for one in findings if one.yields], match, index)
    got = max((reason.verdict.severity for reason in held), default=0)
    missed = (one for one in findings if one.yields is None and one.rule.verdict.severity > got)
    return held, [one.reason(one.rule.verdict, index) for one in missed]


def _guarded(held: list[tuple[_Finding, Verdict]], match: MatchFact | None, index: int | None) -> list[Reason]:
    """Return the reasons after the guard: on a match that may not act alone, none is above ``queue``."""
    acts = any(verdict > Verdict.QUEUE for _, verdict in held)
    failed = guard.failed(match) if acts and match is not None else ()
    if acts and (failed or match is None):
        lowered = [finding.reason(min(verdict, Verdict.QUEUE), index) for finding, verdict in held]
        return [*lowered, Reason(guard.NAME, Verdict.QUEUE, index, failed, guard.TEXT)]
    return [finding.reason(verdict, index) for finding, verdict in held]
