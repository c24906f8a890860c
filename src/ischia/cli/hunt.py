"""`ischia hunt`: search for known content, or for a file, through everything that is held."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import Progress

from ischia.base.clock import now

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
            _show(_answered(accept or refuse, "accepted" if accept else "refused", by), as_json=as_json)
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
        signals = from_files([file]).signals
    except Undecodable as error:
        raise typer.BadParameter(f"{file}: {error}", param_hint="--file") from error
    return verbs.ask_hunt(signals=signals, reason=reason, asked_by=_person(by), now=now())


def _answered(hunt: UUID | None, answer: str, by: str) -> HuntView:
    from ischia.base.events import Actor
    from ischia.screening import verbs

    assert hunt
    actor = Actor("person", _person(by)) if by else Actor("system", "cli")
    return verbs.answer_hunt(hunt=hunt, answer=answer, actor=actor, now=now())  # type: ignore[arg-type]


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


def _show(view: HuntView, *, as_json: bool) -> None:
    from ischia.screening import hunts

    if as_json:
        items = [asdict(find) for _, find in hunts.finds(view.id, limit=10_000)]
        outcome = {**asdict(view), "hunt": view.id, "searched": view.done, "items": items}
        typer.echo(json.dumps(outcome, default=str))
        return
    would = ", ".join(f"{verdict} {count}" for verdict, count in sorted(view.would.items())) or "nothing"
    typer.echo(f"hunt {view.id}: {view.state}, {view.done} fingerprints, {view.found} items; would {would}")
    if view.state == "waiting":
        typer.echo(f"a second person starts it: ischia hunt --approve {view.id} --by ADDRESS")
    elif view.reason:
        for _, find in hunts.finds(view.id, limit=10_000):
            typer.echo(f"{find.surface}/{find.item}  would {find.would}")
    elif view.found and not view.answer:
        typer.echo(f"they are in the cases list; ischia hunt --accept {view.id} does what policy would do")
    elif view.answer:
        typer.echo(f"preview {view.answer}; the worker carries it out" if view.answer == "accepted" else "refused")
