"""`ischia bank`: collections of known content."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer
from rich.console import Console

from ischia.base.clock import now
from ischia.cli.films import film_progress

if TYPE_CHECKING:
    from ischia.banks.queries import BankView, EntryView
    from ischia.screening.entries import Material

app = typer.Typer(help="Banks and their entries: create, list, add, retire.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="The bank's name.")],
    purpose: Annotated[str, typer.Option(help="What it is for, in a sentence.")],
    acting: Annotated[bool, typer.Option(help="Its entries may act without a person.")] = False,
    sources_required: Annotated[int, typer.Option(min=1, help="Sources that must vouch for an entry.")] = 1,
    protects: Annotated[bool, typer.Option(help="Its entries are never evidence: scripture, logos of news.")] = False,
    hunt_finds: Annotated[str, typer.Option(help="What hunts find waits for a `preview`, or may `act`.")] = "preview",
    as_json: Json = False,
) -> None:
    """Open a bank."""
    from ischia.banks import errors, verbs
    from ischia.base.events import Actor

    if hunt_finds not in {"preview", "act"}:
        raise typer.BadParameter("it is preview or act", param_hint="--hunt-finds")
    try:
        bank = verbs.create_bank(
            name=name,
            purpose=purpose,
            acting=acting,
            sources_required=sources_required,
            protects=protects,
            hunt_finds=hunt_finds,
            actor=Actor("system", "cli"),
            now=now(),
        )
    except (errors.BankExistsError, errors.ContradictionError) as error:
        raise typer.BadParameter(str(error)) from error
    typer.echo(
        json.dumps(asdict(bank), default=str)
        if as_json
        else f"bank {bank.name}, {_may(bank)}: {_entries(bank.entries)}"
    )


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """Show every bank."""
    from ischia.banks.queries import banks

    rows = banks()
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows], default=str))
        return
    for row in rows:
        typer.echo(f"{row.name}  {_entries(row.entries)}  {_may(row)}  {row.purpose}")


@app.command()
def entries(bank: Annotated[str, typer.Argument(help="The bank's name.")], as_json: Json = False) -> None:
    """Show a bank's entries, a JSON line each or a short line each."""
    from ischia.banks import errors, queries

    after: UUID | None = None
    try:
        while page := queries.entries(bank, after=after, limit=500):
            for entry in page:
                _print(entry, as_json=as_json)
            after = page[-1].id
    except errors.UnknownBankError as error:
        raise typer.BadParameter(str(error)) from error


@app.command()
def add(
    bank: Annotated[str, typer.Argument(help="The bank's name.")],
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files of the known content.", exists=True, dir_okay=False)
    ] = None,
    label: Annotated[str, typer.Option(help="What it is, in a line.")] = "",
    source: Annotated[str, typer.Option(help="Who vouches for it.")] = "",
    context: Annotated[str, typer.Option(help="`any`, or `dependent` if press and archives use it too.")] = "dependent",
    text: Annotated[str, typer.Option(help="Known text.")] = "",
    url: Annotated[str, typer.Option(help="Known link.")] = "",
    signal: Annotated[list[str] | None, typer.Option(help="Known hash as ALGORITHM:VALUE; repeat.")] = None,
    as_json: Json = False,
) -> None:
    """Add one known piece of content; it matches at once."""
    from ischia.banks import errors, queries
    from ischia.base.events import Actor
    from ischia.screening.verbs import add_known

    if not label or not source or context not in {"any", "dependent"}:
        raise typer.BadParameter("give --label and --source, and --context any or dependent")
    try:
        queries.bank(bank)
        added = add_known(
            bank=bank,
            label=label,
            source=source,
            context=context,
            material=_material(files or (), text, url, signal or ()),
            actor=Actor("system", "cli"),
            now=now(),
        )
    except (errors.UnknownBankError, errors.NoSignalError) as error:
        raise typer.BadParameter(str(error)) from error
    for line in added.told:
        typer.echo(f"note: {line}", err=True)
    _print(added.entry, as_json=as_json)


def _material(files: Sequence[Path], text: str, url: str, signals: Sequence[str]) -> Material:
    """Look at everything that was given; what is wrong is said of the option or the file that it is in."""
    from ischia.base.cage import Undecodable
    from ischia.core.signals import SignalError, UrlError
    from ischia.screening.entries import Material, from_files, from_signals, from_text, from_url

    material = from_text(text) if text else Material()
    try:
        material += from_url(url) if url else Material()
    except UrlError as error:
        raise typer.BadParameter(str(error), param_hint="--url") from error
    try:
        material += from_signals([_signal(value) for value in signals])
    except SignalError as error:
        raise typer.BadParameter(str(error), param_hint="--signal") from error
    for file in files:
        try:
            with film_progress() as told:
                material += from_files([file], told=told)
        except Undecodable as error:
            raise typer.BadParameter(f"{file}: {error}") from error
    return material


