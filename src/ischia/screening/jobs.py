"""Entry points of the main path that workers call; each may run twice and does its work once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from ischia.banks import checks as bank_checks
from ischia.base import storage
from ischia.base.events import EventRow, payload
from ischia.base.jobs import NETWORK, JobContext, enqueue, job, periodic
from ischia.content import checks as content_checks
from ischia.screening import checks, verbs
from ischia.screening.verbs.pending import JOB as FINISH_PENDING
from ischia.screening.verbs.previews import JOB as CARRY_OUT_PREVIEW
from ischia.screening.verbs.shortened import ATTEMPTS
from ischia.screening.verbs.shortened import JOB as FOLLOW_LINK

# Longer than a submission may take, so that none that began before the entry was added is overlooked.
_LOOK_AGAIN_AFTER = timedelta(seconds=60)


@job(FINISH_PENDING)
def finish_pending(arguments: Mapping[str, Any], /, *, now: datetime, context: JobContext) -> None:
    """Screen a submission that was accepted and not screened yet."""

    def told(done: float, total: float) -> None:
        context.progress(int(done), int(total))

    verbs.finish_pending(
        revision=arguments["revision"], parts=arguments["parts"], now=now, fenced=context.fenced, told=told
    )


@job("screening.hunt_new_entry")
def hunt_new_entry(arguments: Mapping[str, Any], /, *, now: datetime, context: JobContext) -> None:
    """Handler of `banks.entry_added` and `banks.entry_promoted`: hunt now, and once more for what was in flight."""
    event = EventRow.objects.get(pk=arguments["event"])
    hunt = verbs.start_hunt(entry=UUID(payload(event)["entry"]), since=event.at, now=now)
    enqueue("screening.hunt", {"hunt": str(hunt.id)}, now=now, dedupe_key=f"hunt:{hunt.id}")
    later = now + _LOOK_AGAIN_AFTER
    enqueue("screening.hunt_again", {"hunt": str(hunt.id)}, now=now, run_after=later, dedupe_key=f"again:{hunt.id}")


@job("screening.hunt")
def hunt(arguments: Mapping[str, Any], /, *, now: datetime, context: JobContext) -> None:
    """Carry a hunt on to its end, chunk by chunk, each its own transaction."""
    while True:
        view = verbs.continue_hunt(hunt=UUID(arguments["hunt"]), now=now)
        context.progress(view.done, view.total)
        if view.state == "done" and view.done >= view.total:
            return


@job("screening.hunt_again")
def hunt_again(arguments: Mapping[str, Any], /, *, now: datetime, context: JobContext) -> None:
    """Look once more at what was on its way when the hunt began."""
    verbs.look_again(hunt=UUID(arguments["hunt"]))
    hunt(arguments, now=now, context=context)


@job(FOLLOW_LINK, lane=NETWORK)
def follow_link(arguments: Mapping[str, Any], /, *, now: datetime, context: JobContext) -> None:
    """Look where a shortened address leads."""
    verbs.follow_link(**arguments, now=now, last=context.attempt >= ATTEMPTS)


@job("screening.put_back")
def put_back(arguments: Mapping[str, Any], /, *, now: datetime, context: JobContext) -> None:
    """Handler of `banks.entry_retired`: undo what rested on the entry alone, page by page."""
    entry = UUID(payload(EventRow.objects.get(pk=arguments["event"]))["entry"])
    last, _ = verbs.put_back(entry=entry, now=now)
    while last is not None:
        context.heartbeat()
        last, _ = verbs.put_back(entry=entry, now=now, after=last)


@job(CARRY_OUT_PREVIEW)
def carry_out_preview(arguments: Mapping[str, Any], /, *, now: datetime, context: JobContext) -> None:
    """Do what an accepted preview said, page by page."""
    last = verbs.carry_out(hunt=UUID(arguments["hunt"]), now=now)
    while last is not None:
        context.heartbeat()
        last = verbs.carry_out(hunt=UUID(arguments["hunt"]), now=now, after=last)


@periodic("screening.ask_again", every=timedelta(hours=6))
def ask_again(arguments: Mapping[str, Any], /, *, now: datetime, context: JobContext) -> None:
    """Ask for items whose signals an upgrade has changed."""
    last = verbs.ask_again(now=now)
    while last is not None:
        context.heartbeat()
        last = verbs.ask_again(now=now, after=last)


@periodic("screening.sweep_files", every=timedelta(hours=1))
def sweep_files(arguments: Mapping[str, Any], /, *, now: datetime, context: JobContext) -> None:
    """Delete what a kill left between the writing of a file and the commit of the row that names it."""
    named = content_checks.named_files() | bank_checks.named_files() | checks.named_files()
    storage.sweep(named=named, before=(now - content_checks.NAMED_WITHIN).timestamp())


@periodic("screening.record_tallies", every=timedelta(minutes=1))
def record_tallies(arguments: Mapping[str, Any], /, *, now: datetime, context: JobContext) -> None:
    """Enter closed minutes into the ledger."""
    while verbs.record_tallies(now=now):
        context.heartbeat()
