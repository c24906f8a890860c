"""Reads of banks for the layers above."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q

from ischia.banks.errors import UnknownBankError, UnknownEntryError
from ischia.banks.models import Bank, Entry, EntrySignal, EntrySource

_SHOWN = ("algorithm", "value", "variant", "quality")


@dataclass(frozen=True, slots=True)
class KnownSignal:
    """One signal of an entry that is not retired, with everything that policy asks of the entry."""

    signal: int
    algorithm: str
    version: int
    value: str
    variant: str
    quality: int | None
    entry: UUID
    label: str
    context: str
    status: str
    bank: str
    acting: bool
    protects: bool
    sources: int
    sources_required: int


@dataclass(frozen=True, slots=True)
class BankView:
    """A bank as its users see it."""

    id: UUID
    name: str
    purpose: str
    acting: bool
    sources_required: int
    entries: int
    protects: bool = False
    hunt_finds: str = "preview"


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as its users see it."""

    id: UUID
    bank: str
    label: str
    context: str
    status: str
    sources: tuple[str, ...]
    signals: tuple[Mapping[str, object], ...]
    held_back: str = ""


_FIELDS = (
    "pk",
    "algorithm",
    "version",
    "value",
    "variant",
    "quality",
    "entry_id",
    "entry__label",
    "entry__context",
    "entry__status",
    "entry__bank__name",
    "entry__bank__acting",
    "entry__bank__protects",
    "sources",
    "entry__bank__sources_required",
)


def exact(values: Iterable[str]) -> list[KnownSignal]:
    """Signals whose value is one of `values`, whatever the algorithm; the caller compares that.

    This reads the database, so an entry matches in every process from the moment of its commit.
    """
    wanted = list(values)
    places = ", ".join(["%s"] * len(wanted))
    with connection.cursor() as cursor:
        # Asked for every submission: as a statement of its own it costs a tenth of what composing it would.
        cursor.execute(f"SELECT id FROM banks_entrysignal WHERE value IN ({places})", wanted)  # noqa: S608
        hits = [signal for (signal,) in cursor.fetchall()]
    return by_signal(hits) if hits else []


def by_signal(signals: Iterable[int]) -> list[KnownSignal]:
    """The signals with these ids, without those of retired entries, in chunks that every database takes."""
    wanted = list(signals)
    found: list[KnownSignal] = []
    for start in range(0, len(wanted), 500):
        rows = (
            EntrySignal.objects.filter(pk__in=wanted[start : start + 500])
            .exclude(entry__status="retired")
            .annotate(sources=Count("entry__sources"))
            .order_by("pk")
            .values_list(*_FIELDS)
        )
        found += [KnownSignal(*row) for row in rows]
    return found


def data_of(signals: Iterable[int]) -> dict[int, bytes]:
    """The bytes of large signals, by their ids."""
    rows = EntrySignal.objects.filter(pk__in=list(signals)).values_list("pk", "data")
    return {signal: bytes(data) for signal, data in rows}


def kept_data(signals: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """The bytes of large signals, also of retired entries: what the index is rebuilt from."""
    rows = EntrySignal.objects.filter(pk__in=signals).values_list("pk", "data")
    return ((signal, bytes(data)) for signal, data in rows)


def data_of_entries(entries: Iterable[UUID], algorithm: str) -> dict[UUID, list[tuple[str, bytes]]]:
    """The (variant, bytes) of these entries' large signals of one kind."""
    rows = EntrySignal.objects.filter(entry__in=list(entries), algorithm=algorithm).order_by("pk")
    found: dict[UUID, list[tuple[str, bytes]]] = {}
    for entry, variant, data in rows.values_list("entry_id", "variant", "data"):
        found.setdefault(entry, []).append((variant, bytes(data)))
    return found


def labels(bank_name: str) -> frozenset[str]:
    """The labels of a bank's entries that can match; raises `UnknownBankError`."""
    rows = Entry.objects.filter(bank=bank(bank_name)).exclude(status="retired")
    return frozenset(rows.values_list("label", flat=True))


def hunt_finds(names: Iterable[str]) -> dict[str, str]:
    """What becomes of the finds of hunts, by the banks' names: `preview` or `act`."""
    return dict(Bank.objects.filter(name__in=list(names)).values_list("name", "hunt_finds"))


def any_active(entries: Iterable[UUID]) -> bool:
    """Whether one of these entries still may act."""
    return Entry.objects.filter(pk__in=list(entries), status="active", bank__acting=True).exists()


def banks() -> list[BankView]:
    """All banks by name, with the number of entries that can match."""
    rows = Bank.objects.annotate(n=Count("entries", filter=~Q(entries__status="retired"))).order_by("name")
    return [bank_view(row, row.n) for row in rows]


def bank_view(row: Bank, entries: int) -> BankView:
    """A bank row as a frozen value."""
    return BankView(
        row.pk, row.name, row.purpose, row.acting, row.sources_required, entries, row.protects, row.hunt_finds
    )


def bank(name: str) -> Bank:
    """The bank row; raises `UnknownBankError`."""
    found = Bank.objects.filter(name=name).first()
    if found is None:
        raise UnknownBankError(f"there is no bank {name[:80]!r}; create it first (ischia bank create, or POST /banks)")
    return found


def entry(bank_name: str, entry_id: UUID) -> Entry:
    """The entry row; raises `UnknownEntryError`."""
    found = Entry.objects.select_related("bank").filter(bank__name=bank_name, pk=entry_id).first()
    if found is None:
        raise UnknownEntryError(f"there is no entry {entry_id} in bank {bank_name[:80]!r}")
    return found


def view(row: Entry) -> EntryView:
    """An entry row as a frozen value."""
    return _views([row])[0]


def _views(rows: Sequence[Entry]) -> list[EntryView]:
    """Entry rows as frozen values, in two statements for all of them and without the bytes of large signals."""
    signals: dict[UUID, list[Mapping[str, str | int | None]]] = {}
    for signal in EntrySignal.objects.filter(entry__in=rows).order_by("pk").values("entry_id", *_SHOWN):
        signals.setdefault(signal.pop("entry_id"), []).append(signal)
    sources: dict[UUID, list[str]] = {}
    for entry_id, name in EntrySource.objects.filter(entry__in=rows).order_by("pk").values_list("entry_id", "name"):
        sources.setdefault(entry_id, []).append(name)
    return [
        EntryView(
            row.pk,
            row.bank.name,
            row.label,
            row.context,
            row.status,
            tuple(sources.get(row.pk, ())),
            tuple(signals.get(row.pk, ())),
            row.held_back,
        )
        for row in rows
    ]


def entries(bank_name: str, *, after: UUID | None = None, limit: int = 100) -> list[EntryView]:
    """A page of a bank's entries, oldest first, after the entry `after`."""
    rows = Entry.objects.filter(bank=bank(bank_name)).select_related("bank").order_by("pk")
    if after is not None:
        rows = rows.filter(pk__gt=after)
    return _views(list(rows[:limit]))
