"""Conditions: CEL expressions over the declared facts, typed and checked before they may run."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cel_expr_python import cel

from ischia.core.policy import syntax
from ischia.core.policy.errors import Problem, closest
from ischia.core.policy.facts import SCHEMA, Field

MAX_LENGTH = 500
"""Characters of one expression."""
MAX_NESTING = 16
"""Brackets inside each other; the CEL parser itself gives up at 32."""

FUNCTIONS = ("contains", "endsWith", "size", "startsWith")
_OPERATORS = {
    "_&&_": "&&", "_||_": "||", "!_": "!", "_?_:_": "?:", "@in": "in", "-_": "-",
    "_==_": "==", "_!=_": "!=", "_<_": "<", "_<=_": "<=", "_>_": ">", "_>=_": ">=",
    "_+_": "+", "_-_": "-", "_*_": "*", "_/_": "/", "_%_": "%",
}  # fmt: skip
_WORDS_FOR_OPERATORS = {"and": "&&", "or": "||", "not": "!", "=": "==", "&": "&&", "|": "||", "is": "=="}
# A language is never a reason by itself (promise 6), so only a rule about a match may look at it.
_NOT_ALONE = ("item.language",)
_STRING = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*\"""")
_CEL_ERROR = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")


class ExpressionError(ValueError):
    """An expression that is not a valid condition; problems are placed in characters of the expression."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("; ".join(problem.message for problem in problems))


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled condition: evaluate it as often as needed, from any thread."""

    expression: str
    names: frozenset[str]
    """The facts that it reads, such as ``match.distance``."""
    _compiled: Any

    def holds(self, activation: Any) -> bool | str:
        """Whether the condition holds on these facts, or the text of the error that evaluation met."""
        try:
            value = self._compiled.eval(activation).value()
        except RuntimeError as error:
            return str(error)
        return value if isinstance(value, bool) else str(value)


def activation(scope: str, data: Mapping[str, object]) -> Any:
    """Put the facts into the form in which programs of this scope take them; names as in ``match.distance``."""
    return _environment(scope).Activation(data)


def compile_condition(expression: str, *, scope: str) -> Program:
    """Compile one condition of a rule for each ``match`` or for the ``item`` (the scope).

    Raises ExpressionError with all the problems that were found.
    """
    _check_before_parsing(expression)
    try:
        compiled = _environment(scope).compile(expression)
    except RuntimeError as error:
        raise ExpressionError(*_problems_of(str(error), expression, scope)) from None
    tree = syntax.parse(compiled.serialize())
    if problems := [*_forbidden(tree, expression), *_wrong_values(tree, scope)]:
        raise ExpressionError(*problems)
    if compiled.return_type() != cel.Type.BOOL:
        kind = compiled.return_type().name().lower()
        raise ExpressionError(Problem(0, len(expression), f"a condition must be true or false, this is: {kind}"))
    names = frozenset(node.text for node in tree.walk() if node.kind == "name" and node.text)
    return Program(expression, names, compiled)


@functools.cache
def _environment(scope: str) -> Any:
    types = {"string": cel.Type.STRING, "int": cel.Type.INT, "bool": cel.Type.BOOL}
    return cel.NewEnv(variables={name: types[field.type] for name, field in _declared(scope).items()})


@functools.cache
def _declared(scope: str) -> dict[str, Field]:
    """Return the facts that conditions of this scope may read, by their names."""
    groups = ("item", "match") if scope == "match" else ("item",)
    named = {f"{group}.{field.name}": field for group in groups for field in SCHEMA[group]}
    return named if scope == "match" else {name: field for name, field in named.items() if name not in _NOT_ALONE}


def _check_before_parsing(expression: str) -> None:
    if len(expression) > MAX_LENGTH:
        message = f"a condition has at most {MAX_LENGTH} characters, this one has {len(expression)}"
        raise ExpressionError(Problem(0, len(expression), message))
    # What stands in strings is blanked, character for character, so that only syntax is looked at.
    bare = _STRING.sub(lambda found: " " * len(found.group()), expression)
    depth = 0
    for index, character in enumerate(bare):
        depth += (character in "([{") - (character in ")]}")
        if depth > MAX_NESTING:
            raise ExpressionError(Problem(index, index + 1, f"brackets are nested more than {MAX_NESTING} deep"))
    # The library compiles has(x) to the value of x, which is not what CEL says that it is.
    if found := re.search(r"\bhas\s*\(", bare):
        message = "'has' cannot be used in a condition: every fact is always there"
        raise ExpressionError(Problem(found.start(), found.start() + 3, message))


def _forbidden(tree: syntax.Node, expression: str) -> Iterator[Problem]:
    for node in tree.walk():
        if node.kind == "comprehension":
            message = "loops over lists cannot be used in a condition"
            yield Problem(node.offset, node.offset + 1, message, ("&&", "||", "in [...]"))
            return
        if node.kind in {"struct", "select"}:
            yield Problem(node.offset, node.offset + 1, "maps and messages cannot be used in a condition")
        elif node.kind == "list" and len({child.text is None for child in node.children}) > 1:
            yield Problem(node.offset, node.offset + 1, "a list must have values of one type")
        elif node.kind == "call" and node.text not in _OPERATORS and node.text not in FUNCTIONS:
            yield _unknown_function(node.text or "", node.offset, expression)


