"""`ischia text`: a workbench for folding and matching."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from ischia.cli import genre
from ischia.cli.tables import table

if TYPE_CHECKING:
    from ischia.core.text import PhraseList

app = typer.Typer(help="See how texts are folded and matched.")
app.command()(genre.train)
app.command()(genre.accept)


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
    console.print(table("Steps", found["steps"], ("step", "after", "why")))
    console.print(table("Readings", found["readings"], ("reading", "level", "confidence", "text")))
    for name in ("phrases", "protected"):
        if found[name]:
            console.print(table(name.capitalize(), found[name], tuple(found[name][0])))
    if found["phrases"]:
        console.print(
            f"weight of the phrases: {found['weight']} ({'a person looks' if found['queues'] else 'no case'})"
        )
    console.print(f"protected: {found['protected_share']:.0%} of the letters")
    console.print(f"genre: {_in_words(found['genre'])}")
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
        "genre": _genre(text),
        "signal": signal and signal.value,
        "known": overlap
        and {
            "of_probe": round(overlap.of_probe, 3), "of_known": round(overlap.of_known, 3), "level": overlap.level,
            "reading": overlap.reading, "spans": overlap.spans,
        },
    }  # fmt: skip


def _genre(text: str) -> dict[str, Any]:
    """Return how the text reads to the model in use."""
    from ischia.core.text.genre import lowers
    from ischia.screening.queries import genre_scores

    scores = genre_scores(text)
    shares = {genre: round(share, 3) for genre, share in scores.shares.items()}
    return {"shares": shares, "language": scores.language, "known_language": scores.known, "may_wait": lowers(scores)}


def _in_words(genre: dict[str, Any]) -> str:
    if not genre["known_language"]:
        return f"unknown, because the model was not taught {genre['language']}"
    shares = sorted(genre["shares"].items(), key=lambda pair: -pair[1])
    told = ", ".join(f"{name} {share:.0%}" for name, share in shares)
    return f"{told} ({'what is found in it may wait' if genre['may_wait'] else 'nothing waits for it'})"


def _safe(text: str) -> str:
    """Return the text with what no terminal shows, or obeys, written as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
