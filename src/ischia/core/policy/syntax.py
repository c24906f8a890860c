"""The syntax tree of a compiled condition.

The CEL library offers its checked expression only as a serialised ``cel.expr.CheckedExpr`` message, so the few
fields that the checks need are read from the protobuf wire format here. Field numbers are those of
``cel/expr/checked.proto`` and ``cel/expr/syntax.proto`` of the CEL specification.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["constant", "name", "select", "call", "list", "struct", "comprehension"]
_KINDS: dict[int, Kind] = {
    3: "constant",
    4: "name",
    5: "select",
    6: "call",
    7: "list",
    8: "struct",
    9: "comprehension",
}


@dataclass(frozen=True, slots=True)
class Node:
    """One node: for a call ``text`` is the function, for a name the name, for a string constant its value."""

    kind: Kind
    text: str | None
    children: tuple[Node, ...]
    offset: int
    """Character of the expression, from 0."""

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += reversed(node.children)


def parse(serialised: bytes) -> Node:
    """Read the tree of an expression that the CEL library serialised (``google.protobuf.Any`` of a ``CheckedExpr``)."""
    checked = _fields(_only(_fields(serialised), 2))
    info = _fields(_only(checked, 5))
    offsets = {_number(entry, 1): _number(entry, 2) for entry in map(_fields, _all(info, 4))}
    return _node(_only(checked, 4), offsets)


_Fields = list[tuple[int, "bytes | int"]]


def _node(message: bytes, offsets: dict[int, int]) -> Node:
    fields = _fields(message)
    number, body = next(((number, body) for number, body in fields if number in _KINDS), (3, b""))
    kind = _KINDS[number]
    inner = _fields(body) if isinstance(body, bytes) else []
    children = [] if kind in {"constant", "name"} else [child for child in _children(kind, inner) if child]
    nodes = tuple(_node(child, offsets) for child in children)
    return Node(kind, _text(kind, inner), nodes, offsets.get(_number(fields, 2), 0))


def _children(kind: Kind, fields: _Fields) -> list[bytes]:
    match kind:
        case "call":
            return _all(fields, 1) + _all(fields, 3)
        case "comprehension":
            return [child for number in (2, 4, 5, 6, 7) for child in _all(fields, number)]
        case "struct":
            return []
        case _:
            return _all(fields, 1)


def _text(kind: Kind, fields: _Fields) -> str | None:
    number = {"call": 2, "name": 1, "select": 2, "constant": 6}.get(kind)
    found = _all(fields, number) if number else []
    return found[0].decode() if found else None


def _fields(message: bytes) -> _Fields:
    fields: _Fields = []
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == 0:
            value, at = _varint(message, at)
            fields.append((number, value))
            continue
        length, at = _varint(message, at) if wire_type == 2 else ({1: 8, 5: 4}[wire_type], at)
        fields.append((number, message[at : at + length]))
        at += length
    return fields


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _all(fields: _Fields, number: int) -> list[bytes]:
    return [value for found, value in fields if found == number and isinstance(value, bytes)]


def _only(fields: _Fields, number: int) -> bytes:
    (value,) = _all(fields, number)
    return value


def _number(fields: _Fields, number: int) -> int:
    return next((value for found, value in fields if found == number and isinstance(value, int)), 0)
