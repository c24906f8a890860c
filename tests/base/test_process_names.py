"""A process is known to be gone only where that is certain."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ischia.base import processes

pytestmark = pytest.mark.skipif(not Path("/proc/self/ns/pid").is_symlink(), reason="names come from Linux's /proc")

NAMES_ITSELF = "from ischia.base import processes; print(processes.name(), flush=True); input()"


def test_a_process_lives_until_it_ends_and_its_number_may_be_another_ones_then() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", NAMES_ITSELF], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    name = child.stdout.readline().strip()
    assert name.partition(" ")[0].endswith(f":{child.pid}")
    assert not processes.is_gone(name)
    child.communicate("\n")
    assert processes.is_gone(name)
    assert not processes.is_gone(processes.name())
    own, _, _ = processes.name().partition(" ")
    assert processes.is_gone(f"{own} 1"), "the same number, given away again"


def test_nothing_is_known_of_another_machine_or_of_a_process_without_a_name() -> None:
    assert not processes.is_gone("")
    assert not processes.is_gone("another-boot:pid:[1]:1 99")
