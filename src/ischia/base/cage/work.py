"""What a caged child does with a file. Imported by zygotes only."""

from __future__ import annotations

import codecs
import contextlib
import importlib
import pkgutil
import sys
import tempfile
import wave
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import AvifImagePlugin, Image, ImageDraw

from ischia.base.cage.works import LONGEST_FILM, Blobs, Works
from ischia.core.media import FORMATS, ImageLimits, Reason, Undecodable, archives, image_signals, thumbnail
from ischia.core.media import audio as sounds
from ischia.core.media import ocr as letters
from ischia.core.media import pdf as documents
from ischia.core.media import scans as scanned
from ischia.core.media import video as films
from ischia.core.media.archives import ArchiveLimits
from ischia.core.media.audio import SoundLimits
from ischia.core.media.ocr import OcrLimits, ReadText
from ischia.core.media.pdf import PdfLimits, PdfPicture
from ischia.core.media.scans import ScanLimits
from ischia.core.media.video import START, Rest, VideoLimits
from ischia.core.signals import Signal, pdq
from ischia.core.sound import Printer

_NOT_WARMED: Final = frozenset({"av.__main__", "av.datasets"})
_CODECS: Final = ("ascii", "cp437", "latin-1", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")
"""What Python decodes the names and texts of files with; it would import each when it is first needed."""

Answer = tuple[dict[str, Any], Blobs]


def warm() -> None:
    """Load decoders and compile kernels now, because a confined child can neither import nor compile."""
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # A confined child cannot start threads.
    pdq.warm()
    _load_extras()
    for name in _CODECS:
        codecs.lookup(name)
    with tempfile.TemporaryDirectory(prefix="ischia-warm-") as folder:
        for path in _pictures(Path(folder)):
            image(str(path), {"thumbnail": True, "plane": True})
        for work, path in _others(Path(folder)):
            with contextlib.suppress(Undecodable):  # The extra that this work needs is not installed.
                WORKS[work](str(path), {})
                WORKS[work](str(path), {"dense": True})
        with contextlib.suppress(Undecodable):
            ocr(str(_words(Path(folder) / "words")), {})
            scans(str(_scan(Path(folder) / "words")), {})


def _load_extras() -> None:
    """Import what is installed, PyAV with all its parts: it imports some when a file first needs them."""
    with contextlib.suppress(ImportError):
        importlib.import_module("pypdfium2")
    with contextlib.suppress(ImportError):
        importlib.import_module("tesserocr")
    with contextlib.suppress(ImportError):
        av = importlib.import_module("av")
        for part in pkgutil.walk_packages(av.__path__, "av."):
            if part.name not in _NOT_WARMED:
                importlib.import_module(part.name)


def _pictures(folder: Path) -> Iterator[Path]:
    """Pictures in every format, and in the modes that take another way through the decoders."""
    grey = Image.linear_gradient("L")
    turned = Image.Exif()
    turned[0x0112] = 6
    for file_format in FORMATS.values():
        for mode in ("RGB", "L", "P", "RGBA", "CMYK", "1", "I;16"):
            path = folder / f"{mode}.{file_format}"
            try:
                grey.convert(mode).save(path, file_format, exif=turned)
            except (OSError, ValueError, KeyError):
                continue  # Not every format holds every mode.
            yield path


def _others(folder: Path) -> Iterator[tuple[str, Path]]:
    with wave.open(str(folder / "sound"), "wb") as sound_file:
        sound_file.setparams((1, 2, 8000, 0, "NONE", ""))
        sound_file.writeframes(bytes(range(256)) * 400)
    yield "sound", folder / "sound"
    if "av" in sys.modules:
        _film(folder / "film")
        yield "video", folder / "film"
    if "pypdfium2" in sys.modules:
        from pypdfium2 import PdfDocument

        document = PdfDocument.new()
        document.new_page(200, 200).close()
        document.save(folder / "pdf")
        document.close()
        yield "pdf", folder / "pdf"


def _words(path: Path) -> Path:
    """Write a picture with letters, so that every language is loaded and asked."""
    words = Image.new("L", (320, 80), 255)
    ImageDraw.Draw(words).text((20, 20), "once in each zygote", font_size=28, fill=0)
    words.save(path, "PNG")
    return path


def _scan(words: Path) -> Path:
    """Write a document whose one page is the picture of words."""
    with Image.open(words) as page:
        page.save(words.with_name("scan"), "PDF")
    return words.with_name("scan")


def _film(path: Path) -> None:
    """Write a film of noise, so that every step from its frames to their hashes is taken."""
    from av import VideoFrame
    from av import open as opened

    noise = np.random.default_rng(1).integers(0, 256, (3, 12, 16, 3)).astype(np.uint8)
    with opened(str(path), "w", format="mp4") as film:
        stream = film.add_stream("mpeg4", rate=1, width=256, height=192, pix_fmt="yuv420p")
        stream.thread_count = 1
        for small in noise:
            film.mux(stream.encode(VideoFrame.from_ndarray(np.kron(small, np.ones((16, 16, 1), np.uint8)), "rgb24")))
        film.mux(stream.encode(None))


def image(path: str, options: dict[str, Any]) -> Answer:
    """Signals, size, format, frames, notes and, if wanted, a plane and a thumbnail; raises `core.media.Undecodable`."""
    found = image_signals(Path(path), ImageLimits())
    plane = found.plane if options.get("plane") else None
    document = {
        "signals": [_plain(found.pdq)] if found.pdq else [],
        "width": found.width,
        "height": found.height,
        "format": found.format,
        "frames": found.frames,
        "notes": list(found.notes),
        "plane": None if plane is None else plane.shape,
    }
    planes = [] if plane is None else [plane.tobytes()]
    return document, {"planes": planes, "thumbnail": _thumbnail(path) if options.get("thumbnail") else []}


def _plain(signal: Signal) -> dict[str, Any]:
    return {
        "algorithm": signal.algorithm,
        "version": signal.version,
        "value": signal.value,
        "quality": signal.quality,
    }


def _thumbnail(path: str) -> list[bytes]:
    try:
        return [thumbnail(Path(path), ImageLimits())]
    except Undecodable:
        return []


def sound(path: str, options: dict[str, Any]) -> Answer:
    """The fingerprint of the whole sound, or of `seconds` from `start` on; raises `core.media.Undecodable`."""
    _need("av", "sound")
    limits = SoundLimits()
    if options.get("seconds") is None:
        found = sounds.sound_signals(Path(path), limits)
        data = [found.sound.data] if found.sound else []
        return {"seconds": found.seconds, "notes": found.notes}, {"sound": data}
    pcm = sounds.decode(Path(path), limits, start=options["start"], seconds=options["seconds"])
    if pcm is None:
        return {"seconds": 0, "notes": ["no_sound_track"]}, {}
    printer = Printer()
    printer.add(pcm.samples)
    heard = printer.sound()
    return {"seconds": heard.seconds, "notes": pcm.notes}, {"sound": [heard.data]}


def video(path: str, options: dict[str, Any]) -> Answer:
    """The hashes of sampled frames, of a known film when `dense`, or of a window of it; raises `Undecodable`."""
    _need("av", "video")
    found = films.sample(
        Path(path),
        VideoLimits(),
        dense=bool(options.get("dense")),
        begin=Rest(*options.get("begin", START)),
        seconds=options.get("seconds"),
        thorough=bool(options.get("thorough")),
        longest=options.get("longest", LONGEST_FILM),
    )
    document = {
        "seconds": min(found.seconds, LONGEST_FILM),
        "width": found.width,
        "height": found.height,
        "every": found.every,
        "variants": [signal.variant for signal in found.frames],
        "stills": [[instant, *plane.shape] for instant, plane in found.stills],
        "notes": found.notes,
        "rest": found.rest,
    }
    return document, {
        "frames": [signal.data for signal in found.frames],
        "planes": [plane.tobytes() for _, plane in found.stills],
    }


def pdf(path: str, options: dict[str, Any]) -> Answer:
    """The words, pictures, pages and files of a document, or its words and files; raises `core.media.Undecodable`."""
    _need("pypdfium2", "PDF")
    limits = documents.without_drawings(PdfLimits()) if options.get("words_only") else PdfLimits()
    found = documents.read(Path(path), limits)
    document = {
        "pages": found.pages,
        "links": found.links,
        "pictures": [_pdf_picture(picture) for picture in found.pictures],
        "drawn": [_pdf_picture(picture) for picture in found.drawn],
        "files": [file.name for file in found.files],
        "notes": found.notes,
    }
    planes = [picture.plane.tobytes() for picture in (*found.pictures, *found.drawn) if picture.plane is not None]
    return document, {
        "texts": _encoded(found.texts),
        "planes": planes,
        "files": [file.content for file in found.files],
    }


def _pdf_picture(picture: PdfPicture) -> dict[str, Any]:
    return {
        "page": picture.page,
        "width": picture.width,
        "height": picture.height,
        "pdq": _plain(picture.pdq) if picture.pdq else None,
        "plane": None if picture.plane is None else picture.plane.shape,
    }


def ocr(path: str, options: dict[str, Any]) -> Answer:
    """The lines of text in a picture, as Tesseract read them; raises `core.media.Undecodable`."""
    _need("tesserocr", "the text in pictures", extra="ocr")
    found = letters.read_picture(Path(path), OcrLimits())
    return _read(found), {"texts": _encoded(line.text for line in found.lines)}


def scans(path: str, options: dict[str, Any]) -> Answer:
    """The lines of text in the pictures of a PDF file, page by page; raises `core.media.Undecodable`."""
    _need("pypdfium2", "PDF")
    _need("tesserocr", "the text in pictures", extra="ocr")
    found = scanned.read_scans(Path(path), ScanLimits())
    document = {"pages": [{"page": page.page, **_read(page.text)} for page in found]}
    return document, {"texts": _encoded(line.text for page in found for line in page.text.lines)}


def _read(found: ReadText) -> dict[str, Any]:
    lines = [[line.confidence, *line.box] for line in found.lines]
    return {"lines": lines, "language": found.language, "notes": found.notes}


def archive(path: str, options: dict[str, Any]) -> Answer:
    """The files in an archive, their texts and what was left out; raises `core.media.Undecodable`."""
    found = archives.members(Path(path), ArchiveLimits(), depth=options.get("depth", 1))
    document = {
        "members": [member.names for member in found.members],
        "texts": [text.names for text in found.texts],
        "left_out": [{"names": left.names, "reason": left.reason} for left in found.left_out],
        "notes": found.notes,
    }
    return document, {
        "members": [member.content for member in found.members],
        "texts": _encoded(text.text for text in found.texts),
    }


def _encoded(texts: Iterable[str]) -> list[bytes]:
    return [text.encode("utf-8", "replace") for text in texts]


def _need(module: str, what: str, extra: str = "media") -> None:
    if module not in sys.modules:
        detail = f"looking into {what} needs {module}, which is not installed: pip install 'ischia[{extra}]'"
        raise Undecodable(Reason.UNSUPPORTED, detail)


WORKS: Final[Works] = {
    "image": image,
    "video": video,
    "sound": sound,
    "pdf": pdf,
    "ocr": ocr,
    "scans": scans,
    "archive": archive,
}
