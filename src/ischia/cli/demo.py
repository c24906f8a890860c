"""`ischia demo`: the whole product on real photographs and texts, in one command."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ischia.base import clock
from ischia.base.config import config
from ischia.cli.screen import distance

if TYPE_CHECKING:
    from ischia.cli.demonstration.platform import Platform

app = typer.Typer()
console = Console()
if not console.is_terminal:
    # A log file has no width of its own, and the table is wider than a terminal's default.
    console = Console(width=120)

_SCOPES = ("screen", "items", "matches:read", "decisions", "ack", "banks", "surfaces", "webhooks", "ledger")
_ROLES = ("administrator", "lead", "policy_manager", "auditor")
_PERSON = "demo@ischia.example"
_ACKNOWLEDGED_WITHIN_SECONDS = 20.0


@dataclass(slots=True)
class _Remembered:
    """What a second run must know of the first: the pretended platform's key, port and webhook key."""

    key: str
    port: int
    public_key: str


@app.command()
def demo(
    empty: Annotated[bool, typer.Option(help="Start with nothing but the surface `posts`.")] = False,
) -> None:
    """Serve Ischia here, show it content as a platform would, and stay until Ctrl-C.

    The data folder is kept: a second run goes on where the first one stopped.
    """
    from ischia.cli.serve import serve_until_stopped

    remembered = _recall()
    os.environ["ISCHIA_OUTBOUND_ALLOW"] = f"127.0.0.1:{remembered.port}"
    os.environ.setdefault("ISCHIA_LOG_LEVEL", "warning")
    os.environ.setdefault("ISCHIA_LOG_FORMAT", "text")
    if not empty:
        os.environ["ISCHIA_DEMO"] = "1"
    config.cache_clear()
    serve_until_stopped(before=_prepare, on_ready=lambda: _first_steps(remembered, empty=empty))


def _file() -> Path:
    return config().folder("demo") / "platform.json"


def _recall() -> _Remembered:
    try:
        return _Remembered(**json.loads(_file().read_text()))
    except FileNotFoundError:
        return _Remembered(key="", port=_free_port(), public_key="")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _prepare() -> None:
    """Once the database is migrated and before the first request: the surface, and who signs in."""
    from ischia.base.events import Actor
    from ischia.base.people.queries import UnknownPersonError, find_person
    from ischia.base.people.verbs import create_person
    from ischia.content.verbs import create_surface

    actor, now = Actor("system", "cli"), clock.now()
    create_surface(name="posts", audience="public", when_silent="publish", actor=actor, now=now)
    try:
        find_person(_PERSON)
    except UnknownPersonError:
        create_person(email=_PERSON, roles=_ROLES, name="Demo", actor=actor, now=now)


def _first_steps(remembered: _Remembered, *, empty: bool) -> None:
    if not empty:
        _show(remembered)
    typer.echo(f"\nSign in once with {_link(empty=empty)}")
    typer.echo(f"ready http://localhost:{config().port}")


def _link(*, empty: bool) -> str:
    from ischia.base.people.queries import find_person
    from ischia.base.people.verbs import make_sign_in_link
    from ischia.cli.user import link_address

    person = find_person(_PERSON).id
    return link_address(make_sign_in_link(person=person, now=clock.now(), without_second_factor=not empty))


def _show(remembered: _Remembered) -> None:
    """Fill the demo's bank, send the stream, and print what became of it."""
    from ischia.cli.demonstration import stream
    from ischia.cli.demonstration.platform import Platform

    remembered.key = remembered.key or _make_key()
    base = f"http://127.0.0.1:{config().port}"
    platform = Platform(base=base, key=remembered.key, port=remembered.port, public_key=remembered.public_key)
    if not remembered.public_key:
        body = {"url": f"http://127.0.0.1:{remembered.port}/ischia", "events": ["action.requested"]}
        remembered.public_key = platform.post("/webhooks", body)["public_key"]
        platform.listen(remembered.public_key)
        _file().write_text(
            json.dumps({"key": remembered.key, "port": remembered.port, "public_key": remembered.public_key})
        )
        _file().chmod(0o600)
    labels = _fill_bank(platform)
    uploads = list(stream.submissions(clock.now().isoformat()))
    rows = [_send(platform, upload, labels) for upload in _tracked(uploads, "Screening the demo stream")]
    console.print(_table(rows))


def _make_key() -> str:
    from ischia.base.events import Actor
    from ischia.base.keys.verbs import create_key

    _, secret = create_key(name="demo platform", scopes=_SCOPES, actor=Actor("system", "cli"), now=clock.now())
    return secret


def _fill_bank(platform: Platform) -> dict[str, str]:
    """Add the entries that are not there yet; returns every entry's label by its id."""
    from ischia.cli.demonstration import stream

    bank = {"name": stream.BANK, "purpose": "Benign stand-ins for known propaganda", "acting": True}
    platform.post("/banks", {**bank, "sources_required": 1})
    path = f"/banks/{stream.BANK}/entries"
    known = {entry["label"]: entry["id"] for entry in platform.get(path) if entry["status"] != "retired"}
    missing = [upload for upload in stream.entries() if upload.name not in known]
    for upload in _tracked(missing, "Filling the demo's bank"):
        known[upload.name] = platform.upload(path, upload, field="entry", file_field="file")["id"]
    return {entry: label for label, entry in known.items()}


def _tracked(items: list[Any], what: str) -> Iterator[Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        yield from progress.track(items, description=what)


def _send(platform: Platform, upload: Any, labels: dict[str, str]) -> tuple[str, ...]:
    """One row of the table; milliseconds are those of the whole request, as the platform sees them."""
    started = time.monotonic()
    answer = platform.upload("/screen", upload, field="submission", file_field="picture")
    took = (time.monotonic() - started) * 1000
    best = answer["matches"][0] if answer["matches"] else None
    return (
        upload.name,
        answer["verdict"],
        labels.get(best["entry"], best["entry"]) if best else "",
        best["algorithm"] if best else "",
        distance(best) if best else "",
        f"{took:.0f}",
        _acknowledged(platform, answer, started),
    )


def _acknowledged(platform: Platform, answer: dict[str, Any], started: float) -> str:
    if not answer["actions"]:
        return ""
    action = answer["actions"][0]["id"]
    decision = platform.get(f"/decisions/{answer['decision']}")
    done = next((a for a in decision["actions"] if a["id"] == action and a["state"] == "done"), None)
    if done is not None:
        return "before"
    at = platform.wait_for_acknowledgement(action, seconds=_ACKNOWLEDGED_WITHIN_SECONDS)
    return "not yet" if at is None else f"{max(0.0, at - started) * 1000:.0f} ms"


_SHAPES = {
    "allow": "[green]● allow",
    "queue": "[yellow]◆ queue",
    "restrict": "[magenta]▲ restrict",
    "remove": "[red]■ remove",
}


def _table(rows: list[tuple[str, ...]]) -> Table:
    table = Table("item", "verdict", "matched entry", "algorithm", "distance", "ms", "acknowledged after")
    for item, verdict, *others in rows:
        table.add_row(item, _SHAPES[verdict], *others)
    return table
