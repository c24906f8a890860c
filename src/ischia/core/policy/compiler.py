"""From the text of a policy to one that can be evaluated."""

from __future__ import annotations

from ischia.core.policy import document, expressions
from ischia.core.policy.errors import PolicyError, Problem, Source
from ischia.core.policy.rules import NamedProgram, Policy, Rule


def compile_policy(source: str, *, name: str = "policy") -> Policy:
    """Compile the YAML text of a policy; ``name`` is what errors call the text (a file name).

    Raises PolicyError with every problem found: unknown or duplicate keys and names, unknown verdicts, undeclared
    facts, wrong types, impossible values, conditions that are not true or false, and what exceeds the limits.
    """
    try:
        text = document.read(source)
    except document.DocumentError as error:
        raise PolicyError(Source(name, source), error.problems) from None
    problems = list(text.problems)
    rules = [_rule(rule, problems) for rule in text.rules]
    if problems:
        raise PolicyError(Source(name, source), problems)
    return Policy(name=text.name, rules=tuple(rules))


def _rule(rule: document.RuleText, problems: list[Problem]) -> Rule:
    programs = [_program(condition, rule.scope, problems) for condition in rule.conditions if condition.expression]
    conditions = tuple(program for program in programs if program)
    return Rule(name=rule.name, verdict=rule.verdict, scope=rule.scope, conditions=conditions, reason=rule.reason)


def _program(condition: document.ConditionText, scope: str, problems: list[Problem]) -> NamedProgram | None:
    try:
        program = expressions.compile_condition(condition.expression, scope=scope)
    except expressions.ExpressionError as error:
        problems += [_placed(problem, condition.places) for problem in error.problems]
        return None
    return NamedProgram(condition.name, program)


def _placed(problem: Problem, places: tuple[int, ...]) -> Problem:
    """Give the problem its place in the source in the stead of its place in the expression."""
    last = len(places) - 1
    start = places[min(problem.start, last)]
    end = places[min(problem.end - 1, last)] + 1
    return Problem(start, end, problem.message, problem.valid, problem.meant)
