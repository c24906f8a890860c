"""Every write to banks. A signal that is added here matches from the commit on, in every process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from ischia.banks import queries
from ischia.banks.errors import BankExistsError, ContradictionError, NoSignalError
from ischia.banks.events import (
    BankCreated,
    EntryAdded,
    EntryHeldBack,
    EntryPromoted,
    EntryReleased,
    EntryRetired,
    EntrySourceAdded,
)
from ischia.banks.models import Bank, Entry, EntryPicture, EntrySignal, EntrySource
from ischia.banks.queries import BankView, EntryView
from ischia.base import storage
from ischia.base.events import Actor, publish
from ischia.core.signals import TYPES, Signal
from ischia.segments.queries import refresh
from ischia.segments.verbs import NewChange, append_changes

LONGEST_EXCERPT: Final = 100_000
"""Characters of a known text that a reviewer can be shown."""


@dataclass(frozen=True, slots=True)
class NewPicture:
    """A small picture of an entry, WebP, and what of it it shows: an instant of a video, a page."""

    webp: bytes
    inside: str = ""


def create_bank(
    *,
    name: str,
    purpose: str,
    acting: bool,
    sources_required: int,
    protects: bool = False,
    hunt_finds: str = "preview",
    actor: Actor,
    now: datetime,
) -> BankView:
    """Open a bank, or return it if it stands already with the same properties.

    Raises `BankExistsError`, and `ContradictionError` for a bank that both protects and acts.
    """
    if protects and acting:
        raise ContradictionError("a bank that protects holds what is never evidence, so it cannot act as well")
    wanted: dict[str, Any] = {
        "purpose": purpose,
        "acting": acting,
        "sources_required": sources_required,
        "protects": protects,
        "hunt_finds": hunt_finds,
    }
    with transaction.atomic():
        row, created = Bank.objects.get_or_create(name=name, defaults={**wanted, "created_at": now})
        if created:
            publish(BankCreated(bank=name, **wanted), actor=actor, now=now)
        elif any(getattr(row, field) != value for field, value in wanted.items()):
            raise BankExistsError(f"bank {name!r} stands already with other properties; a bank's are not changed")
    return queries.bank_view(row, row.entries.count())


def add_entry(
    *,
    bank: str,
    label: str,
    source: str,
    context: str,
    signals: Sequence[Signal],
    excerpt: str = "",
    pictures: Sequence[NewPicture] = (),
    held_back: str = "",
    actor: Actor,
    now: datetime,
) -> EntryView:
    """Add an entry that matches at once; it stays review-only until enough sources vouch for it.

    `held_back` names the check for which it stays review-only whoever vouches. Raises `NoSignalError` when there is
    nothing to recognise it by, and `UnknownBankError`.
    """
    if not signals:
        raise NoSignalError("nothing here gives a signal; send text with letters, a url, a file, or signals")
    owner = queries.bank(bank)
    files = [(storage.save(picture.webp), picture.inside) for picture in pictures]
    with transaction.atomic():
        status = "active" if owner.sources_required <= 1 and not held_back else "review_only"
        entry = Entry(
            bank=owner,
            label=label,
            context=context,
            status=status,
            held_back=held_back,
            excerpt=excerpt[:LONGEST_EXCERPT],
            created_at=now,
        )
        entry.save(force_insert=True)
        EntrySource.objects.create(entry=entry, name=source, added_at=now)
        for file, inside in files:
            EntryPicture.objects.create(entry=entry, file=file, media_type="image/webp", inside=inside)
        _add_signals(entry, signals, now=now)
        event = EntryAdded(
            bank=bank,
            entry=entry.pk,
            label=label,
            context=context,
            status=status,
            source=source,
            held_back=held_back,
            signals=tuple(sorted({s.algorithm for s in signals})),
        )
        publish(event, actor=actor, now=now)
    refresh()
    return queries.view(entry)


def _add_signals(entry: Entry, signals: Sequence[Signal], *, now: datetime) -> None:
    rows = [
        EntrySignal(
            entry=entry,
            algorithm=s.algorithm,
            version=s.version,
            value=s.value,
            variant=s.variant,
            quality=s.quality,
            data=s.data,
        )
        for s in {(s.algorithm, s.value): s for s in reversed(signals)}.values()
    ]
    for row in rows:
        row.save(force_insert=True)
    append_changes([_change(row, "add") for row in rows if _indexed(row.algorithm)], now=now)


def _indexed(algorithm: str) -> bool:
    """Whether values of this kind are searched in the index, and not by equality in the database, or not at all."""
    return TYPES[algorithm].search in {"radius", "votes"}


def _change(row: EntrySignal, op: str) -> NewChange:
    value = bytes(row.data) or bytes.fromhex(row.value)
    return NewChange(
        algorithm=row.algorithm, signal=row.pk, value=value, quality=row.quality, op=op, version=row.version
    )


def add_source(*, bank: str, entry: UUID, source: str, actor: Actor, now: datetime) -> EntryView:
    """Record that one more source vouches for an entry; with enough of them a review-only entry becomes active."""
    row = queries.entry(bank, entry)
    with transaction.atomic():
        _, created = EntrySource.objects.get_or_create(entry=row, name=source, defaults={"added_at": now})
        if created:
            enough = row.sources.count() >= row.bank.sources_required
            waiting = Entry.objects.filter(pk=row.pk, status="review_only", held_back="")
            promoted = enough and waiting.update(status="active")
            row.status = "active" if promoted else row.status
            publish(EntrySourceAdded(bank=bank, entry=row.pk, source=source, status=row.status), actor=actor, now=now)
            if promoted:
                publish(EntryPromoted(bank=bank, entry=row.pk), actor=actor, now=now)
    return queries.view(row)


def hold_back(*, bank: str, entry: UUID, because: str, actor: Actor, now: datetime) -> EntryView:
    """Make an entry review-only, whoever vouches for it; one that is held back or retired already stays as it is."""
    row = queries.entry(bank, entry)
    with transaction.atomic():
        free = Entry.objects.filter(pk=row.pk, held_back="").exclude(status="retired")
        if free.update(status="review_only", held_back=because):
            publish(EntryHeldBack(bank=bank, entry=row.pk, because=because), actor=actor, now=now)
    row.refresh_from_db()
    return queries.view(row)


def release(*, bank: str, entry: UUID, actor: Actor, now: datetime) -> EntryView:
    """End what holds an entry back; it becomes active if enough sources vouch for it."""
    row = queries.entry(bank, entry)
    with transaction.atomic():
        held = Entry.objects.filter(pk=row.pk).exclude(held_back="").exclude(status="retired")
        enough = row.sources.count() >= row.bank.sources_required
        if held.update(status="active" if enough else "review_only", held_back=""):
            publish(EntryReleased(bank=bank, entry=row.pk, was=row.held_back), actor=actor, now=now)
            if enough:
                publish(EntryPromoted(bank=bank, entry=row.pk), actor=actor, now=now)
    row.refresh_from_db()
    return queries.view(row)


def retire_entry(*, bank: str, entry: UUID, actor: Actor, now: datetime) -> EntryView:
    """Stop an entry from matching; repeating it changes nothing."""
    row = queries.entry(bank, entry)
    with transaction.atomic():
        retired = Entry.objects.filter(pk=row.pk).exclude(status="retired").update(status="retired", retired_at=now)
        if retired:
            signals = EntrySignal.objects.filter(entry=row)
            append_changes([_change(s, "retire") for s in signals if _indexed(s.algorithm)], now=now)
            publish(EntryRetired(bank=bank, entry=row.pk), actor=actor, now=now)
    refresh()
    row.refresh_from_db()
    return queries.view(row)
