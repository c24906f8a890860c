"""The YAML of a policy: read safely, checked against its shape, every piece with its place in the text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import yaml

from ischia.core.policy.errors import Problem, closest
from ischia.core.policy.facts import Verdict

MAX_CHARACTERS = 65_536
MAX_RULES = 100
MAX_CONDITIONS = 20
MAX_REASON = 500
_MAX_DEPTH = 6
_MAX_NODES = 10_000
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_STR = "tag:yaml.org,2002:str"
_NEGATION = "a condition that starts with '!' must stand in quotes"
RESERVED_NAMES = ("guard",)

# An allow rule would exempt nothing, because the most severe verdict wins; a person would believe that it does.
_RULE_VERDICTS = (Verdict.QUEUE, Verdict.RESTRICT, Verdict.REMOVE)
# Without a match there is no evidence on which anything may act without a person.
_ITEM_VERDICTS = (Verdict.QUEUE,)


class DocumentError(ValueError):
    """A text that is not a policy; carries the problems."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("; ".join(problem.message for problem in problems))


@dataclass(frozen=True, slots=True)
class ConditionText:
    """A named condition as written; ``places[i]`` is where character ``i`` of the expression stands."""

    name: str
    expression: str
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule as written, its conditions not yet compiled."""

    name: str
    verdict: Verdict
    scope: str
    conditions: tuple[ConditionText, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A policy as written, and the problems of its shape."""

    name: str
    rules: tuple[RuleText, ...]
    problems: tuple[Problem, ...]


