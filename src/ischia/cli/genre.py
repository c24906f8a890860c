"""`ischia text train` and `accept`: a genre model of one's own, from what reviewers said of texts or from a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from ischia.cli.tables import table

if TYPE_CHECKING:
    from ischia.core.text.genre.training import Row, Trained
    from ischia.screening.queries import ToldTexts

_COLUMNS = ("genre", "language", "texts", "right", "lowered", "right now", "lowered now")


def train(
    source: Annotated[
        list[Path] | None,
        typer.Option(
            "--from", help="JSON lines with `text` and `genre`; may be repeated.", exists=True, dir_okay=False
        ),
    ] = None,
    decisions: Annotated[
        bool, typer.Option("--decisions", help="Learn from what reviewers said of texts in the console.")
    ] = False,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="With --decisions: what was said since this day, UTC.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the model to this file, not to the candidate's.", dir_okay=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Train a genre model, and print what it and the one in use do with texts held out. `accept` puts it in use."""
    from ischia.core.text.genre import GenreError
    from ischia.core.text.genre.training import train as learn

    if not source and not decisions:
        raise typer.BadParameter("say what to learn from: --decisions, --from FILE, or both")
    told = _told(since) if decisions else None
    try:
        rows = [*_labelled(source or []), *(_rows(told) if told else ())]
        trained = learn(rows)
    except GenreError as error:
        raise _refused(error, told) from error
    target = _save(trained, out)
    summary = _summary(trained, rows, target, told)
    if as_json:
        typer.echo(json.dumps(summary))
        return
    _print(summary, accepted_by=None if out else "ischia text accept")


def accept(
    back: Annotated[
        bool, typer.Option("--back", help="Go back to the model before, or to the one that came along.")
    ] = False,
) -> None:
    """Put the candidate that `train` made in use, in every process at once; the one before it is kept."""
    from ischia.core.text.genre import GenreError
    from ischia.screening.queries import accept_candidate, withdraw_model

    if back:
        typer.echo("The model before is in use again." if withdraw_model() else "The model that came along is in use.")
        return
    try:
        path = accept_candidate()
    except FileNotFoundError:
        typer.echo("There is no candidate; make one with `ischia text train`.", err=True)
        raise typer.Exit(1) from None
    except GenreError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{path} is in use; `ischia text accept --back` goes back.")


def _told(since: datetime | None) -> ToldTexts:
    from ischia.screening.queries import told_texts

    return told_texts(since=since.replace(tzinfo=UTC) if since else None)


def _rows(told: ToldTexts) -> Iterator[Row]:
    from ischia.core.text.genre.training import Row

    return (Row(one.text, one.genre, one.group) for one in told.texts)


def _labelled(sources: Sequence[Path]) -> Iterator[Row]:
    from ischia.core.text.genre import GenreError
    from ischia.core.text.genre.training import Row

    for source in sources:
        with source.open(encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    row = json.loads(line)
                    yield Row(str(row["text"]), str(row["genre"]), str(row.get("group", "")))
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    wrong = f"line {number} of {source.name} is no object with `text` and `genre`"
                    raise GenreError(wrong) from error


def _refused(error: Exception, told: ToldTexts | None) -> Exception:
    """Say why nothing was learned, and that nothing changed."""
    if told is None:
        return typer.BadParameter(str(error), param_hint="--from")
    said = ", ".join(f"{count} {genre}" for genre, count in told.counts.items()) or "none"
    gone = f", and {told.gone} whose text is kept no longer" if told.gone else ""
    typer.echo(f"Not trained: {error}. Texts told by reviewers: {said}{gone}. The model in use stays.", err=True)
    return typer.Exit(1)


def _save(trained: Trained, out: Path | None) -> Path:
    from ischia.screening.queries import candidate_file

    target = out or candidate_file()
    trained.model.save(target)
    return target


def _summary(trained: Trained, rows: Sequence[Row], target: Path, told: ToldTexts | None) -> dict[str, Any]:
    from ischia.core.text.genre.training import examine
    from ischia.screening.queries import genre_model

    in_use, _ = examine(genre_model(), rows)
    return {
        "model": str(target),
        "genres": trained.model.genres,
        "languages": sorted(trained.model.languages),
        "rows": dict(trained.rows),
        "told": dict(told.counts) if told else {},
        "gone": told.gone if told else 0,
        "held_out": [asdict(cell) for cell in trained.cells],
        "in_use": [asdict(cell) for cell in in_use],
        "calibration": [asdict(one) for one in trained.bins],
    }


def _print(summary: dict[str, Any], accepted_by: str | None) -> None:
    console = Console()
    now = {(cell["genre"], cell["language"]): cell for cell in summary["in_use"]}
    cells = [{**cell, **_beside(now.get((cell["genre"], cell["language"])))} for cell in summary["held_out"]]
    console.print(table("Held out: this model, and the one in use now", cells, _COLUMNS))
    bins = [
        {"texts": b["texts"], "score": f"{b['score']:.2f}", "right": f"{b['right']:.2f}"}
        for b in summary["calibration"]
    ]
    console.print(table("Calibration", bins, ("texts", "score", "right")))
    console.print(f"{summary['model']}: {', '.join(summary['genres'])}, in {', '.join(summary['languages'])}")
    if summary["gone"]:
        console.print(f"{summary['gone']} texts are kept no longer, so nothing was learned from them")
    if accepted_by:
        console.print(f"Nothing uses it yet; `{accepted_by}` puts it in use.")


def _beside(cell: dict[str, Any] | None) -> dict[str, Any]:
    return {f"{name} now": cell[name] if cell else "" for name in ("right", "lowered")}
