"""`ischia check`: what is unsafe, missing or not yet set up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

import typer

from ischia.base.clock import now

app = typer.Typer()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the operator should know; `error` findings make the exit code 1."""

    level: Literal["error", "warning", "note"]
    what: str


@app.command()
def check(as_json: Annotated[bool, typer.Option("--json", help="Print an array of findings.")] = False) -> None:
    """Say what is unsafe or missing in this installation. Exit code 1 if something must not stay so."""
    found = [*_settings(), *_database(), *_people(), *_work(), *_cage()]
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in found]))
    else:
        for finding in found:
            typer.echo(f"{finding.level}: {finding.what}")
        if not found:
            typer.echo("nothing to say")
    raise typer.Exit(1 if any(finding.level == "error" for finding in found) else 0)


def _settings() -> Iterator[Finding]:
    from django.core.checks import ERROR, run_checks

    from ischia.base.config import config

    for message in run_checks():
        yield Finding("error" if message.level >= ERROR else "warning", f"{message.id}: {message.msg}")
    settings = config()
    local = settings.host in {"127.0.0.1", "::1", "localhost"}
    if not local and not settings.base_url.startswith("https://"):
        yield Finding(
            "error", "Ischia listens to other machines and ISCHIA_URL is not https: put a TLS proxy before it"
        )
    if settings.data.exists() and settings.data.stat().st_mode & 0o077:
        yield Finding("warning", f"the data folder {settings.data} can be read by other users; chmod 700 it")
    if settings.demo:
        yield Finding("warning", "this is the demo: its sign-in link needs no second factor")


def _database() -> Iterator[Finding]:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from ischia.base.config import config

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield Finding("error", "the database is not migrated; `ischia serve` does it at its start")
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous" if config().embedded else "SHOW synchronous_commit")
        (setting,) = cursor.fetchone()
    if setting in {0, 1, "off"}:
        yield Finding("error", f"commits are not durable (synchronous is {setting}): a power cut would lose decisions")


def _people() -> Iterator[Finding]:
    from django.db.utils import DatabaseError

    from ischia.banks.queries import banks
    from ischia.base.deliveries.queries import endpoints
    from ischia.base.people.queries import list_people
    from ischia.content.queries import surfaces
    from ischia.policies.queries import versions

    try:
        if not list_people():
            yield Finding("warning", "nobody can sign in; `ischia user create EMAIL --role administrator`")
        if not surfaces():
            yield Finding("warning", "there is no surface, so nothing can be screened; `ischia surface create`")
        if not any(bank.entries for bank in banks()):
            yield Finding(
                "warning", "the banks are empty, so nothing can match; `ischia bank create`, `ischia bank add`"
            )
        if not any("action.requested" in endpoint.events for endpoint in endpoints()):
            yield Finding("warning", "no webhook takes action.requested, so no decision reaches the platform")
        if not versions():
            yield Finding("error", "no policy is active; `ischia serve` installs the default one at its start")
    except DatabaseError:
        return  # What is wrong with the database has been said already.


def _work() -> Iterator[Finding]:
    from django.db.utils import DatabaseError

    from ischia.base.jobs.queries import status

    try:
        jobs = status(now=now())
    except DatabaseError:
        return
    if not jobs.workers:
        yield Finding("warning", "no worker is alive; `ischia serve` starts one")
    if jobs.dead:
        yield Finding("warning", f"{jobs.dead} jobs were given up and wait for a person")


def _cage() -> Iterator[Finding]:
    from ischia.base import cage

    for layer, state in cage.report().items():
        if state not in {"applied", "one"}:
            yield Finding("warning", f"the decode cage does without {layer} here: {state}")
