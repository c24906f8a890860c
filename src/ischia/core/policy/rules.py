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

_Found = tuple[tuple["Rule", tuple[Condition, ...]], ...]
_Seen = dict[tuple[object, ...], _Found]


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

    def found(self, item: ItemFacts, match: MatchFact | None, seen: _Seen) -> _Found:
        """Each rule with its conditions as they came out; ``seen`` keeps what equal facts came to before."""
        values = tuple(get(item) for _, get in self._of_item)
        if match is not None:
            values += tuple(get(match) for _, get in self._of_match)
        if values not in seen:
            names = (name for name, _ in (*self._of_item, *self._of_match))
            seen[values] = self._evaluated(dict(zip(names, values, strict=True)))
        return seen[values]

    def _evaluated(self, data: Mapping[str, object]) -> _Found:
        facts = activation(self.scope, data)
        outcomes = {program.expression: program.holds(facts) for program in self._programs}
        return tuple(
            (rule, tuple(_condition(one, outcome=outcomes[one.program.expression]) for one in rule.conditions))
            for rule in self.rules
        )


def _read_fields(group: str, read: set[str]) -> tuple[tuple[str, attrgetter[Any]], ...]:
    names = (one.name for one in SCHEMA[group])
    return tuple((f"{group}.{name}", attrgetter(name)) for name in names if f"{group}.{name}" in read)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A compiled policy. Evaluation changes nothing in it, so threads may share it."""

    name: str
    rules: tuple[Rule, ...]
    _for_match: _Rules = field(init=False, repr=False, compare=False)
    _for_item: _Rules = field(init=False, repr=False, compare=False)

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
            reasons += _reasons(self._for_item.found(facts.item, None, {}), None, None)[0]
        for index, match in enumerate(facts.matches):
            held, missed = _reasons(self._for_match.found(facts.item, match, seen), match, index)
            reasons += held
            misses += missed
        verdict = max((reason.verdict for reason in reasons), default=Verdict.ALLOW)
        reasons.sort(key=lambda reason: -reason.verdict.severity)
        return Evaluation(verdict, tuple(reasons), tuple(misses))


def _reasons(found: _Found, match: MatchFact | None, index: int | None) -> tuple[list[Reason], list[Reason]]:
    """Return the reasons that hold on one match (or on the item), and the more severe rules that do not."""
    held: list[Reason] = []
    missed: list[Reason] = []
    for rule, conditions in found:
        if any(not condition.held and not condition.error for condition in conditions):
            missed.append(Reason(rule.name, rule.verdict, index, conditions, rule.reason))
        else:
            verdict = Verdict.QUEUE if any(condition.error for condition in conditions) else rule.verdict
            held.append(Reason(rule.name, verdict, index, conditions, rule.reason))
    held = _guarded(held, match, index)
    got = max((reason.verdict for reason in held), default=Verdict.ALLOW)
    return held, [reason for reason in missed if reason.verdict > got]


def _guarded(held: list[Reason], match: MatchFact | None, index: int | None) -> list[Reason]:
    """Return the reasons after the guard: on a match that may not act alone, none is above ``queue``."""
    if not any(reason.verdict > Verdict.QUEUE for reason in held):
        return held
    failed = guard.failed(match) if match is not None else ()
    if match is not None and not failed:
        return held
    lowered = [_lowered(reason) for reason in held]
    return [*lowered, Reason(guard.NAME, Verdict.QUEUE, index, failed, guard.TEXT)]


def _lowered(reason: Reason) -> Reason:
    verdict = min(reason.verdict, Verdict.QUEUE)
    return Reason(reason.rule, verdict, reason.match, reason.conditions, reason.text)
