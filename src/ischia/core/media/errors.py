"""Why a file could not be looked into, the one way in which that is said, and the limits on pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from warnings import catch_warnings, simplefilter

from PIL import Image, UnidentifiedImageError


class Reason(StrEnum):
    """Why a file could not be decoded. The words are stored and shown, so they never change."""

    EMPTY = "empty"
    NOT_AN_IMAGE = "not_an_image"
    UNSUPPORTED = "unsupported"
    ENCRYPTED = "encrypted"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_DEEP = "too_deep"
    TOO_MANY = "too_many"
    TRUNCATED = "truncated"
    OUT_OF_MEMORY = "out_of_memory"
    DECODER_ERROR = "decoder_error"
    TIMEOUT = "timeout"
    DECODER_DIED = "decoder_died"
    GARBLED = "garbled"
    """The last three are said by the cage about its child, by no decoder."""


class Undecodable(Exception):
    """A file that gave no answer: `reason` is one of `Reason`, `detail` a sentence for people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = Reason(reason)
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """What one picture may cost: bytes in the file, pixels by its header, frames that are counted."""

    max_bytes: int = 64 * 1024 * 1024
    max_pixels: int = 40_000_000
    max_frames: int = 2_000


@contextmanager
def decoding() -> Iterator[None]:
    """Turn everything that a decoder may raise into `Undecodable`, and keep its warnings to itself.

    Errors of the file system (those with an errno) pass: they say nothing about the picture.
    """
    with catch_warnings():
        simplefilter("ignore")
        try:
            yield
        except Undecodable:
            raise
        except UnidentifiedImageError:
            raise Undecodable(Reason.DECODER_ERROR, "the header is damaged or cut off") from None
        except Image.DecompressionBombError as error:
            raise Undecodable(Reason.TOO_MANY_PIXELS, _sentence(error)) from error
        except MemoryError as error:
            raise Undecodable(Reason.OUT_OF_MEMORY, "decoding needs more memory than is allowed") from error
        except Exception as error:
            # Hostile files make decoders raise whatever their authors did not foresee, struct.error and IndexError
            # among them; each is the recorded state of a part and never the end of a process.
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise Undecodable(_reason(error), f"{type(error).__name__}: {_sentence(error)}") from error


def _reason(error: Exception) -> Reason:
    text = str(error).lower()
    cut = isinstance(error, EOFError) or "truncated" in text or "incomplete" in text or "unexpected end" in text
    return Reason.TRUNCATED if cut else Reason.DECODER_ERROR


def _sentence(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 200 else f"{text[:197]}..."
