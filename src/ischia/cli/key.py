"""`ischia key`: give programs their keys and take them back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer

from ischia.base.clock import now
from ischia.base.keys.scopes import SCOPES, UnknownScopeError

app = typer.Typer(help="API keys: create, list, revoke.", no_args_is_help=True)

_SCOPES_HELP = "Comma-separated: " + "; ".join(f"{scope} ({what})" for scope, what in SCOPES.items()) + "."


@app.command()
def create(
    name: Annotated[str, typer.Option(help="Which program holds the key.")],
    scope: Annotated[str, typer.Option(help=_SCOPES_HELP)],
    surface: Annotated[list[str] | None, typer.Option(help="Surface it is bound to; repeat. By default all.")] = None,
    expires: Annotated[str, typer.Option(help="Instant (2027-01-31T12:00:00Z) or day (2027-01-31) in UTC.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help='Print {"id", "key", "scopes"}.')] = False,
) -> None:
    """Make a key and print it. It is shown this once and kept nowhere."""
    from ischia.base.events import Actor
    from ischia.base.keys import verbs

    try:
        key, secret = verbs.create_key(
            name=name,
            scopes=[part.strip() for part in scope.split(",") if part.strip()],
            surfaces=surface or (),
            expires_at=_instant(expires) if expires else None,
            actor=Actor("system", "cli"),
            now=now(),
        )
    except UnknownScopeError as error:
        raise typer.BadParameter(str(error), param_hint="--scope") from error
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if as_json:
        typer.echo(json.dumps({"id": str(key.id), "key": secret, "scopes": sorted(key.scopes)}))
    else:
        typer.echo(f"{secret}\n\nThis is the only time that the key is shown. Its id is {key.id}.")


@app.command("list")
def list_all(
    as_json: Annotated[bool, typer.Option("--json", help="Print an array of objects.")] = False,
) -> None:
    """Show every key: what it may do, when it was used last, and whether it still works."""
    from ischia.base.keys.queries import list_keys

    rows = [
        {
            "id": str(key.id),
            "name": key.name,
            "prefix": key.prefix,
            "scopes": sorted(key.scopes),
            "surfaces": sorted(key.surfaces),
            "state": "active" if key.usable(now()) else "revoked" if key.revoked_at else "expired",
            "last_used": str(key.last_used_on) if key.last_used_on else None,
        }
        for key in list_keys()
    ]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        scopes = ",".join(row["scopes"] or ())
        typer.echo(f"{row['id']}  {row['state']:8}  {row['name']}  {scopes}  last used {row['last_used'] or 'never'}")


@app.command()
def revoke(key: Annotated[UUID, typer.Argument(help="The key's id, as `ischia key list` shows it.")]) -> None:
    """Make a key useless: at once in the process that did it, within a second everywhere."""
    from ischia.base.events import Actor
    from ischia.base.keys import verbs

    try:
        changed = verbs.revoke_key(key=key, actor=Actor("system", "cli"), now=now())
    except verbs.UnknownKeyError as error:
        raise typer.BadParameter(str(error)) from error
    typer.echo("revoked" if changed else "it was revoked before")


def _instant(text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        hint = f"{text!r} is neither a day nor an instant; write 2027-01-31 or 2027-01-31T12:00:00Z"
        raise typer.BadParameter(hint, param_hint="--expires") from error
    return value if value.tzinfo else value.replace(tzinfo=UTC)
