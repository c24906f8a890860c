"""The docs say what the code does, and their links lead somewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from tools import docs

from ischia import wiring
from ischia.base.jobs import registry
from tests.house.tree import ROOT, SOURCE, modules, name, texts

PAGES = sorted(path for path in texts() if path.suffix == ".md")
ERRORS = ROOT / "docs/api/errors.md"


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", list(docs.expected()), ids=name)
def test_what_a_page_repeats_from_the_code_is_what_the_code_says(page: Path) -> None:
    assert page.exists(), "run: .venv/bin/python tools/docs.py"
    assert page.read_text() == docs.expected()[page], "run: .venv/bin/python tools/docs.py"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", texts()[page], flags=re.DOTALL)
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text())):
            dead.append(target)
    assert not dead


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs/README.md").read_text()
    missing = [
        name(page)
        for page in PAGES
        if page.is_relative_to(ROOT / "docs")
        and page != ROOT / "docs/README.md"
        and f"({page.relative_to(ROOT / 'docs')})" not in index
    ]
    assert not missing


def test_the_page_about_errors_explains_every_status_that_the_doors_answer() -> None:
    explained = {int(status) for status in re.findall(r"^\| (\d{3}) \|", ERRORS.read_text(), re.MULTILINE)}
    answered = {
        node.args[0].value
        for path, module in modules().items()
        if path.relative_to(SOURCE).parts[0] in {"api", "front"}
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in {"ProblemError", "problem", "Problem", "HttpError"}
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, int)
    }
    assert answered, "no status was found; how problems are made has changed, and so must this test"
    assert answered <= explained


def test_every_module_with_jobs_is_installed() -> None:
    with_jobs = {
        ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
        for path, module in modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) in {"job", "periodic"}
    }
    assert with_jobs
    assert with_jobs <= {*wiring.JOB_MODULES, "ischia.base.jobs.upkeep"}  # The worker brings that one along.


def test_every_handler_of_an_event_is_a_registered_job() -> None:
    assert {job for jobs in wiring.HANDLERS.values() for job in jobs} <= set(registry.names())


def test_decisions_are_short_numbered_without_gaps_and_named_by_their_title() -> None:
    files = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [int(file.name[:4]) for file in files] == list(range(1, len(files) + 1))
    for file in files:
        lines = file.read_text().splitlines()
        assert re.match(rf"# {int(file.name[:4])}\. \S", lines[0]), name(file)
        assert len(lines) <= 40, name(file)
