"""What a policy may look at: the facts about one item and its matches, and the verdicts."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, get_args, get_origin, get_type_hints


class Verdict(StrEnum):
    """What a policy says about an item, ordered by severity: ``allow < queue < restrict < remove``."""

    ALLOW = "allow"
    QUEUE = "queue"
    RESTRICT = "restrict"
    REMOVE = "remove"

    @property
    def severity(self) -> int:
        """Place in the order: 0 for ``allow`` up to 3 for ``remove``."""
        return _SEVERITY[self.value]

    # As strings, "remove" sorts before "restrict"; max() over verdicts must not depend on spelling.
    def __lt__(self, other: str) -> bool:
        return self.severity < Verdict(other).severity

    def __le__(self, other: str) -> bool:
        return self.severity <= Verdict(other).severity

    def __gt__(self, other: str) -> bool:
        return self.severity > Verdict(other).severity

    def __ge__(self, other: str) -> bool:
        return self.severity >= Verdict(other).severity


_SEVERITY = MappingProxyType({verdict.value: place for place, verdict in enumerate(Verdict)})

KINDS = (
    "same",
    # Pictures, as `core.vision.Kind` has them.
    "as_is", "trimmed", "rotated_90", "rotated_180", "rotated_270", "mirrored", "mirrored_rotated_90",
    "mirrored_rotated_180", "mirrored_rotated_270", "inverted", "crop_of_entry", "entry_inside",
    # Texts, addresses, videos and sounds.
    "quoted", "excerpt", "respelled", "phrase", "under_site", "clip", "mirrored_clip", "same_sound",
)  # fmt: skip
"""Every word that a match's kind can be."""

Strength = Literal["exact", "near", "derived", "partial"]
Context = Literal["any", "dependent"]
EntryStatus = Literal["active", "review_only"]


@dataclass(frozen=True, slots=True)
class MatchFact:
    """One match: a signal of a part of the item × a signal of an entry of a bank."""

    part: str
    """The part's id on the platform."""
    part_type: str
    algorithm: str
    distance: int
    """In the algorithm's own measure (PDQ: bits of 256); 0 for an exact match."""
    threshold: int
    """The largest distance that counts as a match."""
    strength: Strength
    kind: str
    """What was done to the known content: ``same``, ``as_is``, ``crop_of_entry``, ``mirrored``, ``excerpt`` …"""
    gated: bool
    """Whether the second gate, which looks at other things than the hash, passed as well."""
    of_probe: int
    """How much of the part matches, in percent."""
    of_entry: int
    """How much of the entry was found in the part, in percent."""
    weight: int
    """Of a phrase, as its list says; 0 for everything else."""
    machine_read: bool
    """Whether the text was read from a picture by a machine."""
    quality: int
    """Of the probe: PDQ 0..100, text: number of letters; 0 if the algorithm has none."""
    entry_quality: int
    """Of the entry's signal, in the same measure."""
    bank: str
    acting: bool
    """Whether the bank may act without a person."""
    context: Context
    """``any``: unlawful wherever it appears; ``dependent``: press and archives also use it."""
    status: EntryStatus
    sources: int
    """Independent sources that vouch for the entry."""
    sources_required: int
    """How many the bank asks for before the entry may act."""
    label: str


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What is known of the item as a whole."""

    surface: str
    audience: str
    language: str
    """BCP 47 tag, or empty if unknown."""
    views: int
    author_protected: bool
    """The operator registered the account as press, archive, educator or researcher."""
    parts: int
    undecodable: int
    """How many parts could not be decoded."""
    phrase_weight: int = 0
    """The weights of all phrases that were found, each phrase once."""
    reporting: bool = False
    """Whether the text reads like journalism, an encyclopaedia, religion or law; it can only spare somebody."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a policy is evaluated on."""

    item: ItemFacts
    matches: tuple[MatchFact, ...] = ()


FactType = Literal["string", "int", "bool"]


@dataclass(frozen=True, slots=True)
class Field:
    """One fact as conditions see it: its name after ``match.`` or ``item.``, its type, its closed values."""

    name: str
    type: FactType
    values: tuple[str, ...] = ()


# Values that are not in these lists can never occur, so a comparison with one is a mistake.
_CLOSED_VALUES = MappingProxyType(
    {
        "part_type": ("text", "image", "video", "audio", "file", "link", "signal"),
        "algorithm": (
            "content_id",
            "corners",
            "frames",
            "md5",
            "pdq",
            "phrase",
            "sha256",
            "shingles",
            "site",
            "sound",
            "text",
            "url",
        ),
        "kind": KINDS,
        "audience": ("public", "auto_admit"),
    }
)


def _field(name: str, hint: object) -> Field:
    if get_origin(hint) is Literal:
        return Field(name, "string", get_args(hint))
    if hint is str:
        return Field(name, "string", _CLOSED_VALUES.get(name, ()))
    return Field(name, "bool" if hint is bool else "int")


def _fields(facts: type[MatchFact | ItemFacts]) -> tuple[Field, ...]:
    hints = get_type_hints(facts)
    return tuple(_field(field.name, hints[field.name]) for field in dataclasses.fields(facts))


SCHEMA: MappingProxyType[str, tuple[Field, ...]] = MappingProxyType(
    {"item": _fields(ItemFacts), "match": _fields(MatchFact)}
)
"""The declared facts, by the name that stands before the dot in a condition."""
