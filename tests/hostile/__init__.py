"""Hostile files of every kind that is looked into: damaged seeds and made-up attacks, the same ones for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.hostile import damage, seeds, tricks

KINDS = ("image", "video", "sound", "pdf", "archive")


@dataclass(frozen=True)
class Case:
    """A file, what was done to make it, and the works of the cage that look at it."""

    kind: str
    how: str
    content: bytes
    works: tuple[str, ...]


def cases(count: int, seed: int, canary: Path) -> Iterator[Case]:
    """Yield every trick once, as far as `count` goes, and for the rest damaged seeds, as many of each kind.

    Tricks name the file at `canary`, which nobody may open.
    """
    chance = random.Random(seed)
    made = tricks.every(canary)
    chance.shuffle(made)
    for kind, how, content in made[: count // 2]:
        yield Case(kind, how, content, works(kind))
    good = {kind: seeds.of(kind) for kind in KINDS}
    for number in range(count - min(len(made), count // 2)):
        kind = KINDS[number % len(KINDS)]
        how, content = damage.damaged(chance, good[kind], [other for group in good.values() for other in group])
        looked_at = works(kind) if chance.random() < 0.9 else (chance.choice(KINDS),)
        yield Case(kind, how if looked_at == works(kind) else "mislabelled", content, looked_at)


def works(kind: str) -> tuple[str, ...]:
    """Return what looks at a file of a kind: a video is also heard."""
    return ("video", "sound") if kind == "video" else (kind,)
