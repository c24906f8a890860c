"""What the README tells a newcomer to type works, in its order, against a running Ischia."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import ROOT

README = (ROOT / "README.md").read_text()
STEPS = re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PROGRAMS = Path(sys.executable).parent


def test_every_target_that_the_papers_name_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for paper in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md", "docs/operate/settings.md"):
        named = set(re.findall(r"(?:`|^)make ([a-z]+)", (ROOT / paper).read_text(), re.MULTILINE))
        assert named <= targets, paper


def test_every_command_that_the_papers_name_exists() -> None:
    """Each `ischia a b` in the papers is asked for its help."""
    import typer

    from ischia.cli import build

    group = typer.main.get_command(build())
    papers = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    unknown = set()
    for paper in papers:
        for line in re.findall(
            r"`(?:\.venv/bin/)?ischia ([a-z][^`\n]*)`|^(?:\.venv/bin/)?ischia (.+)$", paper.read_text(), re.MULTILINE
        ):
            command = group
            for word in re.split(r"\s+", next(filter(None, line))):
                if not hasattr(command, "commands") or not re.fullmatch(r"[a-z][a-z-]*", word):
                    break
                command = command.commands.get(word)
                if command is None:
                    unknown.add(f"{paper.name}: ischia {next(filter(None, line))}")
                    break
    assert not unknown


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"ISCHIA_DATA": str(tmp_path / "data"), "ISCHIA_PORT": str(port), "ISCHIA_DATABASE": ""}
    environment = {**os.environ, **settings}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    log = (tmp_path / "log").open("wb")
    server = subprocess.Popen([PROGRAMS / "ischia", "serve"], cwd=tmp_path, env=environment, stdout=log, stderr=log)
    base = f"http://localhost:{port}"
    try:
        _wait_until_ready(base, server, tmp_path / "log")
        yield base, environment
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


def _wait_until_ready(base: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{base}/readyz", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(timeout=0.2)
                pytest.fail(f"it ended:\n{log.read_text()}")
    pytest.fail(f"not ready within 90 s:\n{log.read_text()}")


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_the_first_steps_lead_to_a_removal_that_the_ledger_proves(served: tuple[str, dict[str, str]]) -> None:
    assert len(STEPS) >= 5
    assert shutil.which("curl"), "curl is needed, as the README's reader needs it"
    base, environment = served
    script = "\n".join(["set -euo pipefail", *STEPS])
    script = script.replace("http://localhost:8000", base).replace(".venv/bin/", f"{PROGRAMS}/")
    done = subprocess.run(
        ["bash", "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r'"verdict": ?"remove"', done.stdout), done.stdout
