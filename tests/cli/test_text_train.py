"""`ischia text train` makes a genre model of labelled texts with one command, or says what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ischia.cli.text import app
from ischia.core.text.genre import load
from tests.core.test_text_genre import rows


def test_decisions_become_a_model(tmp_path: Path) -> None:
    source, out = tmp_path / "decisions.jsonl", tmp_path / "model.npz"
    source.write_text("".join(json.dumps({"text": row.text, "genre": row.genre}) + "\n" for row in rows()))
    result = CliRunner().invoke(app, ["train", "--from", str(source), "--out", str(out), "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert told["genres"] == ["reporting", "slogan"]
    assert all(cell["right"] == cell["texts"] for cell in told["held_out"])
    assert load(out).scores("come on, number xy! louder, louder! sing with us, dance with us!").genre == "slogan"
    plain = CliRunner().invoke(app, ["train", "--from", str(source), "--out", str(out)])
    assert "Held out" in plain.output
    assert "Calibration" in plain.output


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "need two genres"),
        ("[]", "line 1 of"),
        ("{", "line 1 of"),
        ('{"text": "a"}', "line 1 of"),
        ("\0", "line 1 of"),
    ],
)
def test_material_that_is_none_is_refused_and_no_model_is_written(tmp_path: Path, content: str, message: str) -> None:
    source, out = tmp_path / "decisions.jsonl", tmp_path / "model.npz"
    source.write_text(content)
    result = CliRunner().invoke(app, ["train", "--from", str(source), "--out", str(out)])
    assert result.exit_code == 2
    assert message in " ".join(result.output.replace("│", " ").split())
    assert not out.exists()
