"""Lists of phrases as YAML, and when what they find in a text sends it to a person.

Weights mean: 1 wording that is told apart from everything else (a slogan, a title), 0.3 wording that counts beside a
name, 0.1 a name. Names alone never queue anything, however many a text holds: most texts with them are journalism.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from importlib.resources import files
from typing import Any, Final, get_args

import yaml

from ischia.core.text.fold import fold
from ischia.core.text.phrases import Kind, Phrase, PhraseMatch

QUEUES_AT: Final = 0.25
"""The weight at which a text goes to a person."""
NAMES_MOST: Final = 0.2
"""What all phrases of the kind `name` add at most: less than what queues."""
LONG: Final = 10
"""Letters from which a phrase may queue by a candidate reading alone: shorter ones are found in other words."""
_KEYS: Final = frozenset(field.name for field in fields(Phrase))
_LISTS: Final = ("near", "unless")


@dataclass(frozen=True, slots=True)
class Weighed:
    """The weight of a text's phrases, each phrase once by its surest match, and those matches."""

    total: float
    matches: tuple[PhraseMatch, ...]

    @property
    def queues(self) -> bool:
        """Whether a person should look."""
        return self.total >= QUEUES_AT


def weigh(matches: Iterable[PhraseMatch], protected: Sequence[tuple[int, int]] = ()) -> Weighed:
    """Return what the matches in one text weigh; those inside a protected span (start, end) weigh nothing.

    Sure readings add up. Of candidate readings only the best one counts, since guesses are not each other's evidence.
    """
    best: dict[Phrase, PhraseMatch] = {}
    for match in matches:
        if any(start <= match.start and match.end <= end for start, end in protected):
            continue
        if match.phrase not in best or match.score > best[match.phrase].score:
            best[match.phrase] = match
    names = sum(_score(match) for match in best.values() if match.phrase.kind == "name")
    others = [match for match in best.values() if match.phrase.kind != "name"]
    sure = sum(match.score for match in others if match.level != "candidate")
    guess = max((_score(match) for match in others if match.level == "candidate"), default=0.0)
    return Weighed(min(names, NAMES_MOST) + sure + guess, tuple(sorted(best.values(), key=lambda one: one.start)))


def _score(match: PhraseMatch) -> float:
    short = match.level == "candidate" and fold(match.phrase.text).letters < LONG
    return match.score / 2 if short else match.score


def read_list(text: str) -> tuple[Phrase, ...]:
    """Return the phrases of a list in YAML: `phrases` holds mappings with the fields of `Phrase`.

    `words` names groups of context words; `near` and `unless` name words, or groups as `$group`. Raises `ValueError`
    that says which phrase is wrong and why.
    """
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"the list is not YAML: {error}") from error
    if not isinstance(data, dict) or not isinstance(data.get("phrases"), list):
        raise ValueError("a list needs a key 'phrases' with a list of phrases")  # noqa: TRY004
    groups = data.get("words") or {}
    return tuple(_phrase(entry, number, groups) for number, entry in enumerate(data["phrases"], 1))


def _phrase(entry: Any, number: int, groups: dict[str, list[str]]) -> Phrase:
    where = f"phrase {number}"
    if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
        raise ValueError(f"{where} needs a 'text'; write numbers and yes/no in quotes")  # noqa: TRY004
    where = f"{where} ({entry['text']!r})"
    if unknown := sorted(set(entry) - _KEYS):
        raise ValueError(f"{where} has unknown keys: {', '.join(map(str, unknown))}")
    if missing := sorted({"weight", "source", "reason"} - set(entry)):
        raise ValueError(f"{where} needs {', '.join(missing)}")
    weight = entry["weight"]
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= 1:
        raise ValueError(f"{where} needs a weight between 0 and 1")
    if entry.get("kind", "word") not in get_args(Kind):
        raise ValueError(f"{where}: kind must be one of {', '.join(get_args(Kind))}")
    context = {key: _words(entry.get(key), groups, f"{where}: {key}") for key in _LISTS}
    return Phrase(**{**entry, "weight": float(weight), **context})


def _words(given: Any, groups: dict[str, list[str]], where: str) -> tuple[str, ...]:
    found: list[str] = []
    for word in given or ():
        if not isinstance(word, str):
            raise ValueError(f"{where} holds {word!r}, which is no word")  # noqa: TRY004
        if word.startswith("$") and word[1:] not in groups:
            raise ValueError(f"{where} names the group {word[1:]!r}, which 'words' does not have")
        found += groups[word[1:]] if word.startswith("$") else [word]
    return tuple(found)


def starter() -> tuple[Phrase, ...]:
    """Return the list that comes along as an example: names, and wording that counts beside a name."""
    return read_list((files("ischia.core.text") / "starter_phrases.yaml").read_text(encoding="utf-8"))
