"""Text in pictures, read by Tesseract: captions on photographs, bars across them, pages and screens.

Tesseract reads black letters on white. A picture is therefore searched for strokes first: what is thin and brighter
(or darker) than its surroundings, which a top-hat leaves over (Serra, "Image Analysis and Mathematical Morphology",
1982). Cells full of strokes of one colour are put together to regions; each is read as it is and by its strokes alone,
enlarged until its letters have the size that Tesseract was trained on, and the reading is kept that looks most like
words. A picture without such regions is not read at all.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from ischia.core.media.errors import ImageLimits, Reason, Undecodable, decoding
from ischia.core.media.images import upright_pixels

LANGUAGES: Final = ("ara", "eng", "fas", "urd")
"""What is read where it is installed, by Tesseract's names."""

FOLDERS: Final = "/usr/share/tesseract-ocr/*/tessdata", "/usr/share/tessdata", "/usr/local/share/tessdata"

Box = tuple[int, int, int, int]
Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
_CELL: Final = 8
_GAP: Final = 4
"""Cells on each side that may be empty between words."""
_WIDEST: Final = 15
"""Pixels that a stroke may be wide, at either size."""
_SMALLER: Final = 3
_TALLEST: Final = 110
_LETTERS: Final = 40
"""Pixels that a line's letters are enlarged to."""
_FRAME: Final = 10
_CONTRASTS: Final = (170, 100, 40)
_SPREAD: Final = 90
"""How much the values of one caption's strokes may differ: textures differ more."""
_SURE: Final = 0.85
_LEAST: Final = 0.75
"""What a line must be worth (see `_worth`), so that two letters seen in gravel are no text."""
_OWN: Final = {"fas": "پچژگ", "urd": "ٹڈڑںے"}
_ENOUGH_OF_OWN: Final = 0.02
_OWN_COUNTS: Final = 1.4
_FIRST: Final = frozenset({"ara", "eng"})
_EDGES: Final = ".,:;،؛؟!?()«»\"'"


MOST_LINES: Final = 400
LONGEST_LINE: Final = 2_000
"""More lines, or characters in one, are not passed on."""


