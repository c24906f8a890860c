"""Training: logistic regression on labelled texts, balanced over languages, calibrated on texts it has not seen."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from ischia.core.text import language
from ischia.core.text.genre.features import BUCKETS, SHAPE, Features, features
from ischia.core.text.genre.model import GENRES, GenreError, GenreModel, Scores, lowers, main_language, softmax

Split = Literal["train", "tune", "test"]
FEWEST_ROWS: Final = 10
"""Texts of a genre below which nothing is learned of it."""
FEWEST_OF_LANGUAGE: Final = 5
"""Texts that a language must have in every genre before scores are given in it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled text; texts of one `group` (an article, a pattern) are never both learned from and tested on."""

    text: str
    genre: str
    group: str = ""

    @property
    def split(self) -> Split:
        """Where the row goes: of a hundred groups 80 are learned from, 10 are for calibration, 10 for the test."""
        digest = hashlib.sha256((self.group or self.text).encode(errors="replace")).digest()
        place = int.from_bytes(digest[:4]) % 10
        return "test" if place == 0 else "tune" if place == 1 else "train"


@dataclass(frozen=True, slots=True)
class Cell:
    """Texts of one genre and language in the test, how many were given their genre, how many `lowers` would lower."""

    genre: str
    language: str
    texts: int
    right: int
    lowered: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Texts whose highest score lay in one tenth: how many, its mean, and the share that was right."""

    texts: int
    score: float
    right: float


@dataclass(frozen=True, slots=True)
class Trained:
    """A model, and what it does with the texts that were held out."""

    model: GenreModel
    rows: Mapping[Split, int]
    cells: tuple[Cell, ...]
    bins: tuple[Bin, ...]


def train(rows: Iterable[Row], *, strength: float = 5.0) -> Trained:
    """Learn from labelled texts; the same rows give the same model. Raises `GenreError` that says what is missing.

    Every pair of genre and language counts alike, so that no language speaks for a genre. A language is scored only
    when it had `FEWEST_OF_LANGUAGE` texts of every genre.
    """
    seen = _seen(rows)
    genres = _genres(seen)
    languages = _languages(seen, genres)
    parts = {split: [one for one in seen if one.row.split == split and one.language in languages] for split in _SPLITS}
    if not all(parts.values()):
        raise GenreError("too few texts to learn from, calibrate on and test with; give at least 30 of each genre")
    weights, bias = _fitted(parts["train"], genres, strength)
    model = GenreModel(weights, bias, 1.0, languages, genres)
    model = GenreModel(weights, bias, _temperature(model, parts["tune"]), languages, genres)
    return Trained(model, {s: len(p) for s, p in parts.items()}, *_examined(model, parts["test"]))


def examine(model: GenreModel, rows: Iterable[Row]) -> tuple[tuple[Cell, ...], tuple[Bin, ...]]:
    """Return what a model does with those of the rows that `train` holds out, in languages that it knows."""
    held_out = (one for one in _seen(row for row in rows if row.split == "test") if one.row.genre in model.genres)
    return _examined(model, [one for one in held_out if one.language in model.languages])


_SPLITS: Final[tuple[Split, ...]] = ("train", "tune", "test")


@dataclass(frozen=True, slots=True)
class _Seen:
    row: Row
    features: Features
    language: str


def _seen(rows: Iterable[Row]) -> list[_Seen]:
    found = []
    for number, row in enumerate(rows, 1):
        if row.genre not in GENRES:
            raise GenreError(f"row {number} has the genre {row.genre[:40]!r}; there are {', '.join(GENRES)}")
        found.append(_Seen(row, features(row.text), main_language(language.of(row.text).tag)))
    return found


def _genres(seen: Sequence[_Seen]) -> tuple[str, ...]:
    counts = Counter(one.row.genre for one in seen)
    genres = tuple(genre for genre in GENRES if counts[genre] >= FEWEST_ROWS)
    if len(genres) < 2:
        raise GenreError(f"need two genres with {FEWEST_ROWS} texts each or more, got {dict(counts) or 'no texts'}")
    return genres


