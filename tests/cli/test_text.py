"""`ischia text explain` says what was read, what matched, what is protected, and what would follow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ischia.cli.text import app

LIST = """
words: {cats: [القط]}
phrases:
  - {text: الجسر القديم, weight: 0.3, source: test, reason: test, near: [$cats], gloss: the old bridge}
"""


def explained(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["explain", *arguments, "--json"])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.output)
    return found


@pytest.fixture
def listed(tmp_path: Path) -> str:
    path = tmp_path / "list.yaml"
    path.write_text(LIST, encoding="utf-8")
    return str(path)


def test_a_list_is_matched_with_its_gloss_and_weight(listed: str) -> None:
    found = explained("القط يحرس الجـسر القديم", "--list", listed)
    assert [(one["written"], one["gloss"]) for one in found["phrases"]] == [("الجـسر القديم", "the old bridge")]
    assert (found["weight"], found["queues"]) == (0.3, True)


def test_a_protected_span_takes_the_weight_of_what_stands_in_it() -> None:
    found = explained("قال إن شاء الله", "--phrase", "شاء الله")
    assert found["phrases"]
    assert (found["weight"], found["queues"]) == (0, False)
    assert found["protected"] == [{"start": 4, "end": 15, "name": "إن شاء الله"}]
    assert found["protected_share"] == pytest.approx(0.7, abs=0.1)


def test_every_step_and_reading_is_told_in_words_for_people() -> None:
    result = CliRunner().invoke(app, ["explain", "3eed sa3eed", "--phrase", "عيد سعيد", "--known", "عيد سعيد"])
    assert result.exit_code == 0
    for word in ("compatibility", "separators", "arabizi", "weight of the phrases", "known text"):
        assert word in result.output


def test_a_wrong_list_is_refused_with_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text("phrases: [{text: x, weight: 9, source: s, reason: r}]", encoding="utf-8")
    result = CliRunner().invoke(app, ["explain", "x", "--list", str(path)])
    assert result.exit_code == 2
    assert "between 0 and 1" in result.output
