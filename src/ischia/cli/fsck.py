"""`ischia fsck`: see that everything that must be true of the stored data is true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ischia.base.clock import now

if TYPE_CHECKING:
    from ischia.base.problems import Problem

app = typer.Typer()


@app.command()
def fsck(as_json: Annotated[bool, typer.Option("--json", help="Print an array of problems.")] = False) -> None:
    """Check the invariants of the stored data, the ledger's included. Exit code 1 if one is broken."""
    found = list(_problems(now()))
    if as_json:
        typer.echo(json.dumps([asdict(problem) for problem in found]))
    else:
        for problem in found:
            typer.echo(str(problem))
        typer.echo(f"{len(found)} problems" if found else "everything holds")
    raise typer.Exit(1 if found else 0)


def _problems(at: datetime) -> Iterator[Problem]:
    import ischia.banks.checks
    import ischia.content.checks
    import ischia.decisions.checks
    import ischia.ledger.checks
    import ischia.screening.checks

    yield from ischia.content.checks.fsck(at)
    yield from ischia.banks.checks.fsck(at)
    yield from ischia.decisions.checks.fsck(at)
    yield from ischia.screening.checks.fsck(at)
    yield from ischia.ledger.checks.fsck(at)
    named = ischia.content.checks.named_files() | ischia.banks.checks.named_files()
    named |= ischia.screening.checks.named_files()
    yield from ischia.content.checks.orphans(at, named=named)
