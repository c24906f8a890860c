"""`ischia surface`: the places on the platform where content appears."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ischia.base.clock import now

if TYPE_CHECKING:
    from ischia.content.queries import SurfaceView

app = typer.Typer(help="Surfaces, the places where content appears: create, list.", no_args_is_help=True)

NAME: Final = r"\w[\w .:-]{0,63}"
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Audience(StrEnum):
    """Who sees what is posted there."""

    PUBLIC = "public"
    AUTO_ADMIT = "auto_admit"
    SELECTED = "selected"
    PRIVATE = "private"


class Silence(StrEnum):
    """What the platform does when Ischia does not answer."""

    PUBLISH = "publish"
    HOLD = "hold"


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="The surface's name, as the platform will send it.")],
    audience: Annotated[
        Audience, typer.Option(help="Who sees it: everybody, whoever joins, selected people, or one person's own.")
    ] = Audience.PUBLIC,
    when_silent: Annotated[
        Silence, typer.Option(help="What the platform does while Ischia does not answer.")
    ] = Silence.PUBLISH,
    as_json: Json = False,
) -> None:
    """Name a place on the platform. Nothing is looked at where only selected people or one person read."""
    from ischia.base.events import Actor
    from ischia.content.errors import SurfaceExistsError
    from ischia.content.verbs import create_surface

    if not re.fullmatch(NAME, name):
        raise typer.BadParameter("letters, digits, spaces and . : - _ only, at most 64", param_hint="NAME")
    try:
        made = create_surface(
            name=name, audience=audience.value, when_silent=when_silent.value, actor=Actor("system", "cli"), now=now()
        )
    except SurfaceExistsError as error:
        raise typer.BadParameter(str(error)) from error
    typer.echo(json.dumps(_document(made)) if as_json else _line(made))


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """Show every surface."""
    from ischia.content.queries import surfaces

    rows = surfaces()
    if as_json:
        typer.echo(json.dumps([_document(row) for row in rows]))
        return
    for row in rows:
        typer.echo(_line(row))


def _document(row: SurfaceView) -> dict[str, object]:
    return {"name": row.name, "audience": row.audience, "when_silent": row.when_silent, "screened": row.screened}


def _line(row: SurfaceView) -> str:
    looked_at = "" if row.screened else ", never looked at"
    return f"{row.name}  {row.audience}{looked_at}  when Ischia is silent: {row.when_silent}"
