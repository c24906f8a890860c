"""`ischia ledger` on this installation, and on the copy of a data folder that somebody altered."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from typer.testing import CliRunner

from ischia.base.config import config
from ischia.base.events import EventRow
from ischia.base.ids import new_id
from ischia.cli.ledger import app
from ischia.ledger import keys, queries
from tests.ledger.build import grow

RUN = CliRunner()
in_memory = pytest.mark.django_db

BUILD = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
from tests.ledger.build import grow
grow(30, 10)
"""
VERIFY = """
import django
django.setup()
from ischia.cli.ledger import app
app(["verify", "--json"])
"""


@in_memory
def test_verify_of_a_sound_ledger_exits_with_0(database_file: None) -> None:
    grow(5, 5)
    result = RUN.invoke(app, ["verify"])
    assert (result.exit_code, result.stdout) == (
        0,
        f"10 records, 2 checkpoints of {keys.verifier().name}\nverified\n",
    )  # fmt: skip


@in_memory
def test_verify_of_an_altered_ledger_exits_with_1_and_says_where(database_file: None) -> None:
    grow(5)
    EventRow.objects.filter(position=2).delete()
    result = RUN.invoke(app, ["verify"])
    assert result.exit_code == 1
    assert "record 2: missing: the event is gone (I4)" in result.stdout
    assert "NOT verified: 2 problems" in result.stdout
    document = json.loads(RUN.invoke(app, ["verify", "--json"]).stdout)
    assert document["ok"] is False
    assert document["problems"][0] == {"invariant": "I4", "where": "record 2", "what": "missing: the event is gone"}


@in_memory
def test_verify_with_the_key_of_another_ledger_refuses_every_checkpoint(database_file: None) -> None:
    grow(5)
    other = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    result = RUN.invoke(app, ["verify", "--key", other])
    assert result.exit_code == 1
    assert "checkpoint 1: no signature of PeterNeumann" in result.stdout


@in_memory
def test_verify_against_a_checkpoint_that_was_kept(database_file: None, tmp_path: Path) -> None:
    grow(5)
    kept = tmp_path / "checkpoint.txt"
    kept.write_text(RUN.invoke(app, ["checkpoint"]).stdout)
    assert RUN.invoke(app, ["verify", "--against", str(kept)]).exit_code == 0
    assert RUN.invoke(app, ["verify", "--against", str(tmp_path / "none")]).exit_code == 2


@in_memory
def test_a_receipt_is_written_and_checked_with_the_public_key_alone(tmp_path: Path) -> None:
    grow(5)
    record, file, key_file = queries.records(limit=1)[0], tmp_path / "record.tlog-proof", tmp_path / "key"
    assert RUN.invoke(app, ["proof", str(record.id), "--out", str(file)]).exit_code == 0
    assert RUN.invoke(app, ["proof", str(record.id)]).stdout == file.read_text()
    key_file.write_text(RUN.invoke(app, ["key"]).stdout)
    checked = RUN.invoke(app, ["check-proof", str(file), "--key", str(key_file)])
    assert checked.exit_code == 0
    assert record.leaf in checked.stdout
    file.write_text(file.read_text().replace("index 4", "index 3"))
    refused = RUN.invoke(app, ["check-proof", str(file), "--key", str(key_file)])
    assert refused.exit_code == 1
    assert "is not at index 3 of the log" in refused.output


@in_memory
def test_what_is_not_there_is_said_and_not_a_traceback() -> None:
    assert RUN.invoke(app, ["proof", str(new_id())]).exit_code == 2
    assert RUN.invoke(app, ["proof", "x"]).exit_code == 2
    assert RUN.invoke(app, ["checkpoint"]).exit_code == 1
    assert RUN.invoke(app, ["verify", "--key", "a+b"]).exit_code == 2


@pytest.fixture
def database_file() -> None:
    """Make the file that `verify` looks for before it opens the database; the tests' own is another one."""
    config().data.joinpath("ischia.sqlite3").touch()


def python(code: str, data: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"ISCHIA_DATA": str(data), "DJANGO_SETTINGS_MODULE": "ischia.settings"}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.slow
@pytest.mark.skipif(connection.vendor != "sqlite", reason="a PostgreSQL database is not in the data folder")
def test_a_copied_data_folder_is_verified_and_a_single_altered_byte_in_it_found(tmp_path: Path) -> None:
    original, copy = tmp_path / "data", tmp_path / "copy"
    assert python(BUILD, original).stderr == ""
    shutil.copytree(original, copy)
    sound = python(VERIFY, copy)
    assert sound.returncode == 0, sound.stderr
    assert json.loads(sound.stdout)["ok"] is True
    with sqlite3.connect(copy / "ischia.sqlite3") as database:
        database.execute("UPDATE base_eventrow SET leaf = replace(leaf, '\"note ', '\"nota ') WHERE position = 17")
    database.close()
    altered = python(VERIFY, copy)
    assert altered.returncode == 1, altered.stderr
    assert json.loads(altered.stdout)["problems"][0]["where"] == "record 17"
    empty = python(VERIFY, tmp_path / "empty")
    assert empty.returncode == 2
    assert "there is no database at" in empty.stderr
    (copy / "keys" / "ledger.key").unlink()
    assert "there is no key at" in python(VERIFY, copy).stderr
    assert not (copy / "keys" / "ledger.key").exists()
