"""Reads of verdicts for the doors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ischia.base.jobs.queries import progress_of
from ischia.content.models import Item
from ischia.content.queries import Standing
from ischia.core.signals import Signal
from ischia.core.text.genre import Scores
from ischia.decisions.queries import ActionView
from ischia.decisions.queries import decision as decision_view
from ischia.screening.genres import (
    ToldTexts,
    accept_candidate,
    candidate_file,
    text_reads_like_reporting,
    told_texts,
    withdraw_model,
)
from ischia.screening.genres import model as genre_model
from ischia.screening.matching import find
from ischia.screening.models import Match, Screening
from ischia.screening.opening import picture_of_words
from ischia.screening.sights.files import SeenSignal

__all__ = [
    "ScreeningView",
    "ToldTexts",
    "accept_candidate",
    "candidate_file",
    "genre_model",
    "genre_scores",
    "job_key",
    "lookup",
    "of_item",
    "picture_of_words",
    "reads_like_reporting",
    "stored",
    "told_texts",
    "view",
    "withdraw_model",
]

_MATCHES_TOLD = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningView:
    """The answer to a submission, as it was stored.

    While it is pending, `progress` says how many seconds of a long film were looked at, and of how many.
    """

    surface: str
    item: str
    revision: int
    state: str
    verdict: str
    parts: tuple[Mapping[str, Any], ...]
    reasons: tuple[Mapping[str, Any], ...]
    match_count: int
    matches: tuple[Mapping[str, Any], ...]
    decision: UUID | None
    actions: tuple[ActionView, ...]
    case: UUID | None
    took_us: int
    progress: Mapping[str, int] | None = None


def job_key(revision: int) -> str:
    """The key of the job that screens a revision which was accepted and not screened yet."""
    return f"screen:{revision}"


def stored(standing: Standing | None, digest: str) -> ScreeningView | None:
    """The answer to the item's present revision, if that has this content."""
    if standing is None or standing.gone:
        return None
    row = (
        Screening.objects.select_related("revision__item__surface")
        .filter(revision__item_id=standing.item, revision__number=standing.revision, revision__digest=digest)
        .first()
    )
    return view(row) if row else None


def of_item(row: Item) -> ScreeningView | None:
    """The answer to the item's present revision."""
    screening = (
        Screening.objects.select_related("revision__item__surface")
        .filter(revision__item=row, revision__number=row.revision_number)
        .first()
    )
    return view(screening) if screening else None


def view(row: Screening) -> ScreeningView:
    """A screening row as a frozen value."""
    revision = row.revision
    return ScreeningView(
        surface=revision.item.surface.name,
        item=revision.item.external_id,
        revision=revision.number,
        state=row.state,
        verdict=row.verdict,
        parts=tuple(revision.parts),
        reasons=tuple(row.reasons["reasons"]) if row.reasons else (),
        match_count=row.match_count,
        matches=_matches(row) if row.match_count else (),
        decision=row.decision,
        actions=decision_view(row.decision).actions if row.decision else (),
        case=row.case,
        took_us=row.took_us,
        progress=progress_of(job_key(row.pk)) if row.state == "pending" else None,
    )


def _matches(row: Screening) -> tuple[Mapping[str, Any], ...]:
    rows = Match.objects.filter(revision=row.revision).select_related("entry__bank").order_by("pk")[:_MATCHES_TOLD]
    return tuple(
        {
            "part": m.part,
            "inside": m.inside,
            "bank": m.entry.bank.name,
            "entry": str(m.entry_id),
            "algorithm": m.algorithm,
            "distance": m.distance,
            "threshold": m.threshold,
            "strength": m.strength,
            "kind": m.kind,
            "gated": m.gated,
            "where": m.where,
        }
        for m in rows
    )


def reads_like_reporting(text: str) -> bool:
    """Whether a reviewer should be reminded that reporting, teaching and worship are protected (TCO Article 1(3))."""
    return text_reads_like_reporting(text)


def genre_scores(text: str) -> Scores:
    """How a text reads to the genre model in use."""
    return genre_model().scores(text)


def lookup(signal: Signal) -> list[Mapping[str, Any]]:
    """What a signal matches; nothing is stored."""
    matches = find([SeenSignal(part="", signal=signal)])
    return [{key: value for key, value in match.record.items() if key not in {"part", "inside"}} for match in matches]
