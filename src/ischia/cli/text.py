"""`ischia text`: a workbench for folding and matching."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from ischia.core.text import PhraseList
    from ischia.core.text.genre.training import Row, Trained

app = typer.Typer(help="See how texts are folded and matched.")


@app.callback()
def group() -> None:
    """See how texts are folded and matched."""


@app.command()
def explain(
    text: Annotated[str, typer.Argument(help="The text to explain.")],
    phrase: Annotated[list[str] | None, typer.Option(help="A phrase to look for; may be repeated.")] = None,
    phrases: Annotated[
        list[typer.FileText] | None, typer.Option("--list", help="A list of phrases in YAML; may be repeated.")
    ] = None,
    known: Annotated[str | None, typer.Option(help="A known text to compare with.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print what every folding step makes of a text, how it can be read, and what matches at which level."""
    found = _explained(text, _matcher(phrase or [], phrases or []), known)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    console = Console()
    console.print(_table("Steps", found["steps"], ("step", "after", "why")))
    console.print(_table("Readings", found["readings"], ("reading", "level", "confidence", "text")))
    for name in ("phrases", "protected"):
        if found[name]:
            console.print(_table(name.capitalize(), found[name], tuple(found[name][0])))
    if found["phrases"]:
        console.print(
            f"weight of the phrases: {found['weight']} ({'a person looks' if found['queues'] else 'no case'})"
        )
    console.print(f"protected: {found['protected_share']:.0%} of the letters")
    console.print(f"text signal: {found['signal'] or 'none, the text has no letters'}")
    if known is not None:
        console.print(f"known text: {found['known'] or 'nothing in common'}")


def _matcher(words: list[str], lists: list[typer.FileText]) -> PhraseList:
    from ischia.core import text as core

    try:
        listed = [phrase for one in lists for phrase in core.read_list(one.read())]
        return core.PhraseList([*listed, *(core.Phrase(one, 1, "command line", "asked for") for one in words)])
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--list" if lists else "--phrase") from error


@app.command()
def train(
    source: Annotated[
        Path, typer.Option("--from", help="JSON lines with `text` and `genre`.", exists=True, dir_okay=False)
    ],
    out: Annotated[Path, typer.Option("--out", help="File that the model is written to.", dir_okay=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Train a genre model on labelled texts, and print what it does with those that were held out."""
    from ischia.core.text.genre import GenreError
    from ischia.core.text.genre.training import train as learn

    try:
        trained = learn(_labelled(source))
    except GenreError as error:
        raise typer.BadParameter(str(error), param_hint="--from") from error
    trained.model.save(out)
    if as_json:
        typer.echo(json.dumps(_summary(trained, out)))
        return
    console = Console()
    cells = [asdict(cell) for cell in trained.cells]
    console.print(_table("Held out", cells, ("genre", "language", "texts", "right", "lowered")))
    bins = [{"texts": one.texts, "score": f"{one.score:.2f}", "right": f"{one.right:.2f}"} for one in trained.bins]
    console.print(_table("Calibration", bins, ("texts", "score", "right")))
    console.print(f"{out}: {', '.join(trained.model.genres)}, in {', '.join(sorted(trained.model.languages))}")


def _summary(trained: Trained, out: Path) -> dict[str, Any]:
    return {
        "model": str(out),
        "genres": trained.model.genres,
        "languages": sorted(trained.model.languages),
        "rows": dict(trained.rows),
        "held_out": [asdict(cell) for cell in trained.cells],
        "calibration": [asdict(one) for one in trained.bins],
    }


def _labelled(source: Path) -> Iterator[Row]:
    from ischia.core.text.genre import GenreError
    from ischia.core.text.genre.training import Row

    with source.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                yield Row(str(row["text"]), str(row["genre"]), str(row.get("group", "")))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise GenreError(f"line {number} of {source.name} is no object with `text` and `genre`") from error


def _explained(text: str, matcher: PhraseList, known: str | None) -> dict[str, Any]:
    from ischia.core import text as core

    protected = core.protected_spans(text)
    matches = matcher.find(text)
    weighed = core.weigh(matches, [(one.start, one.end) for one in protected])
    signal = core.text_signal(text)
    overlap = core.compare(text, known) if known is not None else None
    return {
        "steps": [{"step": "as written", "after": _safe(text), "why": ""}]
        + [{"step": step, "after": _safe(after), "why": why} for step, why, after in core.explain(text)],
        "readings": [
            {"reading": one.name, "level": one.level, "confidence": one.confidence, "text": one.text}
            for one in core.readings(text)
        ],
        "phrases": [
            {
                "phrase": one.phrase.text, "written": _safe(text[one.start : one.end]), "start": one.start,
                "end": one.end, "level": one.level, "reading": one.reading, "confidence": round(one.confidence, 2),
                "gloss": one.phrase.gloss,
            }
            for one in matches
        ],
        "weight": round(weighed.total, 2),
        "queues": weighed.queues,
        "protected": [{"start": one.start, "end": one.end, "name": one.name} for one in protected],
        "protected_share": core.protected_share(text),
        "signal": signal and signal.value,
        "known": overlap
        and {
            "of_probe": round(overlap.of_probe, 3), "of_known": round(overlap.of_known, 3), "level": overlap.level,
            "reading": overlap.reading, "spans": overlap.spans,
        },
    }  # fmt: skip


def _safe(text: str) -> str:
    """Return the text with what no terminal shows, or obeys, written as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _table(title: str, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(escape(str(row[column])) for column in columns))
    return table
