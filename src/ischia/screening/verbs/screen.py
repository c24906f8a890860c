"""The main path: submit → signals → matches → policy → verdict → decision or case."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from ischia.base import metrics
from ischia.base.config import config
from ischia.base.events import Actor, publish
from ischia.base.rows import flush, insert
from ischia.base.writer import write
from ischia.content import verbs as content
from ischia.content.errors import UnscreenableError
from ischia.content.models import Revision
from ischia.content.queries import Standing, SurfaceView, is_protected, pseudonym, standing, surface
from ischia.core.policy import Evaluation, ItemFacts, Verdict
from ischia.core.signals import Signal
from ischia.policies.queries import active
from ischia.review import verbs as review
from ischia.screening import judging, queries
from ischia.screening.events import Screened
from ischia.screening.films import Told
from ischia.screening.genres import reads_like_reporting, told_language
from ischia.screening.judging import MATCHES_KEPT
from ischia.screening.matching import Found, find
from ischia.screening.models import Screening
from ischia.screening.parts import SeenPart, Shown, digest_parts, look_at, shown, with_languages
from ischia.screening.queries import ScreeningView
from ischia.screening.submission import Submission
from ischia.screening.verbs.acting import act, keep_matches
from ischia.screening.verbs.shortened import follow_later
from ischia.screening.verbs.tally import count_verdict

MAY_WAIT = -10
"""The priority of a case that a text opened which reads like reporting, law or prayer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Everything that is known of a submission before anything is written."""

    parts: tuple[SeenPart, ...]
    found: tuple[Found, ...]
    evaluation: Evaluation
    policy: int
    reporting: bool = False
    shown: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A verdict that was asked for and not stored."""

    verdict: str
    matches: tuple[Mapping[str, Any], ...]
    parts: tuple[Mapping[str, Any], ...]
    took_us: int


def screen(submission: Submission, *, now: datetime, told: Told | None = None) -> ScreeningView:
    """Screen one revision of one item; the same content again returns the stored answer.

    Durable when it returns. `told` hears how far a long film is; where nobody does, `LongFilmError` is raised for one.
    Raises `UnknownSurfaceError`, and `UnscreenableError` for a surface that is private: then nothing was looked at and
    nothing is stored.
    """
    started = time.perf_counter_ns()
    place = screened_surface(submission.surface)
    digest = content.digest_of(digest_parts(submission.parts))
    before = standing(place, submission.id)
    known = queries.stored(before, digest)
    if known is not None and known.state == "done":
        content.report_views(surface=place, external_id=submission.id, views=submission.views)
        return known
    author = pseudonym(submission.author) or (before.author if before else "")
    judged = judge(submission, place, author=author, told=told)
    store = partial(_store, submission, place, digest, judged, started=started, now=now)
    try:
        return write(partial(store, before=before))
    except IntegrityError:
        # Another request stored a revision of this item in between.
        return write(partial(_store_next, store, place, submission.id, digest))


def preview(submission: Submission, *, told: Told | None = None) -> Preview:
    """The verdict that policy gives now on a public surface; nothing is written and nothing follows."""
    started = time.perf_counter_ns()
    place = SurfaceView(pk=0, name=submission.surface, audience="public", when_silent="publish")
    judged = judge(submission, place, author="", told=told)
    return Preview(
        verdict=judged.evaluation.verdict.value,
        matches=tuple(match.record for match in judged.found[:MATCHES_KEPT]),
        parts=tuple(part.summary for part in judged.parts),
        took_us=(time.perf_counter_ns() - started) // 1000,
    )


def screened_surface(name: str) -> SurfaceView:
    """The surface, if Ischia may look at it (DESIGN promise 8)."""
    place = surface(name)
    if not place.screened:
        raise UnscreenableError(f"surface {name!r} is {place.audience}: Ischia does not screen it and stored nothing")
    return place


def judge(submission: Submission, place: SurfaceView, *, author: str, told: Told | None = None) -> Judged:
    """Look at every part, match, and ask policy; nothing is written. `author` is the pseudonym."""
    parts = tuple(look_at(part, told=told) for part in submission.parts)
    with metrics.match_seconds.time():
        found = tuple(find([sight for part in parts for sight in part.sights]))
    number, policy = active()
    undecodable = sum(1 for part in parts if part.undecodable or part.left_out)
    if not found and not undecodable and not policy.needs_item_evaluation:
        return Judged(parts=parts, found=(), evaluation=Evaluation(Verdict.ALLOW), policy=number)
    facts = ItemFacts(
        surface=place.name,
        audience=place.audience,
        language=submission.language or told_language(found),
        views=submission.views or 0,
        author_protected=is_protected(author),
        parts=len(parts),
        undecodable=undecodable,
        phrase_weight=judging.phrase_weight(found),
        reporting=_reporting(found),
    )
    number, evaluation = judging.evaluation(facts, found)
    if evaluation.verdict is Verdict.ALLOW:
        return Judged(parts=parts, found=found, evaluation=evaluation, policy=number, reporting=facts.reporting)
    return Judged(
        parts=with_languages(parts, found),
        found=found,
        evaluation=evaluation,
        policy=number,
        reporting=facts.reporting,
        shown=shown(parts, found),
    )


