"""The command line on a data folder of its own, each command in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.base.numba_cache import numba_cache
from tests.journeys.conftest import LONG_TEXT

pytestmark = pytest.mark.slow


class Operator:
    """Runs `ischia` on one data folder."""

    def __init__(self, folder: Path, *, files: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ISCHIA_", "DJANGO_"))}
        own = {"ISCHIA_DATA": str(folder), "ISCHIA_LOG_LEVEL": "error", "NUMBA_CACHE_DIR": str(numba_cache())}
        self._written, self._complained = files / "stdout", files / "stderr"
        self._commands = subprocess.Popen(
            [sys.executable, "-m", "tests.cli.forked"],
            env=kept | own,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str | Path, expect: int = 0) -> str:
        assert self._commands.stdin
        assert self._commands.stdout
        command = [[*map(str, arguments)], str(self._written), str(self._complained)]
        self._commands.stdin.write(json.dumps(command) + "\n")
        self._commands.stdin.flush()
        code = int(self._commands.stdout.readline())
        written, complained = self._written.read_text(), self._complained.read_text()
        assert code == expect, f"{arguments}: {written}\n{complained}"
        return written + (complained if expect else "")

    def json(self, *arguments: str | Path, expect: int = 0) -> object:
        return json.loads(self.run(*arguments, "--json", expect=expect))

    def end(self) -> None:
        self._commands.communicate(timeout=30)


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    with installed(tmp_path_factory.mktemp("operator")) as operator:
        yield operator


@contextmanager
def installed(folder: Path) -> Iterator[Operator]:
    data = folder / "data"
    data.mkdir(mode=0o700)
    operator = Operator(data, files=folder)
    try:
        operator.run("prepare")
        yield operator
    finally:
        operator.end()


def test_an_operator_fills_a_bank_screens_a_folder_and_hunts(operator: Operator, tmp_path: Path) -> None:
    bank = operator.json("bank", "create", "known", "--purpose", "stand-ins", "--acting")
    assert isinstance(bank, dict)
    assert (bank["name"], bank["acting"]) == ("known", True)
    known, other = tmp_path / "known.txt", tmp_path / "other.txt"
    known.write_text(LONG_TEXT)
    other.write_text("nothing to see")
    add = ("bank", "add", "known", "--label", "a text", "--source", "me", "--context", "any", "--text", LONG_TEXT)
    entry = operator.json(*add)
    assert isinstance(entry, dict)
    assert entry["status"] == "active"
    rows = [json.loads(line) for line in operator.run("screen", tmp_path, "--json").splitlines()]
    assert {Path(row["path"]).name: row["verdict"] for row in rows} == {"known.txt": "remove", "other.txt": "allow"}
    hunt = operator.json("hunt", "--entry", entry["id"])
    assert isinstance(hunt, dict)
    assert (hunt["searched"], hunt["found"]) == (0, 0), "without --surface nothing was stored"
    retired = operator.json("bank", "retire", "known", entry["id"])
    assert isinstance(retired, dict)
    assert retired["status"] == "retired"
    refused = operator.run("hunt", "--entry", entry["id"], expect=2)
    assert "no entry" in refused


def test_screening_into_a_surface_stores_items(operator: Operator, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("a note")
    refused = operator.run("screen", tmp_path, "--surface", "nowhere", expect=2)
    assert "there is no surface 'nowhere'" in refused
    assert "Traceback" not in refused
    made = operator.json("surface", "create", "notes")
    assert made == {"name": "notes", "audience": "public", "when_silent": "publish", "screened": True}
    operator.run("screen", tmp_path, "--surface", "notes")
    assert "stands already" in operator.run("surface", "create", "notes", "--audience", "private", expect=2)
    assert "letters, digits" in operator.run("surface", "create", "a/b", expect=2)
    assert "never looked at" in operator.run("surface", "create", "letters", "--audience", "private")
    assert "private" in operator.run("screen", tmp_path, "--surface", "letters", expect=2)
    listed = operator.run("surface", "list").splitlines()
    assert [line.split()[0] for line in listed] == ["letters", "notes"]


def test_a_fresh_installation_is_sound_and_says_what_it_lacks(tmp_path: Path) -> None:
    with installed(tmp_path) as operator:
        assert operator.json("fsck") == []
        findings = operator.json("check")
        assert isinstance(findings, list)
        said = " ".join(finding["what"] for finding in findings)
        for lack in ("nobody can sign in", "no surface", "no webhook", "no worker"):
            assert lack in said
        assert not [finding for finding in findings if finding["level"] == "error"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("bank", "add", "nowhere", "--label", "l", "--source", "s", "--text", "words"), "nowhere"),
        (("bank", "add", "known", "--label", "l"), "--source"),
        (("bank", "entries", "nowhere"), "nowhere"),
        (("key", "create", "--name", "n", "--scope", "everything"), "valid scopes"),
        (("screen", "/no/such/file"), "does not exist"),
    ],
)
def test_a_mistake_is_explained_and_exits_with_2(operator: Operator, arguments: tuple[str, ...], says: str) -> None:
    assert says in operator.run(*arguments, expect=2).replace("\n", " ")