def _unknown_function(name: str, offset: int, expression: str) -> Problem:
    start = offset - len(name)
    if expression[start:offset] != name:
        return Problem(offset, offset + 1, f"'{name}' cannot be used in a condition", FUNCTIONS)
    meant = closest(name, FUNCTIONS)
    return Problem(start, offset, f"'{name}' cannot be used in a condition", FUNCTIONS, meant)


def _wrong_values(tree: syntax.Node, scope: str) -> Iterator[Problem]:
    for node in tree.walk():
        if node.kind != "call" or node.text not in {"_==_", "_!=_", "@in"}:
            continue
        for fact, other in (node.children, node.children[::-1]):
            field = _declared(scope).get(fact.text or "") if fact.kind == "name" else None
            if field and field.values:
                yield from _wrong_constants(other, fact.text or "", field.values)


def _wrong_constants(node: syntax.Node, fact: str, values: tuple[str, ...]) -> Iterator[Problem]:
    for constant in node.children if node.kind == "list" else (node,):
        if constant.kind == "constant" and constant.text is not None and constant.text not in values:
            end = constant.offset + len(constant.text) + 2
            message = f"'{fact}' is never '{constant.text}'"
            yield Problem(constant.offset, end, message, values, closest(constant.text, values))


def _problems_of(report: str, expression: str, scope: str) -> list[Problem]:
    """Tell what the CEL compiler reports (line and column from 1, in characters), in our words and places."""
    found = [(int(line), int(column), text) for line, column, text in _CEL_ERROR.findall(report)]
    if "recursion" in report:
        return [Problem(0, len(expression), "operators or brackets are nested too deep")]
    if not found:
        return [Problem(0, len(expression), f"not a valid expression: {report.partition(' [')[0]}")]
    # After the first syntax error a parser reports what it only stumbled over.
    found = found[:1] if "Syntax error" in found[0][2] else found
    lines = expression.splitlines(keepends=True) or [""]
    placed = ((sum(map(len, lines[: line - 1])) + column - 1, text) for line, column, text in found)
    return [_translated(index, text, expression, scope) for index, text in placed]


def _translated(index: int, text: str, expression: str, scope: str) -> Problem:
    if undeclared := re.match(r"undeclared reference to '(.+)' \(in container", text):
        name = undeclared.group(1)
        if expression[index : index + 1] == "(":
            return _unknown_function(name, index, expression)
        return _undeclared_name(name, index, expression, scope)
    if overload := re.match(r"found no matching overload for '(.+)' applied to '\((.*)\)'", text):
        function = _OPERATORS.get(overload.group(1), overload.group(1))
        types = overload.group(2).replace(", ", " and ")
        return Problem(index, index + len(function), f"'{function}' cannot be applied to {types}")
    if text.startswith("Syntax error"):
        return _syntax_problem(index, text)
    if selected := re.match(r"expression of type '(.+)' cannot be the operand of a select", text):
        return Problem(index, index + 1, f"a {selected.group(1)} has no fields")
    return Problem(index, index + 1, text.removesuffix(" [INVALID_ARGUMENT]"))


def _undeclared_name(name: str, index: int, expression: str, scope: str) -> Problem:
    # CEL points at the last dot of a dotted name.
    start = max(0, index - max(0, name.rfind(".")))
    start = start if expression.startswith(name, start) else index
    message = f"undeclared name '{name}'"
    group, _, field = name.partition(".")
    if scope == "item" and name in _declared("match"):
        return Problem(start, start + len(name), f"{message} in a rule for the item", tuple(_declared(scope)))
    fields = tuple(sorted(one.removeprefix(f"{group}.") for one in _declared(scope) if one.startswith(f"{group}.")))
    if fields:
        meant = closest(field, fields)
        return Problem(start, start + len(name), message, fields, f"{group}.{meant}" if meant else "")
    valid = tuple(_declared(scope))
    return Problem(start, start + len(name), message, valid, _meant_by(name, valid))


def _meant_by(name: str, declared: tuple[str, ...]) -> str:
    bare = [one for one in declared if one.partition(".")[2] == name]
    return bare[0] if bare else closest(name, declared)


def _syntax_problem(index: int, text: str) -> Problem:
    reason = re.sub(r" expecting \{.*\}", "", text.removeprefix("Syntax error: ").removesuffix(" [INVALID_ARGUMENT]"))
    if "<EOF>" in reason and "expecting <EOF>" not in reason:
        return Problem(index, index + 1, "the expression ends too early")
    token = (re.search(r"'(.*)'", reason) or re.search(r"()", reason))[1].strip()  # type: ignore[index]
    meant = _WORDS_FOR_OPERATORS.get(token, "")
    return Problem(index, index + max(1, len(token)), f"'{token}' was not expected here", meant=meant)