def _reporting(found: Sequence[Found]) -> bool:
    """Whether all is text that reads like reporting, religion or law, and none of it is known content as it is.

    Nobody else's text is asked about, and it can only let a case wait (core.text.genre).
    """
    if any(match.known.algorithm not in {"phrase", "shingles"} for match in found):
        return False
    texts = {id(match.sight): match.sight for match in found}.values()
    return bool(texts) and all(reads_like_reporting(sight) for sight in texts)


def _store(
    submission: Submission,
    place: SurfaceView,
    digest: str,
    judged: Judged,
    *,
    before: Standing | None,
    started: int,
    now: datetime,
) -> ScreeningView:
    parts = [part.summary for part in judged.parts]
    revision = content.add_revision(new_revision(submission, place, digest, parts), standing=before, now=now)
    screening = Screening(revision=revision, created_at=now)
    complete(screening, judged, started=started, now=now)
    return queries.view(insert(screening))


def _store_next(
    store: Callable[..., ScreeningView], place: SurfaceView, external_id: str, digest: str
) -> ScreeningView:
    """Store after whatever others have stored of the item, while nobody else can."""
    flush()
    before = standing(place, external_id, hold=True)
    known = queries.stored(before, digest)
    return known if known is not None and known.state == "done" else store(before=before)


def new_revision(
    submission: Submission, place: SurfaceView, digest: str, parts: Sequence[Mapping[str, Any]]
) -> content.NewRevision:
    """What `content` is to keep of a submission; the author's id becomes a pseudonym here and goes no further."""
    return content.NewRevision(
        surface=place,
        external_id=submission.id,
        author=pseudonym(submission.author),
        url=submission.url,
        published_at=submission.published_at,
        views=submission.views,
        language=submission.language,
        digest=digest,
        parts=parts,
    )


def complete(screening: Screening, judged: Judged, *, started: int, now: datetime) -> None:
    """Fill the screening row and write all that follows from the verdict, in the caller's transaction."""
    revision = screening.revision
    content.add_fingerprints(revision, _signals(judged.parts))
    screening.state = "done"
    screening.verdict = judged.evaluation.verdict.value
    screening.reasons = reasons_document(judged)
    screening.policy = judged.policy
    screening.match_count = len(judged.found)
    if judged.found or judged.evaluation.verdict is not Verdict.ALLOW:
        flush()  # What follows reads the item and its revision.
        keep_matches(revision, judged.found)
    if judged.evaluation.verdict is not Verdict.ALLOW:
        _keep_contents(revision, judged.shown, now=now)
        _carry_out(screening, judged, now=now)
    follow_later(revision, judged.parts, now=now)
    count_verdict(surface=revision.item.surface.name, verdict=screening.verdict, now=now)
    screening.took_us = (time.perf_counter_ns() - started) // 1000
    metrics.screenings.labels(screening.verdict).inc()
    metrics.screening_seconds.observe(screening.took_us / 1e6)


def _signals(parts: Sequence[SeenPart]) -> Iterator[tuple[str, str, Signal]]:
    for part in parts:
        for sight in part.sights:
            yield from ((part.id, sight.inside, signal) for signal in sight.signals)


def reasons_document(judged: Judged) -> dict[str, Any]:
    """The explanation as it is kept: what held, what nearly held, with the match that each speaks of."""
    document = judged.evaluation.document()
    return {"reasons": document["reasons"], "misses": document["misses"]}


def _keep_contents(revision: Revision, parts: Sequence[Shown], *, now: datetime) -> None:
    expires_at = now + timedelta(days=config().media_days)
    for part in parts:
        content.keep_content(
            revision,
            part=part.part,
            inside=part.inside,
            media_type=part.media_type,
            text=part.text,
            file=part.file,
            expires_at=expires_at,
        )


def _carry_out(screening: Screening, judged: Judged, *, now: datetime) -> None:
    """`remove` and `restrict` become a decision, `queue` a case; both are told by one event."""
    verdict = judged.evaluation.verdict
    screening.decision = act(screening.revision, judged.found, judged.policy, judged.evaluation, now=now)
    if screening.decision is None:
        # Policy asked for a person, or the entry has just been stopped.
        verdict = Verdict.QUEUE
        screening.verdict = verdict.value
        screening.case = _queue(screening.revision, judged, now=now)
    revision = screening.revision
    event = Screened(
        surface=revision.item.surface.name,
        item=revision.item.external_id,
        revision=revision.number,
        verdict=verdict.value,
        policy=judged.policy,
        rules=tuple(dict.fromkeys(reason.rule for reason in judged.evaluation.reasons)),
        matches=tuple(match.record for match in judged.found[:MATCHES_KEPT]),
        decision=screening.decision,
        case=screening.case,
    )
    publish(event, actor=Actor("policy", str(judged.policy)), now=now)


def _queue(revision: Revision, judged: Judged, *, now: datetime) -> UUID:
    reason = "verdict" if judged.found else "undecodable"
    cluster = f"entry:{judged.found[0].known.entry}" if judged.found else f"item:{revision.item.pk}"
    actor = Actor("policy", str(judged.policy))
    return review.open_or_join(
        cluster=cluster,
        reason=reason,
        item=revision.item,
        revision=revision.number,
        priority=MAY_WAIT if judged.reporting else 0,
        actor=actor,
        now=now,
    )