def read(text: str) -> PolicyText:
    """Read the YAML of a policy. Raises DocumentError where nothing can be read further."""
    if len(text) > MAX_CHARACTERS:
        raise DocumentError(Problem(0, 1, f"a policy has at most {MAX_CHARACTERS} characters, this has {len(text)}"))
    try:
        _refuse_dangerous(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise DocumentError(_yaml_problem(error)) from None
    if root is None:
        raise DocumentError(Problem(0, 1, "the policy is empty", ("policy", "rules")))
    return _Reader(text).policy(root)


def _refuse_dangerous(text: str) -> None:
    """Refuse, before any node is built, what makes YAML expand or nest without bound."""
    depth = documents = 0
    for count, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        documents += isinstance(event, yaml.DocumentStartEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if message := _danger(event, depth, documents, count):
            start, end = _span(event)
            raise DocumentError(Problem(start, end, message))


def _danger(event: yaml.Event, depth: int, documents: int, count: int) -> str:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        return "anchors and aliases are not allowed in a policy"
    if tag := getattr(event, "tag", None):
        hint = f"; {_NEGATION}" if tag.startswith("!") else ""
        return f"tags are not allowed in a policy: {tag}{hint}"
    if documents > 1:
        return "a policy is one YAML document, a second one starts here"
    if depth > _MAX_DEPTH:
        return f"nested more than {_MAX_DEPTH} deep"
    return f"more than {_MAX_NODES} values" if count > _MAX_NODES else ""


def _span(piece: yaml.Event | yaml.Node) -> tuple[int, int]:
    start, end = piece.start_mark, piece.end_mark
    return (start.index, end.index) if start and end else (0, 1)


def _yaml_problem(error: yaml.YAMLError) -> Problem:
    if isinstance(error, yaml.MarkedYAMLError) and (mark := error.problem_mark or error.context_mark):
        told = ", ".join(part for part in (error.context, error.problem) if part)
        hint = f"; {_NEGATION}" if "tag" in told else ""
        return Problem(mark.index, mark.index + 1, f"not valid YAML: {told}{hint}")
    if isinstance(error, yaml.reader.ReaderError):
        return Problem(error.position, error.position + 1, f"not valid YAML: {error.reason} (U+{error.character:04X})")
    return Problem(0, 1, f"not valid YAML: {error}")


class _Reader:
    """Walks the nodes and gathers the problems."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.problems: list[Problem] = []

    def policy(self, root: yaml.Node) -> PolicyText:
        fields = self.mapping(root, "a policy", required=("policy", "rules"))
        name = self.word(fields["policy"], "the name of a policy") if "policy" in fields else ""
        rules = self.rules(fields["rules"]) if "rules" in fields else []
        return PolicyText(name, tuple(rules), tuple(self.problems))

    def rules(self, node: yaml.Node) -> list[RuleText]:
        if not isinstance(node, yaml.SequenceNode):
            self.report(node, "'rules' must be a list, each rule starting with '- name:'")
            return []
        if len(node.value) > MAX_RULES:
            self.report(node.value[MAX_RULES], f"a policy has at most {MAX_RULES} rules, this has {len(node.value)}")
        taken = set(RESERVED_NAMES)
        read = (self.rule(child, taken) for child in node.value[:MAX_RULES])
        return [rule for rule in read if rule]

    def rule(self, node: yaml.Node, taken: set[str]) -> RuleText | None:
        required = ("name", "verdict", "for", "when")
        fields = self.mapping(node, "a rule", required=required, optional=("reason",))
        if not fields.keys() >= set(required):
            return None
        name = self.word(fields["name"], "the name of a rule")
        if name in taken:
            reserved = name in RESERVED_NAMES
            self.report(fields["name"], f"the name '{name}' is {'reserved' if reserved else 'already another rule'}")
        taken.add(name)
        scope = self.choice(fields["for"], "value of 'for':", ("match", "item"))
        verdict = self.verdict(fields["verdict"], scope)
        conditions = self.conditions(fields["when"])
        reason = self.string(fields["reason"], "a reason", MAX_REASON) if "reason" in fields else ""
        return RuleText(name, verdict, scope, conditions, reason) if scope else None

    def verdict(self, node: yaml.Node, scope: str) -> Verdict:
        valid = _ITEM_VERDICTS if scope == "item" else _RULE_VERDICTS
        known = self.string(node, "a verdict", 100)
        if scope == "item" and known in _RULE_VERDICTS and known not in valid:
            self.report(node, f"a rule for the item cannot '{known}': only a match is evidence to act on", valid)
        elif known == Verdict.ALLOW:
            self.report(node, "a rule cannot 'allow': the most severe verdict wins, so it would exempt nothing", valid)
        elif known:
            known = self.choice(node, "verdict", valid)
        return Verdict(known) if known in set(Verdict) else Verdict.QUEUE

    def conditions(self, node: yaml.Node) -> tuple[ConditionText, ...]:
        fields = self.mapping(node, "'when'")
        if isinstance(node, yaml.MappingNode) and not node.value:
            self.report(node, "'when' needs at least one condition, such as: always: \"true\"")
        if len(fields) > MAX_CONDITIONS:
            self.report(node, f"a rule has at most {MAX_CONDITIONS} conditions, this has {len(fields)}")
        return tuple(self.condition(name, child) for name, child in list(fields.items())[:MAX_CONDITIONS])

    def condition(self, name: str, node: yaml.Node) -> ConditionText:
        expression = self.string(node, "a condition", MAX_CHARACTERS)
        places = _places(self.text, node) if isinstance(node, yaml.ScalarNode) else ()
        return ConditionText(name, expression, places)

    def mapping(
        self, node: yaml.Node, what: str, *, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()
    ) -> dict[str, yaml.Node]:
        """Return the values by key; without required keys any well-formed name is a key."""
        if not isinstance(node, yaml.MappingNode):
            self.report(node, f"{what} must be a mapping of keys to values")
            return {}
        fields: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = self.key(key, what, (*required, *optional))
            if name in fields:
                self.report(key, f"the key '{name}' is already there")
            elif name:
                fields[name] = value
        for missing in required:
            if missing not in fields:
                self.report(node, f"{what} needs the key '{missing}'", (*required, *optional))
        return fields

    def key(self, node: yaml.Node, what: str, valid: tuple[str, ...]) -> str:
        if not valid:
            return self.word(node, "the name of a condition")
        name = self.string(node, f"a key of {what}", 100)
        if name and name not in valid:
            self.report(node, f"unknown key '{name}' in {what}", valid, closest(name, valid))
        return name if name in valid else ""

    def choice(self, node: yaml.Node, what: str, valid: tuple[str, ...]) -> str:
        value = self.string(node, f"'{what}'", 100)
        if value and value not in valid:
            self.report(node, f"unknown {what} '{value}'", valid, closest(value, valid))
        return value if value in valid else ""

    def word(self, node: yaml.Node, what: str) -> str:
        value = self.string(node, what, 1000)
        if value and not _NAME.fullmatch(value):
            self.report(node, f"{what} is 1 to 64 of a-z, 0-9, '_' and '-', starting with a letter")
        return value

    def string(self, node: yaml.Node, what: str, longest: int) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self.report(node, f"{what} must be text")
            return ""
        if node.tag != _STR:
            kind = node.tag.rpartition(":")[2]
            self.report(node, f'{what} must be text, this is: {kind} (to write it as text: "{node.value}")')
            return ""
        value: str = node.value
        if not value.strip() or len(value) > longest:
            self.report(node, f"{what} must have 1 to {longest} characters")
            return ""
        return value

    def report(self, node: yaml.Node, message: str, valid: Iterable[str] = (), meant: str = "") -> None:
        start, end = _span(node)
        self.problems.append(Problem(start, end, message, tuple(valid), meant))


def _places(text: str, node: yaml.ScalarNode) -> tuple[int, ...]:
    """Where each character of a scalar's value stands in the source, plus its end.

    Quotes, escapes, indentation and folded line breaks stand only in the source, so both are walked together and
    what the value lacks is skipped.
    """
    at, end = _span(node)
    if node.style in {"|", ">"}:
        at = text.find("\n", at, end) + 1
    places: list[int] = []
    for character in node.value:
        wanted = (character, "\n") if character == " " else (character,)
        here = min((found for sign in wanted if (found := text.find(sign, at, end)) >= 0), default=None)
        places.append(at if here is None else here)
        at = at if here is None else here + 1
    return (*places, at)
