"""Matches as they were stored, as evidence that can be judged again with what is known of their entries now."""

from __future__ import annotations

from ischia.banks.queries import by_signal
from ischia.content.models import Revision
from ischia.screening.fingerprints import SeenBefore
from ischia.screening.models import Match
from ischia.screening.sights.base import Found


def matches_of(revision: Revision) -> list[Found]:
    """Return a revision's matches with entries that still can match, those that may act first."""
    types = {str(part["id"]): str(part["type"]) for part in revision.parts}
    rows = list(Match.objects.filter(revision=revision).order_by("pk"))
    known = {each.signal: each for each in by_signal({row.signal for row in rows})}
    found = [
        Found(
            sight=SeenBefore(row.part, row.inside, types.get(row.part, "")),
            known=known[row.signal],
            distance=row.distance,
            threshold=row.threshold,
            strength=row.strength,
            kind=row.kind,
            gated=row.gated,
            of_probe=int(row.where.get("of_probe", 100)),
            of_entry=int(row.where.get("of_entry", 100)),
            weight=row.weight,
            quality=row.quality,
            where=row.where,
        )
        for row in rows
        if row.signal in known
    ]
    return sorted(found, key=lambda match: match.rank)
