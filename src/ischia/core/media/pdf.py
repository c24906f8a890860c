"""PDF: the words, pictures, pages and attached files of a document that nobody vouches for.

Nothing in it is executed: the library is built without a JavaScript engine, actions are counted and left alone, and
form fields are not brought to life.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ischia.core.media.errors import Reason, Undecodable, decoding
from ischia.core.media.files import printable
from ischia.core.media.images import Pixels, pixel_signals
from ischia.core.media.pdf_text import page_text
from ischia.core.media.sniff import HEAD, sniff
from ischia.core.signals import Signal

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfImage, PdfPage

_LONGEST_ADDRESS: Final = 2_048
_SMALLEST: Final = 32
_DEEPEST_FORM: Final = 5
_POINTS: Final = 200_000
"""No page is larger than 200 inches (ISO 32000-1, annex C), 14,400 points; some programs go further."""


@dataclass(frozen=True, slots=True)
class PdfLimits:
    """What one document may cost.

    Bytes of the file; pages that are read; pages that are drawn, and the longer side of a drawing in pixels; pictures,
    their pixels each and together; attached files, their bytes each and together; characters of text; links.
    """

    max_bytes: int = 128 * 2**20
    max_pages: int = 1_000
    max_drawn: int = 8
    drawn_side: int = 512
    max_pictures: int = 64
    max_pixels: int = 40_000_000
    max_pixels_together: int = 200_000_000
    max_files: int = 32
    max_file_bytes: int = 16 * 2**20
    max_file_bytes_together: int = 48 * 2**20
    max_characters: int = 2_000_000
    max_links: int = 500


@dataclass(frozen=True, slots=True)
class PdfPicture:
    """A picture on page `page` (from 1), or the page itself: its size, its signal and plane as of `ImageSignals`.

    `width` and `height` are those of the embedded picture in pixels, or of the drawing.
    """

    page: int
    width: int
    height: int
    pdq: Signal | None
    plane: Pixels | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PdfFile:
    """A file that is attached to a document; the name is for people and no path."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PdfContent:
    """What a document holds: its number of pages, the text of each page that was read, and what is in it.

    `notes` are words from a small set: `letters_put_in_order`, `words_put_in_order`, `order_of_letters_unknown` (see
    `page_text`), `text_cut_off`, `more_pages_than_read`, `more_pages_than_drawn`, `more_pictures_than_read`,
    `pictures_left_out`, `files_left_out`, `more_links_than_read`, `unreadable_pages`, `javascript`, `form`.
    """

    pages: int
    texts: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    pictures: tuple[PdfPicture, ...] = ()
    drawn: tuple[PdfPicture, ...] = ()
    files: tuple[PdfFile, ...] = ()
    notes: tuple[str, ...] = ()


def read(path: Path, limits: PdfLimits) -> PdfContent:
    """Return what the document in a file holds.

    Raises `Undecodable` for whatever the bytes hold, `OSError` when the file itself cannot be read, and `ImportError`
    when pypdfium2 is not installed.
    """
    with opened(path, limits) as document:
        return _Reader(document, limits).read()


@contextlib.contextmanager
def opened(path: Path, limits: PdfLimits) -> Iterator[PdfDocument]:
    """Open the document in a file; raises as `read` does, for what happens in the block too."""
    from pypdfium2 import PdfDocument

    content = _admit(path, limits)
    with decoding(), _named_errors():
        document = PdfDocument(content)
        try:
            yield document
        finally:
            document.close()


def _admit(path: Path, limits: PdfLimits) -> bytes:
    size = path.stat().st_size
    if not size:
        raise Undecodable(Reason.EMPTY, "the file has no bytes")
    if size > limits.max_bytes:
        raise Undecodable(Reason.TOO_LARGE, f"the file has {size} bytes, at most {limits.max_bytes} are decoded")
    content = path.read_bytes()
    if (media_type := sniff(content[:HEAD])) != "application/pdf":
        raise Undecodable(Reason.UNSUPPORTED, f"the file starts like {media_type or 'no type that is known'}, no PDF")
    return content


@contextlib.contextmanager
def _named_errors() -> Iterator[None]:
    from pypdfium2 import PdfiumError, raw

    try:
        yield
    except PdfiumError as error:
        if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD:
            raise Undecodable(Reason.ENCRYPTED, "the document opens with a password only") from error
        raise


