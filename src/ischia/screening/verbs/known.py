"""Adding known content: vetted first, then written by `banks`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ischia.banks import verbs as banks
from ischia.banks.errors import NoSignalError
from ischia.banks.queries import EntryView
from ischia.base.events import Actor
from ischia.screening.entries import Material
from ischia.screening.vetting import vet


@dataclass(frozen=True, slots=True)
class Added:
    """The entry, and what whoever added it should know."""

    entry: EntryView
    told: tuple[str, ...]


def add_known(
    *, bank: str, label: str, source: str, context: str, material: Material, actor: Actor, now: datetime
) -> Added:
    """Add an entry that matches at once; one that fails a check is for review only, and `told` says why.

    Raises `NoSignalError` when nothing is left by which it could be recognised, and `UnknownBankError`.
    """
    vetted = vet(material)
    if material.signals and not vetted.signals:
        raise NoSignalError(f"nothing here can be recognised: {'; '.join(vetted.told)}")
    entry = banks.add_entry(
        bank=bank,
        label=label,
        source=source,
        context=context,
        signals=vetted.signals,
        excerpt=material.excerpt,
        pictures=material.pictures,
        held_back=vetted.held_back,
        actor=actor,
        now=now,
    )
    return Added(entry, (*material.told, *vetted.told))
