"""Genre: is a text reporting, religious, legal, personal, or does it shout? A hint that may only lower a priority."""

from ischia.core.text.genre.model import GENRES, GenreError, GenreModel, Reason, Scores, load, lowers, shipped

__all__ = ["GENRES", "GenreError", "GenreModel", "Reason", "Scores", "load", "lowers", "shipped"]
