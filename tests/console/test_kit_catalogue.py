"""The Arabic catalogue: complete, compiled, and with the plurals and placeholders that it needs."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[2] / "src" / "ischia"
SOURCE = ROOT / "locale" / "ar" / "LC_MESSAGES" / "django.po"
CALLS = re.compile(r"""(?<![\w.])(?:gettext_lazy|gettext_noop|gettext|_)\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)""")
TAGS = re.compile(r"""{%\s*translate\s+(?:"([^"]*)"|'([^']*)')""")


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(SOURCE))


def test_nothing_is_missing_fuzzy_or_left_over(catalogue: polib.POFile) -> None:
    assert [entry.msgid for entry in catalogue if not entry.translated()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []
    assert [entry.msgid for entry in catalogue.obsolete_entries()] == []


def test_the_compiled_file_says_the_same(catalogue: polib.POFile) -> None:
    compiled = polib.mofile(str(SOURCE.with_suffix(".mo")))

    def meaning(entries: polib.POFile | polib.MOFile) -> dict[tuple[str, str], object]:
        return {(entry.msgctxt or "", entry.msgid): entry.msgstr_plural or entry.msgstr for entry in entries}

    assert meaning(compiled) == meaning(catalogue)


def test_every_plural_has_the_six_arabic_forms(catalogue: polib.POFile) -> None:
    assert catalogue.metadata["Plural-Forms"].startswith("nplurals=6;")
    for entry in catalogue:
        if entry.msgid_plural:
            assert sorted(entry.msgstr_plural) == [0, 1, 2, 3, 4, 5], entry.msgid
            assert all(entry.msgstr_plural.values()), entry.msgid


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)", text))


def test_no_translation_invents_or_loses_a_placeholder(catalogue: polib.POFile) -> None:
    for entry in catalogue:
        wanted = _placeholders(entry.msgid) | _placeholders(entry.msgid_plural or "")
        for form, text in (entry.msgstr_plural or {6: entry.msgstr}).items():
            assert _placeholders(text) <= wanted, text
            if form > 2:  # Zero, one and two are said by the noun's form.
                assert _placeholders(text) == wanted, text


def test_every_phrase_of_the_sources_is_in_the_catalogue(catalogue: polib.POFile) -> None:
    known = {entry.msgid for entry in catalogue}
    for path in [*(ROOT / "console").rglob("*.py"), *(ROOT / "console").rglob("*.html"), ROOT / "settings.py"]:
        text = path.read_text(encoding="utf-8")
        phrases = ["".join(first or second) for first, second in TAGS.findall(text)]
        phrases += ["".join(re.findall(r'"((?:[^"\\]|\\.)*)"', found)) for found in CALLS.findall(text)]
        assert [phrase for phrase in phrases if phrase not in known] == [], path.name
