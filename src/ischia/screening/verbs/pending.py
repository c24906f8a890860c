"""Asynchronous screening: the submission is durable first, and screened by a job.

So is what takes long, however it was submitted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction

from ischia.base import deliveries, storage
from ischia.base.jobs import enqueue
from ischia.base.rows import flush, insert
from ischia.base.writer import write
from ischia.content import verbs as content
from ischia.content.models import Revision
from ischia.content.queries import Standing, SurfaceView, hold, standing, surface
from ischia.core.policy import Evaluation, Verdict
from ischia.core.signals import Signal
from ischia.screening import queries
from ischia.screening.errors import LongFilmError
from ischia.screening.films import Told
from ischia.screening.models import Screening
from ischia.screening.parts import SeenPart, digest_parts
from ischia.screening.queries import ScreeningView, job_key
from ischia.screening.submission import FilePart, LinkPart, Part, SignalPart, Submission, TextPart
from ischia.screening.verbs.screen import Judged, complete, judge, new_revision, screen, screened_surface

JOB = "screening.finish_pending"


def screen_or_submit(submission: Submission, *, now: datetime) -> ScreeningView:
    """Screen at once, or accept what nobody should wait for, a long film; raises as `screen` does."""
    try:
        return screen(submission, now=now)
    except LongFilmError:
        return submit(submission, now=now)


def submit(submission: Submission, *, now: datetime) -> ScreeningView:
    """Accept a submission for screening by a job; the same content again returns what is stored.

    Raises as `screen` does. Files are kept until the job is done.
    """
    place = screened_surface(submission.surface)
    digest = content.digest_of(digest_parts(submission.parts))
    before = standing(place, submission.id)
    known = queries.stored(before, digest)
    if known is not None:
        return known
    documents = [_document(part) for part in submission.parts]
    files = [str(document["file"]) for document in documents if "file" in document]
    accept = partial(_accept, submission, place, digest, documents, now=now)
    try:
        return write(partial(accept, before=before))
    except IntegrityError:
        # Another request stored a revision of this item in between.
        view, accepted = write(partial(_accept_next, accept, place, submission.id, digest))
        if not accepted:
            _forget(files)
        return view


def _accept_next(
    accept: Callable[..., ScreeningView], place: SurfaceView, external_id: str, digest: str
) -> tuple[ScreeningView, bool]:
    """Accept after whatever others have stored of the item, while nobody else can; false if they stored the same."""
    flush()
    before = standing(place, external_id, hold=True)
    known = queries.stored(before, digest)
    return (known, False) if known is not None else (accept(before=before), True)


def _accept(
    submission: Submission,
    place: SurfaceView,
    digest: str,
    documents: Sequence[Mapping[str, Any]],
    *,
    before: Standing | None,
    now: datetime,
) -> ScreeningView:
    parts = [{"id": part.id, "type": _type(part), "state": "pending"} for part in submission.parts]
    revision = content.add_revision(new_revision(submission, place, digest, parts), standing=before, now=now)
    screening = Screening(revision=revision, state="pending", created_at=now)
    insert(screening)
    enqueue(JOB, {"revision": revision.pk, "parts": list(documents)}, now=now, dedupe_key=job_key(revision.pk))
    return queries.view(screening)


def finish_pending(
    *, revision: int, parts: Sequence[Mapping[str, Any]], now: datetime, fenced: Callable[[], None], told: Told
) -> None:
    """Screen what was accepted and tell the platform (`item.screened`); repeating it changes nothing.

    `told` hears how far a film is; it, and `fenced` before the commit, raise if another worker has taken the job over.
    """
    started = time.perf_counter_ns()
    row = Screening.objects.select_related("revision__item__surface").filter(pk=revision).first()
    files = [str(part["file"]) for part in parts if "file" in part]
    if row is not None and row.state == "pending":
        item = row.revision.item
        submission = Submission(
            surface=item.surface.name,
            id=item.external_id,
            language=row.revision.language,
            views=item.views,
            parts=[_part(document) for document in parts],
        )
        judged = judge(submission, surface(item.surface.name), author=item.author, told=told)
        with transaction.atomic():
            judged = _as_it_stands(judged, row.revision)
            complete(row, judged, started=started, now=now)
            row.save()
            Revision.objects.filter(pk=revision).update(parts=[part.summary for part in judged.parts])
            deliveries.deliver(
                kind="item.screened",
                body=_body(row),
                subject_ref=f"revision:{revision}",
                now=now,
                until_acknowledged=False,
            )
            fenced()
    _forget(files)


def _as_it_stands(judged: Judged, revision: Revision) -> Judged:
    """What was found in a revision that the item no longer shows goes before a person and does not act.

    Of an item that has gone meanwhile nothing is kept. Nobody else changes where it stands in this transaction.
    """
    item = revision.item
    hold(item.pk)
    item.refresh_from_db(fields=["revision_number", "gone_at"])
    if item.gone_at is not None:
        parts = tuple(SeenPart(id=part.id, type=part.type, undecodable=part.undecodable) for part in judged.parts)
        return Judged(parts=parts, found=(), evaluation=Evaluation(Verdict.ALLOW), policy=judged.policy)
    if item.revision_number == revision.number:
        return judged
    verdict = min(judged.evaluation.verdict, Verdict.QUEUE)
    return replace(judged, evaluation=replace(judged.evaluation, verdict=verdict))


def _body(row: Screening) -> dict[str, Any]:
    view = queries.view(row)
    return {
        "item": {"surface": view.surface, "id": view.item},
        "revision": view.revision,
        "verdict": view.verdict,
        "match_count": view.match_count,
        "decision": str(view.decision) if view.decision else None,
        "case": str(view.case) if view.case else None,
    }


def _forget(files: Sequence[str]) -> None:
    for name in files:
        storage.delete(name)


def _type(part: Part) -> str:
    match part:
        case FilePart():
            return part.type
        case TextPart():
            return "text"
        case LinkPart():
            return "link"
        case SignalPart():
            return "signal"


def _document(part: Part) -> dict[str, Any]:
    match part:
        case FilePart():
            return {"id": part.id, "type": part.type, "file": storage.save(part.path)}
        case TextPart():
            # Escapes keep lone surrogates and NULs through a database that takes neither.
            return {"id": part.id, "type": "text", "text": part.text.encode("unicode_escape").decode("ascii")}
        case LinkPart():
            return {"id": part.id, "type": "link", "url": part.url}
        case SignalPart():
            s = part.signal
            return {"id": part.id, "type": "signal", "signal": [s.algorithm, s.version, s.value, s.quality]}


def _part(document: Mapping[str, Any]) -> Part:
    name, kind = str(document["id"]), str(document["type"])
    if kind == "text":
        return TextPart(id=name, text=str(document["text"]).encode("ascii").decode("unicode_escape"))
    if kind == "link":
        return LinkPart(id=name, url=str(document["url"]))
    if kind == "signal":
        return SignalPart(id=name, signal=Signal(*document["signal"]))
    return FilePart(id=name, type=kind, path=storage.path_of(str(document["file"])))
