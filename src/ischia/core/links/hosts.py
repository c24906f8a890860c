"""Hosts in a chain of labels and dots: where one begins and ends, and whether it is one at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ischia.core.links.domains import FILES, PLAIN, TLDS, UNMISTAKABLE, WORDS

_LATIN = r"a-z0-9\u00c0-\u024f_-"
_OTHER = r"(?:(?![a-z\u00c0-\u024f])[\w\u0900-\u0dff\u0e00-\u0eff-])"
LABEL: Final = rf"(?:[{_LATIN}]{{1,63}}+|{_OTHER}{{1,63}}+)"
"""One label: letters of one script, digits, hyphens."""
FIRST_LABEL: Final = rf"(?:(?<![{_LATIN}])[{_LATIN}]{{1,63}}+|(?<![^\W a-z\u00c0-\u024f]){_OTHER}{{1,63}}+)"
"""One that begins where such a run begins, so that no run is read twice."""

_WORD = r"(?:dot|d0t|punto|ponto|point|punkt|nokta|точка|نقطة|نقطه|دوت)"
_ESCAPED = r"\\\.|%2e|&#0{0,4}46;|&#x0{0,4}2e;|&period;"
_MARKED = rf"\s{{0,2}}+(?:[\[({{<]\s?(?:\.|{_WORD})\s?[\])}}>]|\[\.|\.\]|{_ESCAPED})\s{{0,2}}+"
_SPACED = r"[ ]{1,2}\.[ ]{0,2}+(?!\.)|[ ](?:dot|نقطة|نقطه|دوت)[ ]"
SEPARATOR: Final = rf"(?:\.(?=[^\s.])|{_MARKED}|{_SPACED}|\.[ ]{{1,2}}+)"
"""A dot, or what stands for one."""

_PIECE: Final = re.compile(
    rf"(?P<marked>{_MARKED})|(?P<spaced>{_SPACED})|(?P<after>\.[ ]{{1,2}}+)|(?P<dot>\.)|(?P<label>{LABEL})",
    re.IGNORECASE,
)
_LETTER: Final = re.compile(r"[^\W\d_]")
_LATIN_LETTER: Final = re.compile(r"[a-z\u00c0-\u024f]", re.IGNORECASE)
_MOST_LABELS: Final = 12
_LONGEST: Final = 253


@dataclass(frozen=True, slots=True)
class Host:
    """A host in lower case at characters `start` to `end`; `loose` when it was written with spaces about its dots.

    `last` is False when more labels of the chain follow, so that what stands behind it is no path of its own.
    """

    name: str
    start: int
    end: int
    loose: bool
    last: bool


@dataclass(frozen=True, slots=True)
class _Label:
    """One label, and the kind of dot in front of it: `dot`, `marked`, `spaced`, `after`, or nothing for the first."""

    text: str
    start: int
    end: int
    dot: str


def hosts(text: str, start: int, end: int, *, named: bool) -> Iterator[Host]:
    """Yield the hosts in a chain of labels; `named` when a scheme stands before it, which says that it is one."""
    labels = _labels(text, start, end)
    if not labels:
        return
    final = labels[-1]
    if named and not any(label.dot in ("spaced", "after") for label in labels):
        yield from _named(labels)
        return
    segments = _segments(labels)
    complete = [whole for segment in segments if (whole := _complete(segment))]
    for whole in complete or filter(None, [_complete(labels)]):
        if _is_believed(whole, text, final):
            yield _host(whole, final)


def _labels(text: str, start: int, end: int) -> list[_Label]:
    labels: list[_Label] = []
    dot = ""
    for piece in _PIECE.finditer(text, start, end):
        if piece.lastgroup == "label":
            labels.append(_Label(piece[0], piece.start(), piece.end(), dot))
        else:
            dot = piece.lastgroup or ""
    return labels


def _named(labels: list[_Label]) -> Iterator[Host]:
    """Yield what follows a scheme: the host up to its top-level domain if a sentence was glued to it, else all."""
    whole = _complete(labels, keep=True) or labels[-_MOST_LABELS:]
    if len(whole) > 1:
        yield _host(whole, labels[-1])


def _segments(labels: Sequence[_Label]) -> list[list[_Label]]:
    """Cut a chain at its spaced dots, but not before a top-level domain that no sentence begins with."""
    segments: list[list[_Label]] = []
    for place, label in enumerate(labels):
        alone = place + 1 == len(labels) or labels[place + 1].dot in ("spaced", "after")
        joins = label.dot not in ("spaced", "after") or (alone and label.dot == "spaced" and _is_tld(label, PLAIN))
        if segments and joins:
            segments[-1].append(label)
        else:
            segments.append([label])
    return segments


def _is_tld(label: _Label, among: frozenset[str] = TLDS) -> bool:
    return label.text.lower() in among


def _complete(labels: Sequence[_Label], *, keep: bool = False) -> list[_Label]:
    """Return the labels that make a host with a known top-level domain, without words glued to either side.

    `keep` keeps what stands in front, which a scheme has said to belong to the host.
    """
    kept = list(labels[-_MOST_LABELS - 4 :])
    while len(kept) > 1 and not _is_tld(kept[-1]):
        if not _is_glued(kept[-2], kept[-1]):
            return []
        kept.pop()
    latin = next((place for place, label in enumerate(kept) if _LATIN_LETTER.search(label.text)), 0)
    if not keep and latin and len(kept) - latin > 1:
        kept = kept[latin:]
    return kept[-_MOST_LABELS:] if len(kept) > 1 else []


def _is_glued(before: _Label, label: _Label) -> bool:
    """Tell whether a label that ends a chain begins a sentence: spaced, capitalised, or in another script."""
    script = bool(_LATIN_LETTER.search(label.text)) == bool(_LATIN_LETTER.search(before.text))
    return label.dot in ("spaced", "after") or (label.text[0].isupper() and not before.text.isupper()) or not script


def _is_believed(labels: list[_Label], text: str, final: _Label) -> bool:
    """Tell whether a host without a scheme is one, by its top-level domain and how it is written."""
    domain = labels[-1].text
    kinds = {label.dot for label in labels[1:]}
    rest = labels[-1] is final and text[final.end : final.end + 2].lstrip(" ")[:1] in ("/", ":", "?")
    follows = rest and not text[final.end : final.end + 2].startswith(("? ", ": ", "?", "/ "))
    if not any(_LETTER.search(label.text) for label in labels[:-1]):
        return follows
    if "after" in kinds and not (domain in UNMISTAKABLE or follows):
        return False
    if "spaced" in kinds and not (rest or (domain.lower() in PLAIN and not domain.istitle())):
        return False
    if "marked" in kinds or follows or labels[0].text.lower() == "www":
        return True
    if not domain.islower() and domain.isascii() and domain.lower() not in PLAIN:
        return False
    return domain.lower() not in FILES and not (_may_begin_a_sentence(domain) and _sentence_goes_on(text, final.end))


def _may_begin_a_sentence(domain: str) -> bool:
    return domain.lower() in WORDS or not domain.isascii()


def _sentence_goes_on(text: str, end: int) -> bool:
    """Tell whether a space and a small or caseless letter follow."""
    return text[end : end + 1] == " " and text[end + 1 : end + 2].isalpha() and not text[end + 1 : end + 2].isupper()


def _host(labels: list[_Label], final: _Label) -> Host:
    name = ".".join(label.text for label in labels).strip("_-").lower()[-_LONGEST:]
    loose = any(label.dot in ("spaced", "after") for label in labels[1:])
    first = labels[0]
    start = first.start + len(first.text) - len(first.text.lstrip("_-"))
    return Host(name, start, labels[-1].end, loose, labels[-1] is final)
