"""`ischia hunt`: search for an entry through everything that is held."""

from __future__ import annotations

import json
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import Progress

from ischia.base.clock import now

app = typer.Typer()


@app.command()
def hunt(
    entry: Annotated[UUID, typer.Option(help="The entry's id.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Hunt for an entry in the stored fingerprints; what is found goes before a person. It may be interrupted."""
    from ischia.banks.models import Entry
    from ischia.screening import verbs

    if not Entry.objects.filter(pk=entry).exclude(status="retired").exists():
        raise typer.BadParameter(f"there is no entry {entry} that can match", param_hint="--entry")
    view = verbs.start_hunt(entry=entry, now=now())
    with Progress(console=Console(stderr=True), disable=as_json) as progress:
        task = progress.add_task("Hunting", total=max(view.total, 1))
        while view.state == "open":
            view = verbs.continue_hunt(hunt=view.id, now=now())
            progress.update(task, completed=view.done, total=max(view.total, 1))
    outcome = {"hunt": str(view.id), "searched": view.done, "found": view.found}
    typer.echo(json.dumps(outcome) if as_json else f"{view.found} items found; they are in the cases list")
