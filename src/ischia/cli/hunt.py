"""`ischia hunt`: search for known content, or for a file, through everything that is held."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import Progress

from ischia.base.clock import now
from ischia.cli.films import film_progress

if TYPE_CHECKING:
    from ischia.screening.hunts import HuntView

app = typer.Typer()


@app.command()
def hunt(
    entry: Annotated[UUID | None, typer.Option(help="Hunt for an entry, by its id.")] = None,
    bank: Annotated[str, typer.Option(help="Hunt for all entries of a bank.")] = "",
    file: Annotated[
        Path | None, typer.Option(help="Ask to hunt for a file that is in no bank.", exists=True, dir_okay=False)
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; the ledger keeps it. With --file.")] = "",
    by: Annotated[str, typer.Option(help="Who asks or approves: a person's e-mail address.")] = "",
    approve: Annotated[UUID | None, typer.Option(help="Approve an ad hoc hunt as a second person.")] = None,
    resume: Annotated[UUID | None, typer.Option(help="Go on with a hunt that was interrupted.")] = None,
    accept: Annotated[UUID | None, typer.Option(help="Accept the preview of a hunt: what it would do is done.")] = None,
    refuse: Annotated[UUID | None, typer.Option(help="Refuse the preview of a hunt: nothing is done.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Hunt in the stored fingerprints; it may be interrupted. Finds wait for somebody to accept the preview."""
    from ischia.screening.errors import HuntRefusedError, UnknownHuntError

    asked = [each for each in (entry, bank, file, approve, resume, accept, refuse) if each]
    if len(asked) != 1:
        raise typer.BadParameter("give one of --entry, --bank, --file, --approve, --resume, --accept, --refuse")
    try:
        if accept or refuse:
            before, view = _answered(accept or refuse, "accepted" if accept else "refused", by)
            _show(view, as_json=as_json, before=before)
        elif file:
            _show(_asked(file, reason, by), as_json=as_json)
        else:
            _show(_run(_begun(entry, bank, approve, resume, by), quiet=as_json), as_json=as_json)
    except (HuntRefusedError, UnknownHuntError) as error:
        raise typer.BadParameter(str(error)) from error


def _begun(entry: UUID | None, bank: str, approve: UUID | None, resume: UUID | None, by: str) -> HuntView:
    from ischia.banks.errors import UnknownBankError
    from ischia.banks.models import Entry
    from ischia.banks.queries import bank as bank_row
    from ischia.screening import verbs

    if entry:
        if not Entry.objects.filter(pk=entry).exclude(status="retired").exists():
            raise typer.BadParameter(f"there is no entry {entry} that can match", param_hint="--entry")
        return verbs.start_hunt(entry=entry, now=now())
    if bank:
        try:
            return verbs.start_hunt(bank=bank_row(bank).pk, now=now())
        except UnknownBankError as error:
            raise typer.BadParameter(str(error), param_hint="--bank") from error
    if approve:
        return verbs.approve_hunt(hunt=approve, approved_by=_person(by), now=now())
    assert resume
    return verbs.continue_hunt(hunt=resume, now=now())


def _run(view: HuntView, *, quiet: bool) -> HuntView:
    from ischia.screening import verbs

    with Progress(console=Console(stderr=True), disable=quiet) as progress:
        task = progress.add_task("Hunting", total=max(view.total, 1))
        while view.state == "open":
            view = verbs.continue_hunt(hunt=view.id, now=now())
            progress.update(task, completed=view.done, total=max(view.total, 1))
    return view


def _asked(file: Path, reason: str, by: str) -> HuntView:
    from ischia.base.cage import Undecodable
    from ischia.screening import verbs
    from ischia.screening.entries import from_files

    try:
        with film_progress() as told:
            signals = from_files([file], told=told).signals
    except Undecodable as error:
        raise typer.BadParameter(f"{file}: {error}", param_hint="--file") from error
    return verbs.ask_hunt(signals=signals, reason=reason, asked_by=_person(by), now=now())


