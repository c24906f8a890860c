"""Train the genre model that comes along: python tools/train_genre.py BENIGN.jsonl.

The file holds rows with `text`, `genre`, `lang`, `source` and `ref`: benign texts of newspapers, encyclopaedias, law
and scripture. What no free collection has (slogans, diaries, prayers) is made of `tools/genre_templates.yaml`. Prints
the tables of the model card.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

from ischia.core.text.genre.training import Row, Trained, train

HERE = Path(__file__).parent
MODEL = HERE.parent / "src/ischia/core/text/genre/model.npz"
GENRES = {
    "news": "reporting", "headline": "reporting", "wiki": "reporting", "wiki-about-terrorism": "reporting",
    "wiki-name-collision": "reporting", "law": "legal", "scripture": "religious",
}  # fmt: skip
FILLINGS = 6
PUNCTUATION: tuple[dict[int, int | str | None], ...] = ({}, {ord("!"): "."}, dict.fromkeys(map(ord, "!.,،")))
"""As it is, calm, and none: so that exclamation marks alone make no slogan."""


def benign(path: Path) -> Iterator[Row]:
    """Yield the collected texts, and of each longer one a few words, so that length says nothing about genre."""
    chance = random.Random(20261124)
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        genre = GENRES.get(row["genre"])
        if genre is None:
            continue
        group = f"{row['source']} {row['ref'] if row['source'].startswith('github:motazsaad') else row['text'][:80]}"
        yield Row(row["text"], genre, group)
        words = row["text"].split()
        if len(words) > 16:
            length = chance.randint(7, 16)
            start = chance.randrange(len(words) - length)
            yield Row(" ".join(words[start : start + length]), genre, group)


def made() -> Iterator[Row]:
    """Yield sentences of the templates, alone and two or three together; a template is learned from or tested with."""
    chance = random.Random(20261125)
    for tag, given in yaml.safe_load((HERE / "genre_templates.yaml").read_text(encoding="utf-8")).items():
        slots = given.pop("slots")
        for genre, templates in given.items():
            for place, template in enumerate(templates):
                group = f"{tag} {genre} {place}"
                friends = [
                    one
                    for n, one in enumerate(templates)
                    if Row("", genre, f"{tag} {genre} {n}").split == Row("", genre, group).split
                ]
                for _ in range(FILLINGS):
                    several = [template, *chance.sample(friends, min(len(friends), chance.randrange(3)))]
                    text = " ".join(filled(one, slots, chance) for one in several)
                    yield Row(text.translate(chance.choice(PUNCTUATION)), genre, group)


def filled(template: str, slots: dict[str, list[str]], chance: random.Random) -> str:
    """Return a template with one choice for each slot."""
    return template.format(**{name: chance.choice(words) for name, words in slots.items()})


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")


def report(trained: Trained) -> None:
    """Print the tables of the model card."""
    say(f"rows: {dict(trained.rows)}, temperature {trained.model.temperature:.2f}\n")
    tags = sorted({cell.language for cell in trained.cells})
    say("| genre | " + " | ".join(tags) + " |\n| --- |" + " ---: |" * len(tags))
    for genre in trained.model.genres:
        cells = {cell.language: cell for cell in trained.cells if cell.genre == genre}
        say(
            f"| {genre} | "
            + " | ".join(f"{c.right} of {c.texts} ({c.lowered})" if (c := cells.get(tag)) else "" for tag in tags)
            + " |"
        )
    say("\n| texts | mean score | right |\n| ---: | ---: | ---: |")
    for one in trained.bins:
        say(f"| {one.texts} | {one.score:.2f} | {one.right:.2f} |")


if __name__ == "__main__":
    trained = train([*benign(Path(sys.argv[1])), *made()])
    trained.model.save(MODEL)
    report(trained)
    say(f"\n{MODEL.stat().st_size:,} bytes")
