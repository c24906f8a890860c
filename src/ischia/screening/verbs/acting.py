"""What follows from a verdict that acts, and the matches that are kept as its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.db.models import F

from ischia.banks import verbs as banks
from ischia.banks.queries import KnownSignal
from ischia.base.config import config
from ischia.base.events import SYSTEM, Actor
from ischia.content.models import Revision
from ischia.core.policy import Evaluation, Verdict
from ischia.decisions import queries as decisions_made
from ischia.decisions import verbs as decisions
from ischia.review import verbs as review
from ischia.screening.judging import MATCHES_KEPT
from ischia.screening.models import Match, Screening
from ischia.screening.sights.base import Found

WINDOW = timedelta(hours=1)


def act(
    revision: Revision, found: Sequence[Found], policy: int, evaluation: Evaluation, *, now: datetime
) -> UUID | None:
    """Decide by the rules that ask for it, and return the decision; None where none of them acts, or all are stopped.

    Their matches are the evidence, their entries and names the causes.
    """
    verdict = evaluation.verdict
    if verdict not in {Verdict.REMOVE, Verdict.RESTRICT}:
        return None
    acting = [reason for reason in evaluation.reasons if reason.verdict is verdict]
    matches = [found[reason.match] for reason in acting if reason.match is not None]
    if all(_trips(match.known, now=now) for match in matches):
        return None
    rules = list(dict.fromkeys(reason.rule for reason in acting))
    decision = decisions.decide(
        item=revision.item,
        revision=revision.number,
        effect=verdict.value,
        ground=decisions.Ground(kind="terms", ref="terrorist content"),
        author=Actor("policy", f"{policy}:{rules[0]}"),
        causes=[
            *(("rule", f"{policy}:{rule}") for rule in rules),
            *(("entry", str(m.known.entry)) for m in matches),
        ],
        evidence={"matches": [match.record for match in matches], "reasons": [reason.document() for reason in acting]},
        now=now,
    )
    return decision.id


def _trips(known: KnownSignal, *, now: datetime) -> bool:
    """Stop an entry that takes down far more than anybody expected, until a person has looked at it."""
    most = config().blast_radius
    recent = decisions_made.count_resting_on("entry", str(known.entry), since=now - WINDOW, most=most)
    if recent < most:
        return False
    banks.hold_back(bank=known.bank, entry=known.entry, because="blast_radius", actor=SYSTEM, now=now)
    return True


def keep_matches(revision: Revision, found: Sequence[Found], *, hunted: bool = False) -> None:
    """Store matches as evidence; one that is stored already stays as it is."""
    rows = [
        Match(
            revision=revision,
            part=match.part,
            inside=match.sight.inside,
            entry_id=match.known.entry,
            signal=match.known.signal,
            algorithm=match.known.algorithm,
            distance=match.distance,
            threshold=match.threshold,
            strength=match.strength,
            kind=match.kind,
            gated=match.gated,
            weight=match.weight,
            where={**match.where, "of_probe": match.of_probe, "of_entry": match.of_entry},
            quality=match.quality,
            hunted=hunted,
        )
        for match in found[:MATCHES_KEPT]
    ]
    Match.objects.bulk_create(rows, ignore_conflicts=True)


def put_before_a_person(
    revision: Revision, found: Sequence[Found], *, reason: Literal["hunt", "verdict"], now: datetime
) -> int:
    """Keep what was found after a revision was screened, and open a case for it; returns how many matches are new.

    Those that are stored already count for nothing, so that whoever repeats this puts nothing before a person twice.
    """
    stored = set(Match.objects.filter(revision=revision).values_list("part", "inside", "signal"))
    new = [match for match in found if (match.part, match.sight.inside, match.known.signal) not in stored]
    if new:
        keep_matches(revision, new, hunted=reason == "hunt")
        Screening.objects.filter(pk=revision.pk).update(match_count=F("match_count") + len(new))
        review.open_or_join(
            cluster=f"entry:{new[0].known.entry}",
            reason=reason,
            item=revision.item,
            revision=revision.number,
            actor=SYSTEM,
            now=now,
        )
    return len(new)
