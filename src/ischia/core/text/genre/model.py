"""The genre classifier: a linear model over what `features` sees, one file of plain numbers.

Its scores may only lower the priority of what something else has found, and remind a reviewer of Art 1(3) of Regulation
(EU) 2021/784; nothing is ever found, raised or decided by them.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ischia.core.text import language
from ischia.core.text.genre.features import BUCKETS, SHAPE, Features, features

VERSION: Final = 1
GENRES: Final = ("legal", "personal", "religious", "reporting", "slogan")
"""`reporting` is journalism and encyclopaedia; `slogan` is what shouts: chants, advertising, calls."""
PROTECTED: Final = frozenset({"legal", "religious", "reporting"})
"""Genres of Art 1(3) and of prayer: what is surely one of them may wait longer for a reviewer."""
SURE: Final = 0.9
LEAST_SLOGAN: Final = 0.05
FEWEST_LETTERS: Final = 80
LARGEST: Final = 4 * 2**20
"""Bytes of a model file that are read."""

_ALIKE: Final = {"arz": "ar", "ary": "ar", "ms": "id"}


class GenreError(ValueError):
    """A model file or training material that cannot be used; the text says what was wrong."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Calibrated shares of the genres, which add up to 1; the text's language and its number of letters.

    `known` is False in a language that the model has not seen in every genre: the shares are equal then.
    """

    shares: Mapping[str, float]
    language: str
    letters: int
    known: bool

    @property
    def genre(self) -> str:
        """The genre with the largest share."""
        return max(self.shares, key=lambda genre: self.shares[genre])


@dataclass(frozen=True, slots=True)
class Reason:
    """A run of letters, or a measure of shape in brackets, and how much it spoke for the genre (negative: against)."""

    what: str
    genre: str
    weight: float


@dataclass(frozen=True, slots=True, eq=False)
class GenreModel:
    """Weights by genre (rows) and feature (columns: buckets, then shape), biases, a temperature, languages seen."""

    weights: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    temperature: float
    languages: frozenset[str]
    genres: tuple[str, ...] = GENRES

    def scores(self, text: str) -> Scores:
        """Return the calibrated scores of a text."""
        seen = features(text)
        tag = language.of(text).tag
        known = main_language(tag) in self.languages
        shares = softmax(self.logits(seen) * known / self.temperature)
        named = {genre: float(share) for genre, share in zip(self.genres, shares, strict=True)}
        return Scores(named, tag, seen.letters, known)

    def explain(self, text: str, *, most: int = 10) -> tuple[Reason, ...]:
        """Return what spoke most for and against the genre that the text was given, the heaviest first.

        A weight is in logits after calibration, compared with the mean over the genres.
        """
        seen = features(text)
        genre = int(np.argmax(self.logits(seen)))
        spoken = (self.weights[genre] - self.weights.mean(axis=0)) / self.temperature
        reasons = [
            Reason(gram, self.genres[genre], float(spoken[bucket] * weight))
            for gram, bucket, weight in zip(seen.grams, seen.buckets, seen.weights, strict=True)
        ] + [
            Reason(f"[{name}]", self.genres[genre], float(spoken[BUCKETS + place] * seen.shape[place]))
            for place, name in enumerate(SHAPE)
        ]
        return tuple(sorted(reasons, key=lambda reason: -abs(reason.weight))[:most])

    def save(self, path: Path) -> None:
        """Write the model as an `.npz` of numbers and names."""
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                version=np.array(VERSION),
                weights=self.weights.astype(np.float16),
                bias=self.bias,
                temperature=np.array(self.temperature),
                languages=np.array(sorted(self.languages)),
                genres=np.array(self.genres),
            )

    def logits(self, seen: Features) -> npt.NDArray[np.float64]:
        """Return one number for each genre, before calibration."""
        grams = self.weights[:, seen.buckets].astype(np.float64) @ seen.weights
        return np.asarray(grams + self.weights[:, BUCKETS:] @ seen.shape + self.bias)


def lowers(scores: Scores) -> bool:
    """Tell whether a text is so surely reporting, law or prayer that what was found in it may wait longer.

    Never for short texts, languages that the model does not know, or what has anything of a slogan.
    """
    sure = sum(share for genre, share in scores.shares.items() if genre in PROTECTED)
    calm = scores.shares.get("slogan", 1.0) <= LEAST_SLOGAN
    return scores.known and scores.letters >= FEWEST_LETTERS and sure >= SURE and calm


def main_language(tag: str) -> str:
    """Return the tag under which a language is learned: Egyptian and Moroccan are Arabic, Malay is Indonesian."""
    return _ALIKE.get(tag, tag)


def softmax(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return shares along the last axis."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def load(path: Path) -> GenreModel:
    """Read a model, of which nothing is executed: it is numbers and names. Raises `GenreError` for what is none."""
    if path.stat().st_size > LARGEST:
        raise GenreError(f"{path.name} is larger than {LARGEST} bytes, so it is no genre model; train one again")
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            return _checked({name: file[name] for name in _FIELDS}, path.name)
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        if isinstance(error, GenreError):
            raise
        raise GenreError(f"{path.name} is no genre model ({error}); make one with `ischia text train`") from error


_FIELDS: Final = ("version", "weights", "bias", "temperature", "languages", "genres")


def _checked(read: Mapping[str, npt.NDArray[Any]], name: str) -> GenreModel:
    genres = tuple(str(genre) for genre in read["genres"])
    weights, bias = read["weights"].astype(np.float32), read["bias"].astype(np.float32)
    temperature = float(read["temperature"])
    whole = weights.shape == (len(genres), BUCKETS + len(SHAPE)) and bias.shape == (len(genres),)
    finite = np.isfinite(weights).all() and np.isfinite(bias).all() and 0 < temperature < np.inf
    if int(read["version"]) != VERSION or not whole or not finite or not set(genres) <= set(GENRES):
        raise GenreError(f"{name} was made by another version of Ischia, or is damaged; train it again")
    return GenreModel(weights, bias, temperature, frozenset(str(tag) for tag in read["languages"]), genres)


@cache
def shipped() -> GenreModel:
    """Return the model that comes along."""
    with as_file(files("ischia.core.text.genre") / "model.npz") as path:
        return load(path)
