"""What the command line says of banks and hunts: what was done, what was not and why, and what to type next."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ischia.base import clock
from ischia.base.people.verbs import create_person
from ischia.cli import build
from ischia.screening import hunts, verbs
from tests.journeys.conftest import LONG_TEXT, SYSTEM, Platform
from tests.journeys.work import run_jobs


def ischia(*arguments: object, expect: int = 0) -> str:
    """Run a command in this process; returns everything it printed, on one line."""
    return " ".join(printed(*arguments, expect=expect).split())


def printed(*arguments: object, expect: int = 0) -> str:
    """As `ischia`, the lines as they are but for the frames of tables."""
    outcome = CliRunner().invoke(build(), [str(each) for each in arguments], terminal_width=200)
    assert outcome.exit_code == expect, outcome.output
    return outcome.output.replace("│", " ")


@pytest.fixture
def entry(platform: Platform) -> str:
    return str(platform.add_text(LONG_TEXT).json()["id"])


def test_releasing_what_is_not_held_back_says_that_nothing_changed(entry: str) -> None:
    assert "note: nothing changed: nothing holds the entry back" in ischia("bank", "release", "known", entry)


def test_holding_back_says_what_that_means_and_twice_that_nothing_changed(entry: str) -> None:
    first = ischia("bank", "hold-back", "known", entry)
    assert "note: the entry is held back (by_person), so it is for review only" in first
    assert "nothing changed" not in first
    assert "note: nothing changed: the entry is held back" in ischia("bank", "hold-back", "known", entry)
    released = ischia("bank", "release", "known", entry)
    assert "note" not in released
    assert "active" in released


def test_a_retired_entry_is_retired_whatever_is_asked_of_it(entry: str) -> None:
    assert "note" not in ischia("bank", "retire", "known", entry)
    for command in ("retire", "hold-back", "release"):
        assert "nothing changed: the entry is retired" in ischia("bank", command, "known", entry)


def test_an_entry_that_waits_for_sources_says_how_many(platform: Platform) -> None:
    ischia("bank", "create", "careful", "--purpose", "two people each", "--acting", "--sources-required", 2)
    added = json.loads(ischia("bank", "add", "careful", "--label", "l", "--source", "a", "--text", LONG_TEXT, "--json"))
    waits = "it is for review only until 2 sources vouch for it, 1 so far"
    assert waits in ischia("bank", "release", "careful", added["id"])
    assert "nothing changed" in ischia("bank", "vouch", "careful", added["id"], "--source", "a")
    vouched = ischia("bank", "vouch", "careful", added["id"], "--source", "b")
    assert "active" in vouched
    assert "note" not in vouched


def test_restoring_says_how_many_decisions_ended_and_then_that_nothing_is_left(platform: Platform, entry: str) -> None:
    platform.screen_text("1", LONG_TEXT)
    assert "1 decision ended, and the platform is asked to restore; the entry is held back" in ischia(
        "bank", "restore", "known", entry
    )
    again = ischia("bank", "restore", "known", entry)
    assert "nothing to put back" in again
    assert again.endswith("(as before)")


@pytest.mark.parametrize(
    ("arguments", "option", "says"),
    [
        (("--url", "notaurl"), "--url", "a site as example.com"),
        (("--url", "bit.ly"), "--url", "leads everywhere"),
        (("--signal", "pdq:zz"), "--signal", "need 64 hexadecimal digits"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said_of_its_option(
    platform: Platform, arguments: tuple[str, str], option: str, says: str
) -> None:
    said = ischia("bank", "add", "known", "--label", "l", "--source", "s", *arguments, expect=2)
    assert f"Invalid value for {option}: " in said
    assert says in said


def test_a_damaged_file_is_named(platform: Platform, tmp_path: Path) -> None:
    damaged = tmp_path / "cut.png"
    damaged.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    said = ischia("bank", "add", "known", damaged, "--label", "l", "--source", "s", expect=2)
    assert "cut.png" in said.replace(" ", "")  # A long path is folded in the middle of a word.


def hunted(platform: Platform) -> hunts.HuntView:
    """Three posts and then the entry that finds them."""
    for number in range(3):
        platform.screen_text(str(number), LONG_TEXT)
    platform.add_text(LONG_TEXT)
    run_jobs()
    ((_, view),) = hunts.recent()
    return view


def test_a_hunt_says_what_policy_would_do_and_how_to_have_it_done(platform: Platform) -> None:
    view = hunted(platform)
    said = ischia("hunt", "--entry", view.entry)
    assert "3 items found, in the cases list; policy would remove 3: ischia hunt --accept" in said


def test_an_accepted_preview_says_what_is_done_and_later_what_was(platform: Platform) -> None:
    view = hunted(platform)
    assert ischia("hunt", "--accept", view.id) == f"hunt {view.id}: preview accepted; the worker does it now: remove 3"
    run_jobs()
    again = ischia("hunt", "--accept", view.id)
    assert "the preview was accepted before, and the first answer stands; 3 of 3 done" in again
    assert "would" not in again


def test_a_refused_preview_says_that_all_stays_as_it_is(platform: Platform) -> None:
    view = hunted(platform)
    assert "preview refused; all 3 items stay as they are" in ischia("hunt", "--refuse", view.id)
    assert "was refused before, and the first answer stands" in ischia("hunt", "--accept", view.id)


def test_a_hunt_that_found_nothing_says_so_and_no_more(platform: Platform, entry: str) -> None:
    run_jobs()
    assert ischia("hunt", "--entry", entry).endswith(": 0 fingerprints searched, 0 items found")


def test_a_preview_that_only_asks_for_people_has_nothing_to_carry_out(platform: Platform) -> None:
    platform.screen_text("1", LONG_TEXT)
    platform.add_text(LONG_TEXT, context="dependent")
    run_jobs()
    ((_, view),) = hunts.recent()
    assert "policy would queue 1" in ischia("hunt", "--resume", view.id)
    assert "there was nothing to do, as policy only asks for a person" in ischia("hunt", "--accept", view.id)


def test_a_hunt_for_a_file_waits_for_a_second_person_and_says_nothing_else(platform: Platform, tmp_path: Path) -> None:
    for name in ("ann", "bob"):
        create_person(email=f"{name}@example.org", roles=("lead",), name=name, actor=SYSTEM, now=clock.now())
    file = tmp_path / "asked.bin"
    file.write_bytes(b"what somebody asks about")
    asked: dict[str, Any] = {"--file": file, "--reason": "an enquiry", "--by": "ann@example.org"}
    said = ischia("hunt", *(part for pair in asked.items() for part in pair))
    ((_, view),) = hunts.recent()
    assert said == (
        f"hunt {view.id}: waits for a second person, who starts it with: ischia hunt --approve {view.id} --by ADDRESS"
    )
    done = ischia("hunt", "--approve", view.id, "--by", "bob@example.org")
    assert done.endswith("0 items found")
    assert verbs.continue_hunt(hunt=view.id, now=clock.now()).state == "done"


def test_a_screened_file_shows_the_whole_id_of_what_it_matched_and_the_plainest_evidence_first(
    platform: Platform, picture: Callable[..., bytes], tmp_path: Path
) -> None:
    entry = platform.add_picture(picture(3)).json()["id"]
    (tmp_path / "same.jpg").write_bytes(picture(3))
    (tmp_path / "smaller.jpg").write_bytes(picture(3, quality=55, size=(300, 225)))
    (tmp_path / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    rows = {Path(row.split()[0]).name: row.strip() for row in printed("screen", tmp_path).splitlines() if "/" in row}
    assert re.search(r"remove +known +exact +sha256$", rows["same.jpg"])
    assert re.search(r"remove +known +near +pdq +[0-9]+ of 31$", rows["smaller.jpg"])
    assert "not decoded: " in rows["cut.png"]
    assert entry in printed("screen", tmp_path / "same.jpg")
