"""How much of a caption is read in a picture, in five ways of writing one; and what is read where there is none.

    python bench/bench_ocr.py [--each 3] [--seed 12] [--corpus benign.jsonl] [--photographs FOLDER]

Sentences of news and encyclopaedias are drawn on photographs, none of which the preparation was tuned on; fonts are of
Debian's fonts-noto-core, fonts-hosny-amiri and fonts-kacst, DejaVu where they are not installed. Without the corpus
it is the Universal Declaration on photographs of scikit-image, which the preparation was tuned on. The peer is
Tesseract as tesserocr calls it by default, told the language. Timings are of processor time.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import ascii_letters

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.table import Table
from tesserocr import PyTessBaseAPI

from ischia.core.media.ocr import OcrLimits, read, tessdata, warm
from ischia.core.text import Phrase, PhraseList, fold

SHARED = Path(__file__).parents[2] / "shared" / "data"
FONTS = {
    "ar": ("NotoNaskhArabic-Regular", "NotoSansArabic-Bold", "Amiri-Regular", "KacstOffice", "NotoKufiArabic-Regular"),
    "fa": ("NotoNaskhArabic-Regular", "NotoSansArabic-Bold", "Amiri-Regular"),
    "ur": ("NotoNastaliqUrdu-Regular", "NotoNaskhArabic-Regular"),
    "en": ("DejaVuSans-Bold", "NotoSerif-Regular", "NotoSans-Regular"),
}
TESSERACT = {"ar": "ara", "fa": "fas", "ur": "urd", "en": "eng"}
TUNED_ON = ("astronaut.png", "camera.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png")
TEXTLESS = (
    *TUNED_ON, "hubble_deep_field.jpg", "brick.png", "grass.png", "gravel.png", "coins.png", "moon.png", "ihc.png",
    "retina.jpg", "horse.png", "color.png", "cell.png", "chessboard_RGB.png", "microaneurysms.png", "phantom.png",
)  # fmt: skip
WAYS = ("solid bar", "half-transparent bar", "white with black outline", "small letters", "JPEG 30")
WORDS = range(6, 13)
CONSOLE = Console(width=118)


@dataclass(frozen=True)
class Caption:
    """A sentence in one way on one photograph."""

    language: str
    way: str
    text: str
    picture: Image.Image

    @property
    def phrases(self) -> list[str]:
        """Its words, three by three."""
        words = self.text.split()
        return [" ".join(words[at : at + 3]) for at in range(0, len(words) - 2, 3)]


def sentences(corpus: Path, language: str) -> list[str]:
    """Return sentences of so many words as a caption has; of Urdu the corpus has law alone."""
    if corpus.exists():
        rows = [json.loads(line) for line in corpus.read_text(encoding="utf-8").splitlines()]
        kinds = {"law"} if language == "ur" else {"news", "wiki", "mixed"}
        texts = [row["text"] for row in rows if row["lang"] == language and row["genre"] in kinds]
    else:
        texts = (files("ischia.core.text") / "protected_texts" / f"udhr-{language}.txt").read_text("utf-8").splitlines()
    parts = (part.strip() for text in texts for part in text.replace("۔", ".").replace("؟", ".").split("."))
    fit = (part for part in parts if len(part.split()) in WORDS and len(part) <= 90 and part[0].isalpha())
    # Not every Arabic font has Latin letters.
    return sorted({part for part in fit if language == "en" or not any(letter in ascii_letters for letter in part)})


def photographs(folder: Path) -> list[Path]:
    """Return the photographs of a folder, or those of scikit-image."""
    found = sorted(folder.glob("*.jpg")) if folder.is_dir() else []
    return found or [scikit(name) for name in TUNED_ON]


def scikit(name: str) -> Path:
    """Return the path of a picture that scikit-image brings along."""
    found = importlib.util.find_spec("skimage")
    if found is None or found.origin is None:
        raise SystemExit("scikit-image brings the photographs: pip install scikit-image")
    return Path(found.origin).parent / "data" / name


def opened(path: Path, width: int = 900) -> Image.Image:
    """Return a picture at one width."""
    image = Image.open(path).convert("RGB")
    return image.resize((width, round(image.height * width / image.width)))


@cache
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """Return a font, or DejaVu, which has the letters of all four languages, where it is not installed."""
    try:
        return ImageFont.truetype(f"{name}.ttf", size)
    except OSError:
        return ImageFont.truetype("DejaVuSans.ttf", size)


def captions(each: int, seed: int, corpus: Path, folder: Path) -> Iterator[Caption]:
    """Yield so many captions of each language (of Arabic twice as many) and way; a seed gives the same ones again."""
    random = np.random.default_rng(seed)
    photos = photographs(folder)
    for language, names in FONTS.items():
        texts = sentences(corpus, language)
        for way in WAYS:
            for number in range(2 * each if language == "ar" else each):
                photo = opened(photos[int(random.integers(len(photos)))])
                text = texts[int(random.integers(len(texts)))]
                yield Caption(language, way, text, drawn(photo, text, names[number % len(names)], language, way))


def drawn(photo: Image.Image, text: str, name: str, language: str, way: str) -> Image.Image:
    """Write a caption on a photograph: as it is on air, on memes, in small pictures, and in bad ones."""
    small = way == "small letters"
    letters = font(name, 30 if small else 38)
    direction = "ltr" if language == "en" else "rtl"
    lines = wrapped(text, letters, photo.width - 80, direction)
    pitch = round(sum(letters.getmetrics()) * 1.05)
    top = photo.height - pitch * len(lines) - 40
    if way != "white with black outline":
        shade(photo, top - 12, pitch * len(lines) + 24, 0.5 if way in ("half-transparent bar", "JPEG 30") else 1.0)
    ink = {"stroke_width": 2, "stroke_fill": "black"} if way == "white with black outline" else {}
    for number, line in enumerate(lines):
        place = (photo.width // 2, top + number * pitch)
        ImageDraw.Draw(photo).text(place, line, "white", letters, anchor="ma", direction=direction, **ink)
    if small:
        return photo.resize((photo.width // 2, photo.height // 2))
    return compressed(photo, 30) if way == "JPEG 30" else photo


def wrapped(text: str, letters: ImageFont.FreeTypeFont, width: int, direction: str) -> list[str]:
    """Return a text in lines of at most so many pixels."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and letters.getlength(longer, direction=direction) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def shade(photo: Image.Image, top: int, height: int, opacity: float) -> None:
    """Lay a black bar across a photograph."""
    box = (0, max(0, top), photo.width, min(photo.height, top + height))
    under = photo.crop(box)
    photo.paste(Image.blend(under, Image.new("RGB", under.size, "black"), opacity), box)