def _answered(hunt: UUID | None, answer: str, by: str) -> tuple[str, HuntView]:
    """Answer a preview; returns the answer that stood before, and the hunt."""
    from ischia.base.events import Actor
    from ischia.screening import hunts, verbs

    assert hunt
    before = hunts.hunt(hunt).answer
    actor = Actor("person", _person(by)) if by else Actor("system", "cli")
    return before, verbs.answer_hunt(hunt=hunt, answer=answer, actor=actor, now=now())  # type: ignore[arg-type]


def _person(email: str) -> str:
    """The address of somebody who may start hunts; whoever runs this command vouches for who they are."""
    from ischia.base.people.queries import UnknownPersonError, find_person
    from ischia.base.permissions import Permission, permissions_of

    if not email:
        raise typer.BadParameter("say who you are: the e-mail address of a person", param_hint="--by")
    try:
        person = find_person(email)
    except UnknownPersonError as error:
        raise typer.BadParameter(str(error), param_hint="--by") from error
    if Permission.HUNTS_START not in permissions_of(person.roles):
        raise typer.BadParameter(f"{email} may not start hunts; a lead may", param_hint="--by")
    return person.email


def _show(view: HuntView, *, as_json: bool, before: str | None = None) -> None:
    """Print what a hunt found and what became of it; `before` is how its preview was answered before this command."""
    from ischia.screening import hunts

    if as_json:
        items = [asdict(find) for _, find in hunts.finds(view.id, limit=10_000)]
        outcome = {**asdict(view), "hunt": view.id, "searched": view.done, "items": items}
        typer.echo(json.dumps(outcome, default=str))
        return
    typer.echo(f"hunt {view.id}: {_told(view, before)}")
    if view.reason and view.state == "done":
        for _, find in hunts.finds(view.id, limit=10_000):
            typer.echo(f"{find.surface}/{find.item}  policy would {find.would}")


def _told(view: HuntView, before: str | None) -> str:
    if view.state == "waiting":
        return f"waits for a second person, who starts it with: ischia hunt --approve {view.id} --by ADDRESS"
    if before is not None:
        return _answer(view, before)
    return f"{view.done} fingerprints searched, {_items(view.found)} found{_finds(view) if view.found else ''}"


def _finds(view: HuntView) -> str:
    """What becomes of what was found."""
    if view.reason:
        return "; nothing acts on a file that is in no bank"
    if view.answer:
        return f"; {_answer(view, view.answer)}"
    told = f", in the cases list; policy would {_would(view)}"
    to_do = sum(view.would.get(verdict, 0) for verdict in _ACTING)
    if view.acted:
        return f"{told}; {view.acted} of {to_do} done at once, as the bank says"
    return f"{told}: ischia hunt --accept {view.id} has it done" if to_do else told


def _answer(view: HuntView, before: str) -> str:
    """What came of a preview that somebody has answered, now or before."""
    told = f"the preview was {view.answer} before, and the first answer stands" if before else f"preview {view.answer}"
    if view.answer == "refused":
        return f"{told}; all {_items(view.found)} stay as they are"
    asked = {verdict: view.would[verdict] for verdict in _ACTING if view.would.get(verdict)}
    if not asked:
        return f"{told}; there was nothing to do, as policy only asks for a person"
    if view.acted:
        return f"{told}; {view.acted} of {sum(asked.values())} done"
    doing = ", ".join(f"{verdict} {count}" for verdict, count in asked.items())
    return f"{told}; the worker does it now: {doing}"


_ACTING: Final = ("remove", "restrict")


def _would(view: HuntView) -> str:
    return ", ".join(f"{verdict} {count}" for verdict, count in sorted(view.would.items()))


def _items(count: int) -> str:
    return f"{count} {'item' if count == 1 else 'items'}"
