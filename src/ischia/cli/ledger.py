"""`ischia ledger`: verify the log, hand out receipts and check them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn
from uuid import UUID

import typer

from ischia.base.config import config
from ischia.core.tlog import LedgerError, Verifier, verify_proof

if TYPE_CHECKING:
    from ischia.ledger.verification import Verification

app = typer.Typer(help="The log of everything that was done: verify it, prove what is in it.", no_args_is_help=True)

_KEY_HELP = "The ledger's public key (origin+id+key), or a file with it; by default this installation's own."


@app.command()
def verify(
    key: Annotated[str, typer.Option(help=_KEY_HELP)] = "",
    against: Annotated[
        list[Path] | None, typer.Option(help="A checkpoint kept elsewhere, which the ledger must extend; repeat.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
) -> None:
    """Derive the whole log again from its records; exit 1 and name what is wrong, and where.

    It works on a running installation and on a copy of a data folder (ISCHIA_DATA=copy ischia ledger verify).
    """
    database = config().data / "ischia.sqlite3"
    if config().embedded and not database.exists():
        _fail(f"there is no database at {database}: set ISCHIA_DATA to a data folder, or ISCHIA_DATABASE")
    from ischia.ledger import verification

    try:
        verifier = _verifier(key)
        witnessed = [path.read_text(encoding="utf-8") for path in against or ()]
    except (LedgerError, OSError, UnicodeDecodeError) as error:
        _fail(str(error))
    with _bar(quiet=as_json) as progress:
        found = verification.verify(verifier=verifier, progress=progress, witnessed=witnessed)
    _print_json(found, verifier) if as_json else _print_text(found, verifier)
    raise typer.Exit(0 if found.ok else 1)


@app.command()
def proof(
    record: Annotated[UUID, typer.Argument(help="The record's id.")],
    out: Annotated[Path | None, typer.Option(help="File to write; by default it is printed.")] = None,
) -> None:
    """Write a record's receipt (.tlog-proof), which anybody can check offline with the ledger's public key."""
    from ischia.ledger import queries
    from ischia.ledger.errors import NotInLedgerError

    try:
        receipt = queries.proof(record)
    except NotInLedgerError as error:
        _fail(str(error))
    if out is None:
        typer.echo(receipt.text, nl=False)
    else:
        out.write_text(receipt.text, encoding="utf-8", newline="\n")
        typer.echo(f"{out}: record {record} at {receipt.position}, under the checkpoint over {receipt.size} records")


@app.command("check-proof")
def check_proof(
    file: Annotated[Path, typer.Argument(help="A .tlog-proof file.", exists=True, dir_okay=False)],
    key: Annotated[str, typer.Option(help=_KEY_HELP)] = "",
) -> None:
    """Check a receipt, without a database or network; print the record that it proves, or exit 1."""
    try:
        checked, head = verify_proof(file.read_text(encoding="utf-8"), _verifier(key))
    except (LedgerError, OSError, UnicodeDecodeError) as error:
        _fail(f"{file}: {error}", code=1)
    typer.echo((checked.extra or b"").decode())
    typer.echo(f"is record {checked.index} of {head.size} in the log {head.origin}", err=True)


@app.command()
def key() -> None:
    """Print the ledger's public key, which outsiders check everything with."""
    from ischia.ledger import queries

    found = queries.key()
    if found is None:
        _fail("there is no key yet; a worker makes it with the first checkpoint", code=1)
    typer.echo(found)


@app.command()
def checkpoint() -> None:
    """Print the newest checkpoint; kept elsewhere, it shows later that the log was not set back."""
    from ischia.ledger import queries

    newest = queries.checkpoint()
    if newest is None:
        _fail("nothing has been signed yet: start `ischia serve`", code=1)
    typer.echo(newest.note, nl=False)


def _verifier(key: str) -> Verifier:
    """Read the given key, or the installation's own. Raises `LedgerError`, `OSError`."""
    if not key:
        from ischia.ledger import keys

        return keys.verifier()
    return Verifier.from_string(key if "+" in key else Path(key).read_text(encoding="utf-8"))


def _fail(message: str, code: int = 2) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on a terminal's standard error, nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("records"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet or not sys.stderr.isatty()) as bar:
        task = bar.add_task("records", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _print_text(found: Verification, verifier: Verifier) -> None:
    for each in found.problems:
        typer.echo(str(each))
    waiting = f", {found.waiting} events wait for their place" if found.waiting else ""
    typer.echo(f"{found.size} records, {found.checkpoints} checkpoints of {verifier.name}{waiting}")
    typer.echo("verified" if found.ok else f"NOT verified: {len(found.problems)} problems")


def _print_json(found: Verification, verifier: Verifier) -> None:
    document = {
        "ok": found.ok,
        "key": verifier.to_string(),
        "size": found.size,
        "root": found.root.hex(),
        "checkpoints": found.checkpoints,
        "waiting": found.waiting,
        "problems": [{"invariant": each.invariant, "where": each.where, "what": each.what} for each in found.problems],
    }
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
