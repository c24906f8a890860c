"""`ischia text train` makes a genre model of labelled texts with one command, or says what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ischia.base.config import config
from ischia.base.events import Actor
from ischia.cli.text import app
from ischia.content.models import Item, PartContent, Revision, Surface
from ischia.core.text.genre import load, shipped
from ischia.screening import verbs
from ischia.screening.errors import NoTextError
from ischia.screening.genres import model
from ischia.screening.queries import reads_like_reporting, told_texts
from tests.core.test_text_genre import rows

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CHANT = "come on, number xy! louder, louder! sing with us, dance with us!"
REPORT = (
    "the council said that the work on the bridge number xyz would be finished in the spring of the year, and "
    "the council said that the work on the tunnel would be finished in the summer of the year"
)


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


def test_something_to_learn_from_must_be_named() -> None:
    result = CliRunner().invoke(app, ["train"])
    assert result.exit_code == 2
    assert "--decisions" in result.output


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder of this test alone."""
    monkeypatch.setenv("ISCHIA_DATA", str(tmp_path))
    config.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    config.cache_clear()


def post(text: str, number: int) -> PartContent:
    surface, _ = Surface.objects.get_or_create(
        name="posts", defaults={"audience": "public", "when_silent": "publish", "created_at": NOW}
    )
    item = Item.objects.create(surface=surface, external_id=str(number), first_seen_at=NOW)
    revision = Revision.objects.create(item=item, number=1, digest="", parts=[], created_at=NOW)
    return PartContent.objects.create(
        revision=revision, part="body", media_type="text/plain", text=text, expires_at=NOW
    )


def tell(content: PartContent, genre: str, days: int = 0) -> None:
    verbs.tell_genre(content=content.pk, genre=genre, actor=Actor("person", "1"), now=NOW + timedelta(days=days))


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, arguments)


@pytest.mark.django_db
def test_what_reviewers_said_becomes_the_model_that_screening_uses_once_it_is_accepted(folder: Path) -> None:
    assert not reads_like_reporting(CHANT)
    assert model() is shipped()
    for number, row in enumerate(rows()):
        # They call chants reporting here, so that only a model that learned from them does.
        tell(post(row.text, number), {"reporting": "personal", "slogan": "reporting"}[row.genre])
    result = run("train", "--decisions")
    assert result.exit_code == 0, result.output
    assert "Held out" in result.output
    assert "Nothing uses it yet" in result.output
    assert model() is shipped()
    assert run("accept").exit_code == 0
    assert model().genres == ("personal", "reporting")
    shares = json.loads(run("explain", CHANT, "--json").output)["genre"]["shares"]
    assert shares["reporting"] > 0.9
    assert model().scores(CHANT).genre == "reporting"
    assert reads_like_reporting(CHANT * 3) is False  # A model that knows no slogans lets nothing wait.


@pytest.mark.django_db
def test_a_second_model_takes_the_place_of_the_first_and_can_be_taken_back(folder: Path) -> None:
    source = folder / "rows.jsonl"
    source.write_text("".join(json.dumps({"text": row.text, "genre": row.genre}) + "\n" for row in rows()))
    run("train", "--from", str(source))
    run("accept")
    assert model().scores(REPORT).genre == "reporting"
    assert reads_like_reporting(REPORT)
    turned = {"reporting": "slogan", "slogan": "reporting"}
    source.write_text("".join(json.dumps({"text": row.text, "genre": turned[row.genre]}) + "\n" for row in rows()))
    told = json.loads(run("train", "--from", str(source), "--json").output)
    assert all(cell["right"] == 0 for cell in told["in_use"])
    assert all(cell["right"] == cell["texts"] for cell in told["held_out"])
    run("accept")
    assert not reads_like_reporting(REPORT)
    assert "before is in use" in run("accept", "--back").output
    assert reads_like_reporting(REPORT)
    assert "came along" in run("accept", "--back").output
    assert model() is shipped()


@pytest.mark.django_db
def test_too_few_decisions_say_so_and_change_nothing(folder: Path) -> None:
    for number in range(4):
        tell(post(f"{CHANT} {number}", number), "slogan")
    Item.objects.filter(external_id="3").update(gone_at=NOW)
    result = run("train", "--decisions")
    assert result.exit_code == 1
    assert "need two genres with 10 texts each" in result.output
    assert "3 slogan, and 1 whose text is kept no longer" in result.output
    assert list((folder / "models").glob("*")) == []
    assert run("accept").exit_code == 1


@pytest.mark.django_db
def test_what_was_said_last_counts_and_only_since_the_day_that_is_asked_for() -> None:
    first, second = post("first text", 1), post("second text", 2)
    tell(first, "slogan")
    tell(second, "legal", days=2)
    tell(first, "reporting", days=3)
    assert {one.text: one.genre for one in told_texts().texts} == {"first text": "reporting", "second text": "legal"}
    assert len(told_texts(since=NOW + timedelta(days=3)).texts) == 1
    Item.objects.filter(external_id="2").update(revision_number=2)
    assert (len(told_texts().texts), told_texts().gone) == (1, 1)


@pytest.mark.django_db
def test_only_a_genre_that_there_is_can_be_told_of_a_text_that_is_kept() -> None:
    content = post("a text", 1)
    with pytest.raises(ValueError, match="there are legal"):
        tell(content, "terrorist")
    PartContent.objects.update(text="")
    with pytest.raises(NoTextError):
        tell(content, "slogan")


def test_a_damaged_model_is_not_accepted_and_one_in_use_gives_way_to_the_one_that_comes_along(folder: Path) -> None:
    (config().folder("models") / "genre.candidate.npz").write_bytes(b"damaged")
    result = run("accept")
    assert result.exit_code == 1
    assert "no genre model" in result.output
    (config().folder("models") / "genre.npz").write_bytes(b"damaged")
    assert model() is shipped()
