"""Office files: the words and the addresses in their XML (ECMA-376, ISO/IEC 26300), read without any expansion."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from xml.parsers import expat

from ischia.core.media.errors import Reason, Undecodable

_WORDS: Final = frozenset({"t", "p", "h", "span", "a", "title", "subject", "description", "keywords", "delText"})
_LINE_ENDS: Final = frozenset({"p", "h", "si", "br", "line-break", "title", "subject", "description", "keywords"})
_GAPS: Final = frozenset({"tab", "s"})
_TARGETS: Final = ("Target", "http://www.w3.org/1999/xlink href")
_MARKUP: Final = (".xml", ".rels")


def kind(names: Iterable[str]) -> bool:
    """True when the members of a zip are those of an office file."""
    found = set(names)
    return "[Content_Types].xml" in found or {"mimetype", "content.xml"} <= found


def has_macros(names: Iterable[str]) -> bool:
    """True when a member of that name holds programs."""
    return any(name.endswith("vbaProject.bin") or name.startswith("Basic/") for name in names)


def is_markup(name: str) -> bool:
    """True for the members whose words `text` returns; the others are files in their own right."""
    return name.lower().endswith(_MARKUP)


def text(content: bytes) -> str:
    """Return the words of one member, a line for each paragraph, and the web addresses that it links to.

    Raises `Undecodable` for a document type definition, which no office file has and with which a kilobyte can become
    a gigabyte, and `expat.ExpatError` for what is no XML.
    """
    words = _Words()
    words.parser.Parse(content, True)
    return "".join(words.pieces).strip("\n")


class _Words:
    """What the parser calls: keeps text inside elements of words."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._open: list[str] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = _refuse

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        self._open.append(local)
        if local in _GAPS:
            self.pieces.append(" ")
        for attribute in _TARGETS:
            if (target := attributes.get(attribute, "")).startswith(("http://", "https://")):
                self.pieces.append(f" {target} ")

    def _end(self, _: str) -> None:
        if self._open.pop() in _LINE_ENDS and self.pieces and self.pieces[-1] != "\n":
            self.pieces.append("\n")

    def _characters(self, data: str) -> None:
        if self._open and self._open[-1] in _WORDS:
            self.pieces.append(data)


def _refuse(*_: Any) -> None:
    raise Undecodable(Reason.UNSUPPORTED, "a document type definition is not read")
