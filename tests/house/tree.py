"""What the house tests read: the tracked files and the parsed source."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/ischia"


@cache
def tracked() -> list[Path]:
    """Every file that is in the repository, or is about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return [ROOT / name for name in sorted(filter(None, names)) if (ROOT / name).is_file()]


@cache
def texts() -> dict[Path, str]:
    """The tracked files that are UTF-8 text."""
    found = {}
    for path in tracked():
        try:
            found[path] = path.read_bytes().decode()
        except UnicodeDecodeError:
            continue
    return found


@cache
def modules() -> dict[Path, ast.Module]:
    """Every module of the product, parsed, without migrations."""
    return {
        path: ast.parse(path.read_text()) for path in sorted(SOURCE.rglob("*.py")) if "migrations" not in path.parts
    }


def imports(module: ast.Module) -> Iterator[str]:
    """The dotted names that a module imports, from inside of functions too."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name(path: Path) -> str:
    """A path as it is told to people."""
    return str(path.relative_to(ROOT))
