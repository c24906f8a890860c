"""`ischia user`: let people in, and shut them out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from ischia.base.clock import now
from ischia.base.config import config
from ischia.base.permissions import Role

app = typer.Typer(help="People who use the console: create, link, roles, deactivate.", no_args_is_help=True)

_Email = Annotated[str, typer.Argument(help="The person's e-mail address.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Roles = Annotated[list[str], typer.Option(help=f"What they are here for; repeat. One of {', '.join(Role)}.")]


@contextmanager
def _clear_errors() -> Iterator[None]:
    """What a verb refuses is the caller's mistake: its message, and exit code 2."""
    from ischia.base.people.queries import UnknownPersonError

    try:
        yield
    except (UnknownPersonError, ValueError) as error:
        raise typer.BadParameter(str(error)) from error


@app.command()
def create(
    email: _Email,
    role: _Roles,
    name: Annotated[str, typer.Option(help="How colleagues call them.")] = "",
    as_json: _Json = False,
) -> None:
    """Let somebody sign in; `ischia user link` then gives them their way in."""
    from ischia.base.events import Actor
    from ischia.base.people import verbs

    with _clear_errors():
        person = verbs.create_person(email=email, roles=role, name=name, actor=Actor("system", "cli"), now=now())
    typer.echo(json.dumps({"id": str(person)}) if as_json else f"created {email}; next: ischia user link {email}")


@app.command()
def link(email: _Email) -> None:
    """Print a link that signs the person in once, within 15 minutes; their second factor is asked for as ever."""
    from ischia.base.events import Actor
    from ischia.base.people import queries, verbs

    with _clear_errors():
        person = queries.find_person(email)
        token = verbs.make_sign_in_link(person=person.id, now=now(), actor=Actor("system", "cli"))
    typer.echo(link_address(token))


@app.command("list")
def list_all(as_json: _Json = False) -> None:
    """Show everybody: roles, second factor, last sign-in."""
    from ischia.base.people.queries import list_people

    rows = [
        {
            "id": str(person.id),
            "email": person.email,
            "name": person.name,
            "active": person.active,
            "roles": list(person.roles),
            "second_factor": person.second_factor,
            "last_sign_in": person.last_sign_in.isoformat() if person.last_sign_in else None,
        }
        for person in list_people()
    ]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for person in list_people():
        state = "active" if person.active else "deactivated"
        factor = "second factor" if person.second_factor else "no second factor yet"
        typer.echo(f"{person.email}  {state}  {','.join(person.roles) or 'no role'}  {factor}")


@app.command()
def grant(email: _Email, role: _Roles) -> None:
    """Give roles, effective at the person's next request."""
    from ischia.base.events import Actor
    from ischia.base.people import queries, verbs

    with _clear_errors():
        person = queries.find_person(email)
        for each in role:
            verbs.grant_role(person=person.id, role=each, actor=Actor("system", "cli"), now=now())
    typer.echo(f"{email} is now {', '.join(queries.find_person(email).roles)}")


@app.command()
def revoke(email: _Email, role: _Roles) -> None:
    """Take roles, effective at the person's next request."""
    from ischia.base.events import Actor
    from ischia.base.people import queries, verbs

    with _clear_errors():
        person = queries.find_person(email)
        for each in role:
            verbs.revoke_role(person=person.id, role=each, actor=Actor("system", "cli"), now=now())
    typer.echo(f"{email} is now {', '.join(queries.find_person(email).roles) or 'without a role'}")


@app.command()
def deactivate(email: _Email) -> None:
    """Shut somebody out: every session, link and password of theirs is dead at their next request."""
    from ischia.base.events import Actor
    from ischia.base.people import queries, verbs

    with _clear_errors():
        person = queries.find_person(email)
        changed = verbs.deactivate(person=person.id, actor=Actor("system", "cli"), now=now())
    typer.echo("deactivated" if changed else "they were deactivated before")


@app.command("reset-factor")
def reset_factor(email: _Email) -> None:
    """Start over for somebody who lost their phone: removes factors and password, ends all sessions."""
    from ischia.base.events import Actor
    from ischia.base.people import queries, verbs

    with _clear_errors():
        person = queries.find_person(email)
        verbs.remove_second_factors(person=person.id, actor=Actor("system", "cli"), now=now())
    typer.echo(f"{email} enrols again with their next link: ischia user link {email}")


def link_address(token: str) -> str:
    """The full address of a one-time link."""
    from django.urls import reverse

    return config().base_url + reverse("sign_in_link", args=[token])
