from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ischia.base.cage import Budget, Cage, CageBusy, Undecodable
from ischia.base.cage.works import SLOW
from tests.base.numba_cache import numba_cache

pytestmark = pytest.mark.slow

WORKS = "tests.base.cage_work"


@pytest.fixture(scope="module")
def hostile() -> Iterator[Cage]:
    budget = Budget(memory=200 * 2**20, cpu=1, wall=60.0)
    cage = Cage(cache=numba_cache(), size=1, works=WORKS, budgets={"attempt": budget}, patience=0.2)
    cage.start()
    yield cage
    cage.stop()


@pytest.fixture
def some_file(tmp_path: Path) -> Path:
    path = tmp_path / "input"
    path.write_text("the only file in the world")
    return path


def did(cage: Cage, path: Path, what: str) -> Any:
    return cage.run(path, "attempt", what=what).document["did"]


def test_the_whole_confinement_is_in_force_here_and_each_layer_is_named(hostile: Cage) -> None:
    assert hostile.report() == {
        "limits": "applied",
        "landlock": "applied",
        "seccomp": "applied",
        "namespaces": "applied",
        "threads": "one",
    }


def test_a_child_reads_the_file_that_it_was_handed(hostile: Cage, some_file: Path) -> None:
    assert did(hostile, some_file, "read_input") == "the only file in the world"


@pytest.mark.parametrize(
    "what", ["socket", "execute", "fork", "write", "overwrite_input", "delete", "trace", "kill_parent"]
)
def test_a_child_that_tries_what_no_decoder_does_is_ended(hostile: Cage, some_file: Path, what: str) -> None:
    with pytest.raises(Undecodable) as caught:
        did(hostile, some_file, what)
    assert caught.value.reason == "decoder_died"
    assert "SIGSYS" in caught.value.detail
    assert did(hostile, some_file, "read_input")


@pytest.mark.parametrize("what", ["read_elsewhere", "list_folder", "thread", "map_code", "spawn"])
def test_a_child_that_asks_for_more_than_its_file_is_refused(hostile: Cage, some_file: Path, what: str) -> None:
    with pytest.raises(Undecodable) as caught:
        did(hostile, some_file, what)
    assert caught.value.reason == "decoder_error"
    assert "PermissionError" in caught.value.detail or "can't start new thread" in caught.value.detail


def test_a_child_sees_neither_settings_nor_descriptors_nor_the_framework(hostile: Cage, some_file: Path) -> None:
    assert did(hostile, some_file, "see_secrets") == ""
    assert did(hostile, some_file, "open_descriptors") == "0 1 2 3 4"
    assert did(hostile, some_file, "modules") == "False"


def test_an_endless_loop_ends_with_its_processor_time(hostile: Cage, some_file: Path) -> None:
    with pytest.raises(Undecodable, match="processor time") as caught:
        did(hostile, some_file, "loop")
    assert caught.value.reason == "timeout"


def test_a_child_that_waits_for_ever_ends_with_its_wall_clock(some_file: Path) -> None:
    cage = Cage(cache=numba_cache(), size=1, works=WORKS, budgets={"attempt": Budget(wall=0.2)})
    try:
        with pytest.raises(Undecodable, match=r"longer than 0\.2 s") as caught:
            did(cage, some_file, "sleep")
        assert caught.value.reason == "timeout"
        assert did(cage, some_file, "read_input")
    finally:
        cage.stop()


def test_memory_above_the_budget_is_an_answer(hostile: Cage, some_file: Path) -> None:
    with pytest.raises(Undecodable) as caught:
        did(hostile, some_file, "eat_memory")
    assert caught.value.reason == "out_of_memory"