def compressed(image: Image.Image, quality: int) -> Image.Image:
    """Return what a JPEG of such quality leaves over."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return Image.open(out).convert("RGB")


def folded(text: str) -> str:
    """Return a text as it is compared."""
    return " ".join(fold(text).text.split())


def common(one: str, other: str) -> int:
    """Return the length of the longest common subsequence (Hyyrö, "Bit-parallel LCS-length computation", 2004)."""
    places: dict[str, int] = defaultdict(int)
    for place, letter in enumerate(one):
        places[letter] |= 1 << place
    every = (1 << len(one)) - 1
    row = every
    for letter in other:
        met = row & places[letter]
        row = ((row + met) | (row - met)) & every
    return len(one) - row.bit_count()


def recall(truth: str, found: str) -> float:
    """Return the share of the truth's letters that were read, in their order."""
    truth = folded(truth)
    return common(truth, folded(found)) / len(truth)


class Phrases:
    """The phrases of all captions as one list, as a bank would have them."""

    def __init__(self, shown: list[Caption]) -> None:
        each = dict.fromkeys(phrase for caption in shown for phrase in caption.phrases)
        self._list = PhraseList([Phrase(phrase, 1, "bench", "asked for") for phrase in each])

    def share(self, caption: Caption, found: str) -> float:
        """Return the share of a caption's phrases that the matcher finds in what was read."""
        there = {match.phrase.text for match in self._list.find(found)}
        return sum(phrase in there for phrase in caption.phrases) / len(caption.phrases)


