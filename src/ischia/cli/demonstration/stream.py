"""What the pretended platform knows and what its users upload, in the order in which it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ischia.cli.demonstration import pictures, texts

BANK: Final = "demo-known"
SURFACE: Final = "posts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One document for the API, with the file that goes along."""

    name: str
    document: dict[str, Any]
    file: bytes | None = None


def entries() -> Iterator[Upload]:
    """Known content: photographs and texts that stand in for propaganda."""
    for name in pictures.KNOWN:
        document = {"label": f"photograph: {name}", "source": "demo", "context": "any"}
        yield Upload(name=document["label"], document=document, file=pictures.as_jpeg(pictures.photograph(name)))
    for name, text in texts.KNOWN.items():
        document = {"label": f"text: {name}", "source": "demo", "context": "any", "text": text}
        yield Upload(name=document["label"], document=document)


def submissions(published_at: str) -> Iterator[Upload]:
    """Re-uploads of the known content, and things that nobody minds."""
    for name in pictures.KNOWN:
        image = pictures.photograph(name)
        for edit, make in pictures.EDITS.items():
            yield _picture(f"{name}, {edit}", make(image), published_at)
    for name in pictures.UNRELATED:
        yield _picture(f"{name}, unrelated", pictures.as_jpeg(pictures.photograph(name)), published_at)
    arabic, english = texts.ARABIC_LIGHTHOUSE, texts.ENGLISH_HARBOUR
    for name, text, language in (
        ("lighthouse, same text", arabic, "ar"),
        ("lighthouse, stretched", texts.stretched(arabic), "ar"),
        ("lighthouse, respelled", texts.respelled(arabic), "ar"),
        ("lighthouse, quoted", texts.quoted(arabic), "ar"),
        ("harbour, same text", english, "en"),
        ("harbour, shouted", texts.shouted(english), "en"),
        ("bakery, unrelated", texts.ENGLISH_BREAD, "en"),
        ("fish market, unrelated", texts.ARABIC_MARKET, "ar"),
    ):
        part = {"id": "body", "type": "text", "text": text}
        yield Upload(name=name, document=_document(name, part, published_at) | {"language": language})


def _picture(name: str, content: bytes, published_at: str) -> Upload:
    part = {"id": "picture", "type": "image", "file": "picture"}
    return Upload(name=name, document=_document(name, part, published_at), file=content)


def _document(name: str, part: dict[str, str], published_at: str) -> dict[str, Any]:
    identifier = name.replace(", ", "/").replace(" ", "-")
    return {
        "surface": SURFACE,
        "id": f"demo/{identifier}",
        "author": f"demo-author-{sum(identifier.encode()) % 7}",
        "published_at": published_at,
        "views": 0,
        "parts": [part],
    }