@pytest.mark.parametrize(
    ("what", "ending"), [("die", "SIGKILL"), ("crash", "SIGSEGV"), ("exit_quietly", "makes no sense")]
)
def test_a_child_that_dies_in_the_middle_is_an_answer(hostile: Cage, some_file: Path, what: str, ending: str) -> None:
    with pytest.raises(Undecodable) as caught:
        did(hostile, some_file, what)
    assert caught.value.reason in {"decoder_died", "garbled"}
    assert ending in caught.value.detail


@pytest.mark.parametrize("what", ["flood", "lie"])
def test_an_answer_that_is_none_is_garbled(hostile: Cage, some_file: Path, what: str) -> None:
    with pytest.raises(Undecodable) as caught:
        did(hostile, some_file, what)
    assert caught.value.reason == "garbled"


def test_words_from_a_child_cannot_forge_a_log_line(hostile: Cage, some_file: Path) -> None:
    with pytest.raises(Undecodable) as caught:
        did(hostile, some_file, "raise")
    assert caught.value.detail.isprintable()
    assert len(caught.value.detail) <= 200


def test_a_killed_zygote_is_started_again(hostile: Cage, some_file: Path) -> None:
    pid = hostile._slots[0].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert did(hostile, some_file, "read_input")
    assert hostile._slots[0].pid != pid


def working_child(cage: Cage) -> int:
    """Wait until the pool's only zygote has a child; returns the child's process id."""
    while True:
        pid = cage._slots[0].pid
        with contextlib.suppress(FileNotFoundError):
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            if children and cage._slots[0].layers:
                return int(children[0])
        os.sched_yield()


@contextlib.contextmanager
def sleeping_job(some_file: Path) -> Iterator[tuple[Cage, list[Undecodable], threading.Thread]]:
    cage = Cage(cache=numba_cache(), size=1, works=WORKS, budgets={"attempt": Budget()})
    cage.start()
    failures: list[Undecodable] = []

    def work() -> None:
        try:
            did(cage, some_file, "sleep")
        except Undecodable as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    yield cage, failures, thread
    thread.join(10)
    assert not thread.is_alive()
    cage.stop()


def test_a_job_whose_zygote_dies_is_tried_again_and_then_answered(some_file: Path) -> None:
    with sleeping_job(some_file) as (cage, failures, thread):
        for _ in range(2):
            child, zygote = working_child(cage), cage._slots[0].pid
            os.kill(zygote or 0, signal.SIGKILL)
            wait_for_end(child)
        thread.join(10)
        assert [error.reason for error in failures] == ["decoder_died"]
        assert did(cage, some_file, "read_input")


def test_no_child_outlives_a_stopped_pool(some_file: Path) -> None:
    with sleeping_job(some_file) as (cage, failures, _):
        child = working_child(cage)
        cage.stop()
        wait_for_end(child)
    assert [error.reason for error in failures] == ["decoder_died"]


def wait_for_end(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError), os.fdopen(os.pidfd_open(pid)) as process:
        assert select.select([process], [], [], 10)[0], "the child lives on"


def test_waiting_for_a_cage_is_bounded(hostile: Cage, some_file: Path) -> None:
    with hostile._slot(), pytest.raises(CageBusy, match="ISCHIA_CAGES"):
        did(hostile, some_file, "read_input")


def test_slow_works_leave_one_cage_to_the_others(some_file: Path) -> None:
    budgets = {"attempt": Budget(), "slow": Budget(wall=SLOW)}
    cage = Cage(cache=numba_cache(), size=2, works=WORKS, budgets=budgets, patience=0.2)
    try:
        with cage._lane(budgets["slow"]), pytest.raises(CageBusy, match="ISCHIA_CAGES"):
            cage.run(some_file, "slow", what="read_input")
        with cage._lane(budgets["slow"]):
            assert did(cage, some_file, "read_input")
        assert cage.run(some_file, "slow", what="read_input").document["did"]
    finally:
        cage.stop()


def test_a_missing_file_is_an_error_of_the_caller(hostile: Cage, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        did(hostile, tmp_path / "absent", "read_input")
    assert hostile.alive() == 1