@cache
def plain(language: str) -> PyTessBaseAPI:
    """Return Tesseract as it comes, for one language."""
    return PyTessBaseAPI(path=f"{tessdata()}/", lang=language, variables={"debug_file": "/dev/null"})


def by_plain(picture: Image.Image, languages: str) -> str:
    """Return what Tesseract reads by default."""
    reader = plain(languages)
    reader.SetImage(picture)
    text: str = reader.GetUTF8Text()
    reader.Clear()
    return text


def by_us(picture: Image.Image) -> str:
    """Return what Ischia reads, which is not told the language."""
    return read(np.asarray(picture), OcrLimits()).text


def timed(found: list[float], reader: object, *arguments: object) -> str:
    """Call a reader and note its seconds of processor."""
    start = time.process_time()
    text: str = reader(*arguments)  # type: ignore[operator]
    found.append(time.process_time() - start)
    return text


def measure(shown: list[Caption]) -> None:
    """Print recall of letters and phrases by language and way."""
    phrases = Phrases(shown)
    rows: dict[tuple[str, str], list[tuple[float, ...]]] = defaultdict(list)
    ours: list[float] = []
    theirs: list[float] = []
    for caption in shown:
        mine = timed(ours, by_us, caption.picture)
        peer = timed(theirs, by_plain, caption.picture, TESSERACT[caption.language])
        figures = tuple(
            figure for text in (mine, peer) for figure in (recall(caption.text, text), phrases.share(caption, text))
        )
        for key in ((caption.language, caption.way), (caption.language, "all"), ("all", caption.way), ("all", "all")):
            rows[key].append(figures)
    table = Table("language", "way", "n", "letters", "phrases", "letters, plain", "phrases, plain", title="Captions")
    for (language, way), figures_of in sorted(rows.items()):
        means = [f"{100 * statistics.mean(column):.0f} %" for column in zip(*figures_of, strict=True)]
        table.add_row(language, way, str(len(figures_of)), *means)
    CONSOLE.print(table)
    CONSOLE.print(f"CPU s a caption: median {statistics.median(ours):.1f}, plain {statistics.median(theirs):.1f}")


def false_text() -> None:
    """Print what is read in pictures that hold no letters."""
    ours: list[float] = []
    counts: dict[str, list[int]] = {"kept": [], "without a floor": [], "plain, ara+eng": []}
    loose = OcrLimits(confidence=0.0)
    for name in TEXTLESS:
        picture = opened(scikit(name))
        pixels = np.asarray(picture)
        texts = timed(ours, by_us, picture), read(pixels, loose).text, by_plain(picture, "ara+eng")
        for column, text in zip(counts.values(), texts, strict=True):
            column.append(sum(letter.isalpha() for letter in text))
    table = Table("read", "pictures with text", "letters each", "most", title=f"{len(TEXTLESS)} pictures without text")
    for what, letters in counts.items():
        mean = f"{statistics.mean(letters):.1f}"
        table.add_row(what, str(sum(number > 0 for number in letters)), mean, str(max(letters)))
    CONSOLE.print(table)
    CONSOLE.print(f"CPU s a picture: median {statistics.median(ours):.1f}, most {max(ours):.1f}")


def main() -> None:
    """Measure captions, then pictures without any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=3)
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--corpus", type=Path, default=SHARED / "text" / "benign.jsonl")
    parser.add_argument("--photographs", type=Path, default=SHARED / "pdq" / "labelme-subset")
    arguments = parser.parse_args()
    warm()
    measure(list(captions(arguments.each, arguments.seed, arguments.corpus, arguments.photographs)))
    false_text()


if __name__ == "__main__":
    main()
