"""Banks and entries, and where an entry matched."""

from __future__ import annotations

from django.db.models import Count, F, Prefetch, Q, QuerySet

from ischia.banks.models import Bank, Entry, EntrySignal
from ischia.decisions import queries as decisions
from ischia.screening.models import Hunt, Match


def banks() -> QuerySet[Bank]:
    """All banks by name, with what they hold."""
    return Bank.objects.annotate(
        active=Count("entries", filter=Q(entries__status="active")),
        review_only=Count("entries", filter=Q(entries__status="review_only")),
        retired=Count("entries", filter=Q(entries__status="retired")),
    ).order_by("name")


def entries(bank: Bank, *, status: str = "") -> QuerySet[Entry]:
    """A bank's entries, newest first."""
    kinds = Prefetch("signals", EntrySignal.objects.only("entry", "algorithm"))
    rows = Entry.objects.filter(bank=bank).prefetch_related(kinds, "sources").order_by("-created_at", "-pk")
    return rows.filter(status=status) if status else rows


def matches_of(entry: Entry, *, limit: int = 50) -> list[Match]:
    """The newest matches of an entry with what is on the platform now."""
    rows = Match.objects.filter(entry=entry, revision__number=F("revision__item__revision_number"))
    return list(rows.select_related("revision__item__surface", "revision__screening").order_by("-pk")[:limit])


def match_count(entry: Entry) -> int:
    """How often the entry matched, old revisions included."""
    return Match.objects.filter(entry=entry).count()


def decisions_resting_on(entry: Entry) -> int:
    """How many decisions in force name the entry as a cause."""
    return decisions.count_in_force("entry", str(entry.pk))


def hunts_of(entry: Entry) -> list[Hunt]:
    """The searches for an entry through what is held, newest first."""
    return list(Hunt.objects.filter(entry=entry).order_by("-started_at")[:10])
