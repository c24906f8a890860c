"""`ischia demo`, as `make run` starts it: the table, the link, `ready`, a sound installation, and a second run."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.cli.test_serve import environment

pytestmark = pytest.mark.slow


def run_until_ready(settings: dict[str, str], *arguments: str) -> tuple[subprocess.Popen[str], str]:
    """Start the demo and read until it says that it is ready; a demo that ends instead fails the test."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ischia", "demo", *arguments],
        env=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("ready "):
            return process, said
    pytest.fail(f"the demo ended with {process.wait()}: {said}")


def stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    assert process.stdout
    process.stdout.read()
    process.stdout.close()
    assert process.wait(20) == 0


def ischia(settings: dict[str, str], *arguments: str) -> int:
    command = [sys.executable, "-m", "ischia", *arguments]
    return subprocess.run(command, env=settings, check=False, timeout=60, stdout=subprocess.DEVNULL).returncode


def rows(said: str, word: str) -> int:
    return sum(1 for line in said.splitlines() if word in line and "│" in line)


@pytest.mark.timeout(240)
def test_the_demo_does_its_job_and_a_second_run_resumes(tmp_path: Path) -> None:
    settings = environment(tmp_path)
    base = f"http://localhost:{settings['ISCHIA_PORT']}"
    process, said = run_until_ready(settings)
    try:
        assert rows(said, "■ remove") == 30, said
        assert rows(said, "◆ queue") >= 8, said
        assert "not yet" not in said, "every removal was acknowledged"
        assert re.search(rf"Sign in once with {base}/accounts/link/\S+", said)
        with urllib.request.urlopen(f"{base}/readyz", timeout=10) as answer:
            assert answer.status == 200
        assert ischia(settings, "fsck") == 0
        assert ischia(settings, "ledger", "verify") == 0
    finally:
        stop(process)
    process, again = run_until_ready(settings)
    stop(process)
    assert rows(again, "■ remove") == 30
    assert rows(again, "before") == 30, "what was acknowledged in the first run is not done twice"
    assert (tmp_path / "ischia.sqlite3").exists()


@pytest.mark.timeout(120)
def test_an_empty_start_has_the_surface_posts_and_nothing_else(tmp_path: Path) -> None:
    settings = environment(tmp_path)
    process, said = run_until_ready(settings, "--empty")
    stop(process)
    assert "┃" not in said
    assert ischia(settings, "screen", str(__file__), "--surface", "posts") == 0