def _languages(seen: Sequence[_Seen], genres: Sequence[str]) -> frozenset[str]:
    counts = Counter((one.language, one.row.genre) for one in seen)
    tags = {one.language for one in seen} - {language.UNKNOWN}
    known = {tag for tag in tags if all(counts[tag, genre] >= FEWEST_OF_LANGUAGE for genre in genres)}
    if not known:
        raise GenreError(f"no language has {FEWEST_OF_LANGUAGE} texts of every genre ({', '.join(genres)})")
    return frozenset(known)


def _fitted(
    seen: Sequence[_Seen], genres: Sequence[str], strength: float
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    try:
        from sklearn.feature_extraction import DictVectorizer
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise GenreError("training needs scikit-learn: pip install 'ischia[train]'") from error
    seen = [one for one in seen if one.row.genre in genres]
    labels = [genres.index(one.row.genre) for one in seen]
    if len(set(labels)) < len(genres):
        raise GenreError("a genre has no text to learn from once texts for calibration and test are set aside")
    counts = Counter((one.language, one.row.genre) for one in seen)
    balance = [len(seen) / len(counts) / counts[one.language, one.row.genre] for one in seen]
    fitted: Any = LogisticRegression(C=strength, max_iter=400)
    columns: Any = DictVectorizer()
    fitted.fit(columns.fit_transform([_by_column(one.features) for one in seen]), labels, balance)
    weights = np.zeros((fitted.coef_.shape[0], BUCKETS + len(SHAPE)))
    weights[:, columns.feature_names_] = fitted.coef_
    bias = np.asarray(fitted.intercept_)
    if len(genres) == 2:  # scikit-learn keeps one row for two classes.
        weights, bias = np.vstack([-weights / 2, weights / 2]), np.array([-bias[0] / 2, bias[0] / 2])
    return weights.astype(np.float16).astype(np.float32), bias.astype(np.float32)


def _by_column(seen: Features) -> dict[int, float]:
    """Return the values that are not zero by their column; n-grams in one bucket add up, as they do when scored."""
    values: defaultdict[int, float] = defaultdict(float)
    for column, weight in zip(seen.buckets.tolist(), seen.weights.tolist(), strict=True):
        values[column] += weight
    return {**values, **{BUCKETS + place: float(value) for place, value in enumerate(seen.shape)}}


def _temperature(model: GenreModel, seen: Sequence[_Seen]) -> float:
    """Return what the logits are divided by so that the likelihood of the texts set aside is largest.

    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 4.2.
    """
    logits = np.array([model.logits(one.features) for one in seen])
    places = np.array([model.genres.index(one.row.genre) for one in seen])
    counts = Counter((one.language, one.row.genre) for one in seen)
    balance = np.array([1 / counts[one.language, one.row.genre] for one in seen])

    def loss(temperature: float) -> float:
        shares = softmax(logits / temperature)[np.arange(len(places)), places]
        return float(-(balance * np.log(np.maximum(shares, 1e-12))).sum())

    return float(min(np.geomspace(0.05, 5, 400), key=loss))


def _examined(model: GenreModel, seen: Sequence[_Seen]) -> tuple[tuple[Cell, ...], tuple[Bin, ...]]:
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    best: list[tuple[float, bool]] = []
    for one in seen:
        shares = softmax(model.logits(one.features) / model.temperature)
        named = dict(zip(model.genres, shares.tolist(), strict=True))
        right = model.genres[int(shares.argmax())] == one.row.genre
        lowered = lowers(Scores(named, one.language, one.features.letters, known=True))
        cell = counts[one.row.genre, one.language]
        cell[0], cell[1], cell[2] = cell[0] + 1, cell[1] + right, cell[2] + lowered
        best.append((float(shares.max()), right))
    cells = tuple(Cell(genre, tag, *cell) for (genre, tag), cell in sorted(counts.items()))
    return cells, _binned(best)


def _binned(best: Sequence[tuple[float, bool]]) -> tuple[Bin, ...]:
    bins = []
    for tenth in range(10):
        inside = [(score, right) for score, right in best if min(9, int(score * 10)) == tenth]
        if inside:
            scores, rights = zip(*inside, strict=True)
            bins.append(Bin(len(inside), sum(scores) / len(inside), sum(rights) / len(inside)))
    return tuple(bins)