@dataclass(frozen=True, slots=True)
class OcrLimits:
    """What reading one picture may cost, and what is believed of it.

    `side` is the longest side in pixels that strokes are sought at; `regions` are read at most, each enlarged to no
    more than `page` pixels, and none after Tesseract was given `pixels`; `milliseconds` bound each recognition.
    `confidence` (0 to 1) is what a line needs to be kept.
    """

    image: ImageLimits = field(default_factory=ImageLimits)
    side: int = 1280
    regions: int = 8
    page: int = 1_000_000
    pixels: int = 16_000_000
    milliseconds: int = 2_000
    confidence: float = 0.55


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text as a machine read it: confidence from 0 to 1, box left, top, right, bottom in pixels."""

    text: str
    confidence: float
    box: Box


@dataclass(frozen=True, slots=True)
class ReadText:
    """What was read in a picture, from top to bottom; `language` is the one most letters were read with, or empty.

    `notes`: `no_strokes` (nothing looked like letters, so that Tesseract was not asked), `more_regions` (only the
    likeliest were read).
    """

    lines: tuple[Line, ...]
    language: str
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All lines, joined by line ends."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Plane:
    """A picture in which letters are bright, and by how much its strokes are brighter than what is around them.

    The original is `scale` times larger.
    """

    values: Pixels
    strokes: Pixels
    scale: float


@dataclass(frozen=True, slots=True)
class _Region:
    """A box of strokes, the height of its lines, how likely it holds letters, and the value that most of them have."""

    plane: _Plane
    box: Box
    height: float
    weight: float
    value: float


@dataclass(frozen=True, slots=True)
class _Page:
    """What Tesseract gets: black letters on white, where they are from, `scale` times enlarged.

    Before that they were `reduced`; `block` when there are several lines.
    """

    picture: Image.Image
    origin: tuple[int, int]
    scale: float
    reduced: float
    block: bool


@dataclass(frozen=True, slots=True)
class _Reading:
    lines: tuple[Line, ...]
    language: str
    score: float


def read_picture(path: Path, limits: OcrLimits, languages: Sequence[str] = LANGUAGES, folder: str = "") -> ReadText:
    """Return the text in the picture at `path`, upright and composited on white.

    Raises `Undecodable` as `core.media.image_signals` does and where no language is installed, `OSError` when the
    file cannot be read.
    """
    return read(upright_pixels(path, limits.image), limits, languages, folder)


def read(pixels: Pixels, limits: OcrLimits, languages: Sequence[str] = LANGUAGES, folder: str = "") -> ReadText:
    """Return the text in uint8 pixels, height x width (x 3), in those of the languages that are installed.

    `folder` holds Tesseract's `*.traineddata`; empty, the usual places are searched. Raises `Undecodable` where
    tesserocr or every language is lacking.
    """
    readers = _readers(tuple(languages), folder)
    regions = _regions(_planes(pixels, limits.side))
    if not regions:
        return ReadText((), "", ("no_strokes",))
    with decoding():
        readings, left = _read_regions(regions, readers, limits)
    return _together(readings, ("more_regions",) if left else ())


def warm(languages: Sequence[str] = LANGUAGES, folder: str = "") -> tuple[str, ...]:
    """Load the languages into this process, so that a confined child can read; returns those that are there."""
    return tuple(_readers(tuple(languages), folder))


def tessdata(folder: str = "") -> Path | None:
    """Return the folder with Tesseract's languages: the one named, `TESSDATA_PREFIX`, or where systems keep them."""
    prefix = os.environ.get("TESSDATA_PREFIX", "")
    named = [Path(name) for name in (folder,) if name] or [Path(prefix), Path(prefix) / "tessdata"] * bool(prefix)
    system = [] if folder else [found for pattern in FOLDERS for found in sorted(Path("/").glob(pattern[1:]))[::-1]]
    return next((place for place in (*named, *system) if any(place.glob("*.traineddata"))), None)


@cache
def _readers(languages: tuple[str, ...], folder: str) -> dict[str, Any]:
    # Tesseract would start as many threads as there are processors; a confined child may start none.
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    if find_spec("tesserocr") is None:
        detail = "reading text in pictures needs tesserocr, which is not installed: pip install 'ischia[ocr]'"
        raise Undecodable(Reason.UNSUPPORTED, detail)
    place = tessdata(folder)
    there = [name for name in languages if place and (place / f"{name}.traineddata").is_file()]
    if not there:
        detail = f"no Tesseract languages among {', '.join(languages)}: install tesseract-ocr-ara, -fas, -urd, -eng"
        raise Undecodable(Reason.UNSUPPORTED, detail)
    return {name: _reader(f"{place}/", name) for name in there}


def _reader(place: str, name: str) -> Any:
    import tesserocr

    try:
        return tesserocr.PyTessBaseAPI(path=place, lang=name, variables={"debug_file": "/dev/null"})
    except RuntimeError:
        raise Undecodable(Reason.UNSUPPORTED, f"{place}{name}.traineddata cannot be loaded; install it anew") from None


