"""Errors of a policy, told as a compiler tells them: place, line, caret, what would be valid."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_LONGEST_LINE_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, at characters ``start`` to ``end`` (exclusive) of the source."""

    start: int
    end: int
    message: str
    valid: tuple[str, ...] = ()
    """What would be valid in this place."""
    meant: str = ""
    """The valid word that the writer probably meant."""


class Source:
    """The text of a policy with its lines."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self._starts = [0, *(found.end() for found in _LINE_BREAK.finditer(text))]

    def position(self, index: int) -> tuple[int, int]:
        """Line and column of a character, both from 1."""
        line = sum(1 for start in self._starts if start <= index)
        return line, index - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Return the text of a line, from 1, without its line break."""
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return _LINE_BREAK.sub("", self.text[self._starts[number - 1] : end])

    def render(self, problem: Problem) -> str:
        """Tell the problem as text: ``name:line:column: error: …``, the line, a caret, what would be valid."""
        line_number, column = self.position(min(problem.start, len(self.text)))
        line = self.line(line_number)
        told = [f"{self.name}:{line_number}:{column}: error: {problem.message}"]
        if line.strip() and column <= _LONGEST_LINE_SHOWN:
            shown = line[:_LONGEST_LINE_SHOWN]
            length = max(1, min(problem.end - problem.start, len(shown) - column + 1))
            told += [f"  {shown}", f"  {_padding(line[: column - 1])}^{'~' * (length - 1)}"]
        if problem.meant:
            told.append(f"  did you mean: {problem.meant}?")
        if problem.valid:
            told.append(f"  valid here: {', '.join(problem.valid)}")
        return "\n".join(told)


class PolicyError(ValueError):
    """A policy that cannot be used, with every problem found in it, in the order of the text."""

    def __init__(self, source: Source, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.start, problem.message)))
        self.rendered = tuple(source.render(problem) for problem in self.problems)
        super().__init__("\n\n".join(self.rendered))


def closest(word: str, valid: Iterable[str]) -> str:
    """Find the valid word that is spelt most like this one, or nothing if none is near."""
    return next(iter(difflib.get_close_matches(word, list(valid), n=1, cutoff=0.6)), "")


def _padding(prefix: str) -> str:
    """Blank as wide as the prefix in a terminal, so that the caret stands under its character."""
    return "".join(_blank(character) for character in prefix)


def _blank(character: str) -> str:
    if character == "\t":
        return "\t"
    if unicodedata.combining(character) or unicodedata.category(character) in {"Cf", "Mn", "Me"}:
        return ""
    return "  " if unicodedata.east_asian_width(character) in {"W", "F"} else " "
