"""Words in the pictures of a PDF: pages that were scanned, photographs with captions.

Whole pages are drawn and read, not the pictures in them, because scanners cut pages into strips and turn them. What is
typed on the page is taken away before, so that nothing is read that was text already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ischia.core.media.images import Pixels
from ischia.core.media.ocr import LANGUAGES, OcrLimits, ReadText, read, warm
from ischia.core.media.pdf import PdfLimits, drawn, opened

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

_SMALLEST: Final = 48
"""Pixels of a picture's shorter side below which it is an ornament."""
_DEEPEST_FORM: Final = 5
_MOST_OBJECTS: Final = 20_000


@dataclass(frozen=True, slots=True)
class ScanLimits:
    """What reading one document may cost: pages that are drawn and read, their longer side in pixels, each page."""

    pages: int = 8
    side: int = 2_000
    pdf: PdfLimits = field(default_factory=PdfLimits)
    page: OcrLimits = field(default_factory=lambda: OcrLimits(side=2_000))


@dataclass(frozen=True, slots=True)
class ReadPage:
    """What a machine read on page `page` (from 1); boxes are in pixels of the page as it was drawn."""

    page: int
    text: ReadText


def read_scans(
    path: Path, limits: ScanLimits, languages: Sequence[str] = LANGUAGES, folder: str = ""
) -> tuple[ReadPage, ...]:
    """Return the words in the pictures of the first pages that have any; pages without such words are left out.

    Raises `Undecodable` as `core.media.pdf.read` and `core.media.ocr.read` do.
    """
    warm(languages, folder)  # Without a language no page needs to be drawn.
    with opened(path, limits.pdf) as document:
        pages = islice(_pictured(document, limits), limits.pages)
        found = [ReadPage(number, read(pixels, limits.page, languages, folder)) for number, pixels in pages]
    return tuple(page for page in found if page.text.lines)


def _pictured(document: PdfDocument, limits: ScanLimits) -> Iterator[tuple[int, Pixels]]:
    """Yield the pages that hold pictures, by number, drawn without their typed words."""
    from pypdfium2 import PdfiumError

    for number in range(min(len(document), limits.pdf.max_pages)):
        try:
            page = document[number]
        except PdfiumError:
            continue  # The words of a document say which pages cannot be read.
        try:
            if _has_picture(page):
                _without_typed_words(page)
                yield number + 1, drawn(page, limits.side)
        except (PdfiumError, ValueError):
            continue
        finally:
            page.close()


def _has_picture(page: PdfPage) -> bool:
    from pypdfium2 import raw

    pictures = page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=_DEEPEST_FORM)
    return any(min(picture.get_px_size()) >= _SMALLEST for picture in islice(pictures, _MOST_OBJECTS))


def _without_typed_words(page: PdfPage) -> None:
    """Remove what is typed from the page in memory, as far as it does not lie inside of a form."""
    from pypdfium2 import raw

    typed = page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT], max_depth=1)
    for words in list(islice(typed, _MOST_OBJECTS)):
        page.remove_obj(words)