class _Reader:
    """One pass over the pages; what is wrong with one of them is a note."""

    def __init__(self, document: PdfDocument, limits: PdfLimits) -> None:
        self._document, self._limits = document, limits
        self._notes: dict[str, None] = {}
        self._texts: list[str] = []
        self._links: dict[str, None] = {}
        self._pictures: dict[tuple[int, int, str], PdfPicture] = {}
        self._drawn: list[PdfPicture] = []
        self._characters, self._pixels = limits.max_characters, limits.max_pixels_together
        self._attempts = 4 * limits.max_pictures

    def read(self) -> PdfContent:
        pages = len(self._document)
        if not pages:
            raise Undecodable(Reason.DECODER_ERROR, "the document has no pages")
        self._note_actions()
        files = tuple(self._files())
        for number in range(min(pages, self._limits.max_pages)):
            self._page(number)
        if pages > self._limits.max_pages:
            self._note("more_pages_than_read")
        if pages > self._limits.max_drawn:
            self._note("more_pages_than_drawn")
        return PdfContent(
            pages=pages,
            texts=tuple(self._texts),
            links=tuple(self._links),
            pictures=tuple(self._pictures.values()),
            drawn=tuple(self._drawn),
            files=files,
            notes=tuple(self._notes),
        )

    def _note(self, word: str) -> None:
        self._notes[word] = None

    def _note_actions(self) -> None:
        from pypdfium2 import raw

        if raw.FPDFDoc_GetJavaScriptActionCount(self._document) > 0:
            self._note("javascript")
        if self._document.get_formtype() != raw.FORMTYPE_NONE:
            self._note("form")

    def _page(self, number: int) -> None:
        from pypdfium2 import PdfiumError

        try:
            page = self._document[number]
        except PdfiumError:
            self._note("unreadable_pages")
            self._texts.append("")
            return
        try:
            self._texts.append(self._text(page))
            self._read_links(page)
            self._read_pictures(page, number)
            if number < self._limits.max_drawn:
                self._draw(page, number)
        finally:
            page.close()

    def _text(self, page: PdfPage) -> str:
        text_page = page.get_textpage()
        try:
            text, notes = page_text(text_page, self._characters)
        finally:
            text_page.close()
        self._characters -= len(text)
        self._notes.update(dict.fromkeys(notes))
        return text

    def _read_links(self, page: PdfPage) -> None:
        for address in _addresses(self._document, page):
            if len(self._links) >= self._limits.max_links:
                self._note("more_links_than_read")
                return
            self._links[address] = None

    def _read_pictures(self, page: PdfPage, number: int) -> None:
        from pypdfium2 import raw

        for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=_DEEPEST_FORM):
            if self._attempts <= 0 or len(self._pictures) >= self._limits.max_pictures:
                self._note("more_pictures_than_read")
                return
            self._attempts -= 1
            if (picture := self._picture(item, number)) and picture.pdq:
                self._pictures.setdefault((picture.width, picture.height, picture.pdq.value), picture)

    def _picture(self, item: PdfImage, number: int) -> PdfPicture | None:
        from pypdfium2 import PdfiumError

        try:
            width, height = item.get_px_size()
            if min(width, height) < _SMALLEST:
                return None
            if width * height > min(self._limits.max_pixels, self._pixels):
                self._note("pictures_left_out")
                return None
            self._pixels -= width * height
            return _seen(_pixels(item.get_bitmap()), number)
        except (PdfiumError, ValueError):
            self._note("pictures_left_out")
            return None

    def _draw(self, page: PdfPage, number: int) -> None:
        from pypdfium2 import PdfiumError

        try:
            pixels = drawn(page, self._limits.drawn_side)
        except (PdfiumError, ValueError):
            self._note("unreadable_pages")
            return
        self._drawn.append(_seen(pixels, number))

    def _files(self) -> Iterator[PdfFile]:
        left = self._limits.max_file_bytes_together
        count = self._document.count_attachments()
        if count > self._limits.max_files:
            self._note("files_left_out")
        for index in range(min(count, self._limits.max_files)):
            found = self._file(index, min(left, self._limits.max_file_bytes))
            if found is None:
                self._note("files_left_out")
                continue
            left -= len(found.content)
            yield found

    def _file(self, index: int, most: int) -> PdfFile | None:
        import ctypes

        from pypdfium2 import PdfiumError, raw

        try:
            attached = self._document.get_attachment(index)
            size = ctypes.c_ulong()
            if not raw.FPDFAttachment_GetFile(attached, None, 0, size) or size.value > most:
                return None
            content = bytes(attached.get_data())
            return PdfFile(printable(attached.get_name()), content)
        except (PdfiumError, ValueError):
            return None


def drawn(page: PdfPage, side: int) -> Pixels:
    """Return uint8 pixels of a page, its longer side of `side`; raises `PdfiumError` or `ValueError` for what is none.

    Forms are not drawn.
    """
    width, height = page.get_size()
    if not (0 < width <= _POINTS and 0 < height <= _POINTS):
        raise ValueError("the page has no size, or one that none can have")
    return _pixels(page.render(scale=side / max(width, height), may_draw_forms=False))


def _pixels(bitmap: Any) -> Pixels:
    """Return a bitmap of the library (BGR, BGRx, BGRA or grey) as height x width (x RGB)."""
    shared = bitmap.to_numpy()
    if shared.ndim == 3:
        shared = shared[:, :, 0] if shared.shape[2] == 1 else shared[:, :, 2::-1]
    return np.array(shared, order="C")  # Its own copy: the library frees the bitmap when nobody holds it.


def _seen(pixels: Pixels, number: int) -> PdfPicture:
    signal, plane = pixel_signals(pixels)
    return PdfPicture(number + 1, pixels.shape[1], pixels.shape[0], signal, plane)


def _addresses(document: PdfDocument, page: PdfPage) -> Iterator[str]:
    """Yield the addresses behind the links of a page, in the order of the page."""
    import ctypes

    from pypdfium2 import raw

    position, link = ctypes.c_int(0), raw.FPDF_LINK()
    while raw.FPDFLink_Enumerate(page, position, link):
        action = raw.FPDFLink_GetAction(link)
        if not action or raw.FPDFAction_GetType(action) != raw.PDFACTION_URI:
            continue
        length = raw.FPDFAction_GetURIPath(document, action, None, 0)
        if 1 < length <= _LONGEST_ADDRESS:
            buffer = ctypes.create_string_buffer(length)
            raw.FPDFAction_GetURIPath(document, action, buffer, length)
            yield printable(buffer.raw[: length - 1].decode("utf-8", "replace"), _LONGEST_ADDRESS)


def without_drawings(limits: PdfLimits) -> PdfLimits:
    """Return limits under which only words, links and files are read: for a document whose pages take too long."""
    return replace(limits, max_drawn=0, max_pictures=0)
