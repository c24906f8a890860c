"""What must not stand in any file of the repository."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT, SOURCE, name, texts

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
# Addresses that the product names without asking them anything: specifications, licences, names of namespaces.
NAMED_ONLY = {
    "c2sp.org", "cel.dev", "github.com", "picocss.com", "scripts.sil.org", "www.apache.org", "www.standardwebhooks.com",
    "www.w3.org", "keepachangelog.com",
}  # fmt: skip
RESERVED = re.compile(
    r"(localhost|127\.0\.0\.1|host|user|example\.(com|org|net)|[a-z0-9.-]+\.(example|test|invalid|example\.(com|org|net)))\Z"
)
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_holds_hashes_and_no_addresses(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert not re.search(r"^\s*--(index|extra-index|find-links|trusted)", text, re.MULTILINE)
    pins = PIN.findall(text)
    assert pins
    assert text.count("--hash=sha256:") >= len(pins)


def test_what_runs_is_what_was_tested() -> None:
    tested = dict(PIN.findall((ROOT / "requirements/dev.lock").read_text()))
    runs = dict(PIN.findall((ROOT / "requirements/run.lock").read_text()))
    assert {
        package: (version, tested.get(package)) for package, version in runs.items() if tested.get(package) != version
    } == {}


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    paths = {str(path) for path in (ROOT, ROOT.parent, Path(sys.base_prefix)) if len(path.parts) > 2}
    homes = re.compile(r"(?<![\w.])/(home|Users|root/)[/\w.-]*\w")
    found = {
        f"{name(file)}: {path}"
        for file, text in texts().items()
        for path in [*(path for path in paths if f"{path}/" in text), *(match[0] for match in homes.finditer(text))]
    }
    assert not found


def test_the_product_names_no_host_but_those_of_specifications() -> None:
    strangers = {
        f"{name(file)}: {host}"
        for file, text in texts().items()
        if file.is_relative_to(SOURCE) or file.is_relative_to(ROOT / "docs") or file.suffix == ".md"
        for host in re.findall(r"(?:https?:|(?<=[\"'(=]))//([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)", text)
        if host not in NAMED_ONLY and not RESERVED.match(host)
    }
    assert not strangers


def test_templates_and_styles_load_nothing_from_elsewhere() -> None:
    loads = re.compile(
        r"""(?:src|href|action|srcset|data)\s*=\s*["']?(?:https?:)?//|url\(\s*["']?(?:https?:)?//|@import\s+["'](?:https?:)?//"""
    )
    found = {
        f"{name(file)}: {match[0]}"
        for file, text in texts().items()
        if file.is_relative_to(SOURCE) and file.suffix in {".html", ".css", ".js", ".svg", ".txt"}
        for match in loads.finditer(text)
        if file.suffix in {".html", ".css", ".js", ".svg"}
    }
    assert not found
