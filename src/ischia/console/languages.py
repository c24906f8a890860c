"""Languages and scripts in the viewer's words, from tags such as `ar-Arab`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

SCRIPTS: Mapping[str, object] = MappingProxyType(
    {
        "Arab": _lazy("Arabic script"),
        "Armn": _lazy("Armenian script"),
        "Cyrl": _lazy("Cyrillic script"),
        "Deva": _lazy("Devanagari script"),
        "Grek": _lazy("Greek script"),
        "Hani": _lazy("Chinese script"),
        "Hebr": _lazy("Hebrew script"),
        "Latn": _lazy("Latin script"),
    }
)
# What Django has no name for, or none in Arabic.
_OWN: Mapping[str, object] = MappingProxyType(
    {
        "am": _lazy("Amharic"),
        "ckb": _lazy("Kurdish (Sorani)"),
        "ps": _lazy("Pashto"),
        "sd": _lazy("Sindhi"),
        "zh": _lazy("Chinese"),
    }
)


def in_words(tags: Iterable[str]) -> str:
    """Languages with their scripts, as a list: “Arabic, Arabic script · English, Latin script”."""
    return " · ".join(_one(tag) for tag in tags)


def of_part(part: Mapping[str, Any]) -> str:
    """The languages of all texts of a part, as its summary tells them, each once."""
    return in_words(dict.fromkeys(tag for text in part.get("texts", ()) for tag in text["languages"]))


def _one(tag: str) -> str:
    language, _dash, script = tag.partition("-")
    return _("%(language)s, %(script)s") % {"language": _language(language), "script": SCRIPTS.get(script, script)}


def _language(code: str) -> str:
    if code == "und":
        return _("language unknown")
    if code in _OWN:
        return str(_OWN[code])
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code