def _planes(pixels: Pixels, side: int) -> list[_Plane]:
    """Return what letters stand out in, at two sizes, since strokes are sought up to one width."""
    picture = Image.fromarray(pixels)
    return [plane for longest in (side, side // _SMALLER) for plane in _planes_of(picture, longest)]


def _planes_of(picture: Image.Image, side: int) -> list[_Plane]:
    """Return luma with bright letters, luma with dark ones, and colourfulness, in which yellow stands out."""
    scale = max(1.0, max(picture.size) / side)
    if scale > 1:
        size = (round(picture.width / scale) or 1, round(picture.height / scale) or 1)
        picture = picture.resize(size, Image.Resampling.BOX)
    luma = np.asarray(picture.convert("L"))
    planes = [luma, 255 - luma]
    if picture.mode == "RGB":
        colours = np.asarray(picture)
        planes.append(colours.max(axis=2) - colours.min(axis=2))
    return [_Plane(values, _strokes(values, _WIDEST), scale) for values in planes]


def _extreme(plane: Pixels, size: int, *, most: bool) -> Pixels:
    """Return the largest (or smallest) value within `size` pixels around each, by doubling the window."""
    choose = np.maximum if most else np.minimum
    half = size // 2
    for axis in (0, 1):
        padding = [(half, half) if axis == side else (0, 0) for side in (0, 1)]
        plane, reach = np.pad(plane, padding, "edge"), 1
        while reach < size:
            step = min(reach, size - reach)
            short = plane.shape[axis] - step
            plane = choose(np.take(plane, range(short), axis), np.take(plane, range(step, short + step), axis))
            reach += step
    return plane


def _strokes(plane: Pixels, size: int) -> Pixels:
    """Return by how much each pixel is brighter than all that is wider than `size` pixels around it."""
    opened = _extreme(_extreme(plane, size, most=False), size, most=True)
    return plane - np.minimum(opened, plane)


def _regions(planes: Sequence[_Plane]) -> list[_Region]:
    """Return where letters may be, the likeliest first."""
    found = [region for plane in planes for region in _in_plane(plane)]
    return sorted(found, key=lambda region: -region.weight)


def _in_plane(plane: _Plane) -> Iterator[_Region]:
    height, width = plane.values.shape
    if min(height, width) < 2 * _CELL:
        return
    for contrast in _CONTRASTS:
        ink = plane.strokes > contrast
        cells = _cells(ink)
        for top, bottom, left, right in _components(_closed((cells > 0.05) & (cells < 0.8))):
            box = (left * _CELL, top * _CELL, min(right * _CELL, width), min(bottom * _CELL, height))
            if right - left >= 4 and (region := _region(plane, ink, box)):
                yield region


def _region(plane: _Plane, ink: Mask, box: Box) -> _Region | None:
    """Return the region in a box when its ink could be letters: of one colour, neither sparse nor solid."""
    inside = np.s_[box[1] : box[3], box[0] : box[2]]
    depth = plane.strokes[inside]
    share, height = float(ink[inside].mean()), _line_height(ink[inside])
    if not 0.03 < share < 0.6 or not 6 <= height <= _TALLEST:
        return None
    values = plane.values[inside][depth >= 0.7 * np.percentile(depth[ink[inside]], 90)]
    spread = float(np.percentile(values, 80) - np.percentile(values, 20))
    if spread > _SPREAD:
        return None
    # Sizes count as they are in the original, so that what the smaller plane shows is worth as much.
    weight = (
        plane.scale
        * share
        * float(np.median(depth[ink[inside]]))
        * (box[2] - box[0])
        * min(box[3] - box[1], 4 * height)
    )
    return _Region(plane, box, height, weight / (10 + spread), float(np.median(values)))


def _cells(ink: Mask) -> npt.NDArray[np.float64]:
    high, wide = (-(-side // _CELL) for side in ink.shape)
    padded = np.zeros((high * _CELL, wide * _CELL), bool)
    padded[: ink.shape[0], : ink.shape[1]] = ink
    return np.asarray(padded.reshape(high, _CELL, wide, _CELL).mean(axis=(1, 3)), np.float64)


def _closed(cells: Mask) -> Mask:
    """Return the cells with the gaps between words filled."""
    padded = np.pad(cells, ((0, 0), (_GAP, _GAP)))
    width = cells.shape[1]
    return np.asarray(np.logical_or.reduce([padded[:, step : step + width] for step in range(2 * _GAP + 1)]), np.bool_)


def _components(cells: Mask) -> Iterator[tuple[int, int, int, int]]:
    """Yield top, bottom, left, right (ends outside) of what hangs together."""
    left = {(int(row), int(column)) for row, column in np.argwhere(cells)}
    while left:
        edge = [left.pop()]
        seen = []
        while edge:
            row, column = edge.pop()
            seen.append((row, column))
            near = {(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)} & left
            left -= near
            edge.extend(near)
        rows, columns = [row for row, _ in seen], [column for _, column in seen]
        yield min(rows), max(rows) + 1, min(columns), max(columns) + 1


def _line_height(ink: Mask) -> float:
    """Return the height in pixels of the highest band of rows with ink that one line fills, about."""
    rows = ink.mean(axis=1)
    full = np.concatenate([[False], rows > 0.25 * float(np.percentile(rows, 95)), [False]])
    edges = np.flatnonzero(full[1:] != full[:-1])
    heights = edges[1::2] - edges[::2]
    return float(np.median(heights[heights >= 0.5 * heights.max()])) if heights.size else 0.0


def _read_regions(
    regions: Sequence[_Region], readers: dict[str, Any], limits: OcrLimits
) -> tuple[list[_Reading], bool]:
    """Return readings of the likeliest regions, and whether some are left; what was read well is not read again."""
    readings: list[_Reading] = []
    tried, spent = 0, 0
    for region in regions:
        box = _in_full(region)
        if any(_overlap(box, line.box) for one in readings for line in one.lines if line.confidence > _SURE):
            continue
        if tried == limits.regions or spent >= limits.pixels:
            return readings, True
        tried += 1
        reading, pixels = _read_region(region, readers, limits)
        spent += pixels
        if reading.lines:
            readings.append(reading)
    return readings, False


def _in_full(region: _Region) -> Box:
    left, top, right, bottom = (round(side * region.plane.scale) for side in region.box)
    return left, top, right, bottom


def _read_region(region: _Region, readers: dict[str, Any], limits: OcrLimits) -> tuple[_Reading, int]:
    """Try two languages on each preparation until one is sure, and the others on the preparation that was best.

    Returns the best reading, and how many pixels Tesseract was given.
    """
    first = [name for name in readers if name in _FIRST] or list(readers)
    tried: list[tuple[_Reading, _Page]] = []
    for page in _prepared(region, limits):
        tried += [(_recognise(readers[name], name, page, limits), page) for name in first]
        if any(line.confidence > _SURE for line in max(tried, key=_score)[0].lines):
            break
    best, page = max(reversed(tried), key=_score)
    others = [(_recognise(readers[name], name, page, limits), page) for name in readers if name not in first]
    tried += others
    best = max([best, *(reading for reading, _ in others)], key=_told)
    return best, sum(page.picture.width * page.picture.height for _, page in tried)


def _told(reading: _Reading) -> float:
    """Return what a reading is worth; more where it has letters that no other language could have read there.

    Tesseract's Arabic has neither پ nor گ and is sure of ي and ك in their place.
    """
    text = [letter for line in reading.lines for letter in line.text if letter.isalpha()]
    own = sum(letter in _OWN.get(reading.language, "") for letter in text)
    return reading.score * (_OWN_COUNTS if own >= _ENOUGH_OF_OWN * len(text) else 1.0) if text else reading.score


def _score(tried: tuple[_Reading, _Page]) -> float:
    return tried[0].score


def _prepared(region: _Region, limits: OcrLimits) -> Iterator[_Page]:
    """Yield black letters on white: strokes alone; strokes of the letters' value alone; the region as it is."""
    margin = round(region.height / 3) + 2
    high, wide = region.plane.values.shape
    left, top, right, bottom = region.box
    left, top = max(0, left - margin), max(0, top - margin)
    right, bottom = min(wide, right + margin), min(high, bottom + margin)
    values, strokes = region.plane.values[top:bottom, left:right], region.plane.strokes[top:bottom, left:right]
    scale = min(4.0, max(0.5, _LETTERS / region.height), (limits.page / values.size) ** 0.5)
    strong = max(1.0, float(np.percentile(strokes[strokes > _CONTRASTS[-1]], 60)))
    # What is less than a third as strong as the letters is their background, however rough.
    alone = np.clip((strokes / strong - 0.35) * (255 / 0.4), 0, 255)
    like = np.clip((values - (region.value - 60)) * (255 / 40), 0, 255)
    for ink in (alone, np.minimum(alone, like), values):
        picture = _enlarged(255 - ink.astype(np.uint8), scale)
        yield _Page(picture, (left, top), scale, region.plane.scale, bottom - top > 2.2 * region.height)


def _enlarged(pixels: Pixels, scale: float) -> Image.Image:
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    picture = Image.fromarray(np.ascontiguousarray(pixels)).resize(size, Image.Resampling.BICUBIC)
    framed = Image.new("L", (size[0] + 2 * _FRAME, size[1] + 2 * _FRAME), 255)
    framed.paste(picture, (_FRAME, _FRAME))
    return framed


def _recognise(reader: Any, language: str, page: _Page, limits: OcrLimits) -> _Reading:
    from tesserocr import PSM

    reader.SetPageSegMode(PSM.SINGLE_BLOCK if page.block else PSM.SINGLE_LINE)
    reader.SetImage(page.picture)
    reader.SetSourceResolution(300)
    table = reader.GetTSVText(0) if reader.Recognize(limits.milliseconds) else ""
    reader.Clear()
    lines = [_placed(line, page) for line in _lines(table) if line.confidence >= limits.confidence]
    lines = [line for line in lines if _worth(line) >= _LEAST]
    return _Reading(tuple(lines), language, sum(_worth(line) for line in lines))


def _lines(table: str) -> Iterator[Line]:
    """Yield the lines of Tesseract's table: level, page, block, paragraph, line, word, box, confidence, text."""
    rows = [row for row in (line.split("\t") for line in table.splitlines()) if len(row) == 12 and row[0] == "5"]
    for _, group in groupby(rows, key=lambda row: row[1:5]):
        words = [(float(row[10]) / 100, row[11], [int(value) for value in row[6:10]]) for row in group]
        words = [word for word in words if word[1].strip()]
        letters = sum(len(text) for _, text, _ in words)
        if letters:
            confidence = sum(sure * len(text) for sure, text, _ in words) / letters
            boxes = [box for _, _, box in words]
            left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
            right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
            yield Line(_readable(" ".join(text for _, text, _ in words)), confidence, (left, top, right, bottom))


def _readable(text: str) -> str:
    """Return the text without the marks of direction that Tesseract adds; Persian keeps its zero-width non-joiner."""
    return "".join(letter for letter in text if letter.isprintable() or letter == "\u200c")[:LONGEST_LINE]


def _placed(line: Line, page: _Page) -> Line:
    sides = zip(line.box, page.origin * 2, strict=True)
    left, top, right, bottom = (round(((side - _FRAME) / page.scale + start) * page.reduced) for side, start in sides)
    return Line(line.text, line.confidence, (max(0, left), max(0, top), right, bottom))


def _worth(line: Line) -> float:
    """Return how many letters of words a line holds, lowered steeply where the machine doubts."""
    words = line.text.replace("\u200c", "").split()
    letters = sum(len(word) for word in words if len(word) > 1 and word.strip(_EDGES).isalpha())
    return letters * max(0.0, line.confidence - 0.3) ** 2


def _together(readings: Sequence[_Reading], notes: tuple[str, ...]) -> ReadText:
    """Keep the best reading of each place."""
    kept: list[Line] = []
    letters: Counter[str] = Counter()
    for reading in sorted(readings, key=lambda reading: -reading.score):
        lines = [line for line in reading.lines if not any(_overlap(line.box, other.box) for other in kept)]
        kept += lines
        letters[reading.language] += sum(len(line.text) for line in lines)
    kept.sort(key=lambda line: (line.box[1], line.box[0]))
    return ReadText(tuple(kept[:MOST_LINES]), letters.most_common(1)[0][0] if kept else "", notes)


def _overlap(one: Box, other: Box) -> bool:
    """Whether the smaller of two boxes lies in the other by a third and more."""
    wide, high = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return wide > 0 and high > 0 and 3 * wide * high > smaller
