"""`ischia screen`: look at files on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from ischia.base.clock import now
from ischia.cli.films import film_bar

if TYPE_CHECKING:
    from ischia.screening.submission import Part

app = typer.Typer()


@app.command()
def screen(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.", exists=True)],
    surface: Annotated[
        str, typer.Option(help="Store the verdicts as items of this surface; else nothing is kept.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line.")] = False,
) -> None:
    """Give the verdict on files: texts (.txt), pictures, films, sounds, documents, archives; others by their hashes.

    Without --surface nothing is stored and no action follows. With it, each file becomes an item whose id is its path.
    """
    from ischia.content.errors import UnknownSurfaceError, UnscreenableError
    from ischia.screening.verbs import screened_surface

    try:
        if surface:
            screened_surface(surface)
    except (UnknownSurfaceError, UnscreenableError) as error:
        raise typer.BadParameter(str(error), param_hint="--surface") from error
    files = list(_files(paths))
    progress = Console(stderr=True)
    with Progress(console=progress, disable=as_json) as bars:
        rows = [_screened(path, surface, bars) for path in bars.track(files, description="Screening")]
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row, ensure_ascii=False, default=str))
    else:
        # A pipe or a file has no width, so nothing there is folded.
        console = Console()
        (console if console.is_terminal else Console(width=10_000)).print(_table(rows))


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else (path,)


def _screened(path: Path, surface: str, bars: Progress) -> dict[str, Any]:
    from ischia.screening import verbs
    from ischia.screening.submission import Submission

    submission = Submission(surface=surface, id=str(path)[-255:], parts=[_part(path)])
    with film_bar(bars) as told:
        if surface:
            view = verbs.screen(submission, now=now(), told=told)
            return _row(path, view.verdict, view.matches, view.parts)
        preview = verbs.preview(submission, told=told)
    return _row(path, preview.verdict, preview.matches, preview.parts)


def _part(path: Path) -> Part:
    from ischia.core.media import sniff
    from ischia.screening.submission import FilePart, TextPart

    if path.suffix.lower() in {".txt", ".md"}:
        return TextPart(id="file", text=path.read_text(encoding="utf-8", errors="surrogateescape"))
    with path.open("rb") as file:
        kind = sniff(file.read(64)) or ""
    family = kind.partition("/")[0]
    return FilePart(id="file", type=family if family in {"image", "video", "audio"} else "file", path=path)


def _row(path: Path, verdict: str, matches: Sequence[Any], parts: Sequence[Any]) -> dict[str, Any]:
    return {
        "path": str(path),
        "verdict": verdict,
        "matches": list(matches),
        "undecodable": next((part.get("reason") for part in parts if part["state"] == "undecodable"), None),
    }


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table()
    table.add_column("file", overflow="fold", min_width=12)
    table.add_column("verdict", no_wrap=True)
    table.add_column("matched", overflow="fold", min_width=LENGTH_OF_ID)
    for what in ("strength", "algorithm", "distance"):
        table.add_column(what, overflow="fold")
    for row in rows:
        table.add_row(row["path"], row["verdict"], *_best(row))
    return table


LENGTH_OF_ID: Final = 36


def _best(row: dict[str, Any]) -> tuple[str, ...]:
    if not row["matches"]:
        return (f"not decoded: {row['undecodable']}" if row["undecodable"] else "",)
    best = row["matches"][0]
    more = f"\nand {len(row['matches']) - 1} more" if len(row["matches"]) > 1 else ""
    return (f"{best['bank']}\n{best['entry']}{more}", best["strength"], best["algorithm"], distance(best))


def distance(match: Mapping[str, Any]) -> str:
    """How far apart two signals are, and how far they may be; empty where signals are the same or they are not."""
    return f"{match['distance']} of {match['threshold']}" if match["threshold"] else ""