@app.command("add-list")
def add_list(
    bank: Annotated[str, typer.Argument(help="The bank's name.")],
    file: Annotated[Path, typer.Argument(help="A list of phrases as YAML.", exists=True, dir_okay=False)],
    as_json: Json = False,
) -> None:
    """Add a list of phrases, an entry each. They only ever queue; those that the bank has are left out."""
    from rich.progress import track

    from ischia.banks import errors
    from ischia.banks.queries import labels
    from ischia.base.events import Actor
    from ischia.core.signals import SignalError
    from ischia.core.text import read_list
    from ischia.screening.entries import from_phrase
    from ischia.screening.verbs import add_known

    try:
        phrases = read_list(file.read_text(encoding="utf-8"))
        known = labels(bank)
        new = [phrase for phrase in phrases if phrase.text not in known]
        for phrase in track(new, "Adding", console=Console(stderr=True), disable=as_json):
            add_known(
                bank=bank,
                label=phrase.text[:200],
                source=phrase.source,
                context="dependent",
                material=from_phrase(phrase),
                actor=Actor("system", "cli"),
                now=now(),
            )
    except (errors.UnknownBankError, SignalError, ValueError) as error:
        raise typer.BadParameter(f"{file}: {error}") from error
    outcome = {"added": len(new), "left_out": len(phrases) - len(new)}
    typer.echo(
        json.dumps(outcome) if as_json else f"{outcome['added']} phrases added, {outcome['left_out']} were there"
    )


def _signal(text: str) -> tuple[str, str, int | None]:
    algorithm, _, value = text.partition(":")
    return algorithm, value, None


@app.command()
def retire(
    bank: Annotated[str, typer.Argument(help="The bank's name.")],
    entry: Annotated[UUID, typer.Argument(help="The entry's id.")],
    as_json: Json = False,
) -> None:
    """Stop an entry from matching."""
    from ischia.banks.verbs import retire_entry

    _change(retire_entry, bank, entry, as_json=as_json)


@app.command("hold-back")
def hold_back(
    bank: Annotated[str, typer.Argument(help="The bank's name.")],
    entry: Annotated[UUID, typer.Argument(help="The entry's id.")],
    as_json: Json = False,
) -> None:
    """Make an entry review-only: it still matches, and nothing acts on it alone."""
    from ischia.banks import verbs

    _change(partial(verbs.hold_back, because="by_person"), bank, entry, as_json=as_json)


@app.command()
def release(
    bank: Annotated[str, typer.Argument(help="The bank's name.")],
    entry: Annotated[UUID, typer.Argument(help="The entry's id.")],
    as_json: Json = False,
) -> None:
    """End what holds an entry back; with enough sources it may act from now on."""
    from ischia.banks import verbs

    _change(verbs.release, bank, entry, as_json=as_json)


@app.command()
def vouch(
    bank: Annotated[str, typer.Argument(help="The bank's name.")],
    entry: Annotated[UUID, typer.Argument(help="The entry's id.")],
    source: Annotated[str, typer.Option(help="Who vouches for it as well.")],
    as_json: Json = False,
) -> None:
    """Record one more source of an entry; with enough of them it may act, unless it is held back."""
    from ischia.banks import verbs

    _change(partial(verbs.add_source, source=source), bank, entry, as_json=as_json)


def _change(verb: Callable[..., EntryView], bank: str, entry: UUID, *, as_json: bool) -> None:
    """Do one thing with an entry, and say so where it changed nothing."""
    from ischia.base.events import Actor

    before = _found(bank, entry)
    view = verb(bank=bank, entry=entry, actor=Actor("system", "cli"), now=now())
    if view == before or view.status == "review_only":
        typer.echo(f"note: {'nothing changed: ' if view == before else ''}{_standing(view)}", err=True)
    _print(view, as_json=as_json)


def _found(bank: str, entry: UUID) -> EntryView:
    from ischia.banks import errors, queries

    try:
        return queries.view(queries.entry(bank, entry))
    except errors.UnknownEntryError as error:
        raise typer.BadParameter(str(error)) from error


def _standing(view: EntryView) -> str:
    """Say what an entry may do, and why not more."""
    from ischia.banks.queries import bank

    if view.status == "retired":
        return "the entry is retired, so it matches nothing"
    if view.held_back:
        return f"the entry is held back ({view.held_back}), so it is for review only until it is released"
    if view.status == "active":
        return "nothing holds the entry back"
    needed, vouch = bank(view.bank).sources_required, len(view.sources)
    return f"nothing holds the entry back; it is for review only until {needed} sources vouch for it, {vouch} so far"


@app.command()
def restore(
    bank: Annotated[str, typer.Argument(help="The bank's name.")],
    entry: Annotated[UUID, typer.Argument(help="The entry's id.")],
    as_json: Json = False,
) -> None:
    """Hold an entry back, and put back everything that was taken down on its ground alone."""
    from ischia.base.events import Actor
    from ischia.screening.verbs import restore_all

    before = _found(bank, entry)
    ended = restore_all(bank=bank, entry=entry, actor=Actor("system", "cli"), now=now())
    if as_json:
        typer.echo(json.dumps({"restored": ended}))
        return
    done = f"{ended} {'decision' if ended == 1 else 'decisions'} ended, and the platform is asked to restore"
    nothing = "nothing to put back: no decision of policy in force rests on this entry alone"
    after = _found(bank, entry)
    typer.echo(f"{done if ended else nothing}; {_standing(after)}{' (as before)' if after == before else ''}")


def _print(entry: EntryView, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(entry), default=str))
        return
    algorithms = ",".join(sorted({str(s["algorithm"]) for s in entry.signals}))
    held = f"  held back: {entry.held_back}" if entry.held_back else ""
    typer.echo(f"{entry.id}  {entry.status:11}  {entry.context:9}  {algorithms}  {entry.label}{held}")


def _entries(count: int) -> str:
    return f"{count} {'entry' if count == 1 else 'entries'}"


def _may(bank: BankView) -> str:
    return "protects" if bank.protects else "acting" if bank.acting else "not acting"
