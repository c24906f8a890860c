"""The shape of the source, and what it must not use."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from tests.house.tree import SOURCE, imports, modules, name, texts

MOST_LINES_OF_A_FUNCTION = 70
MOST_LINES_OF_A_FILE = 500

CORE_LIBRARIES = {
    "numpy",
    "numba",
    "llvmlite",
    "PIL",
    "cel_expr_python",
    "cryptography",
    "rfc8785",
    "ada_url",
    "yaml",
    "av",
    "pypdfium2",
    "tesserocr",
    "py3langid",
    "sklearn",
}
CORE_AVOIDS = {
    "sqlite3",
    "socket",
    "socketserver",
    "ssl",
    "http",
    "logging",
    "asyncio",
    "subprocess",
    "multiprocessing",
}
# What tells the time, or makes randomness, is an argument in core.
CORE_AVOIDS_CALLS = {
    "time.time",
    "time.monotonic",
    "datetime.now",
    "datetime.utcnow",
    "date.today",
    "uuid4",
    "os.urandom",
}


def functions() -> list[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [(path, node) for path, module in modules().items() for node in ast.walk(module) if isinstance(node, kinds)]


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{name(path)}:{node.lineno} {node.name}": lines
        for path, node in functions()
        if (lines := node.end_lineno - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    }
    assert not long


def test_half_of_the_functions_are_short() -> None:
    lengths = sorted(node.end_lineno - node.lineno + 1 for _, node in functions())
    assert lengths[len(lengths) // 2] <= 10


def test_no_python_file_is_longer_than_five_hundred_lines() -> None:
    long = {
        name(path): lines
        for path, text in texts().items()
        if path.suffix == ".py"
        and "migrations" not in path.parts
        and (lines := text.count("\n")) > MOST_LINES_OF_A_FILE
    }
    assert not long


def test_the_core_imports_only_what_its_list_allows() -> None:
    strangers = {
        f"{name(path)}: {found}"
        for path, module in modules().items()
        if path.is_relative_to(SOURCE / "core")
        for found in imports(module)
        if (top := found.split(".")[0]) not in CORE_LIBRARIES
        and not found.startswith("ischia.core")
        and (top not in sys.stdlib_module_names or top in CORE_AVOIDS)
    }
    assert not strangers


def test_the_core_asks_nobody_for_time_or_randomness() -> None:
    asks = {
        f"{name(path)}:{node.lineno} {called}"
        for path, module in modules().items()
        if path.is_relative_to(SOURCE / "core")
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and (called := ast.unparse(node.func)).endswith(tuple(CORE_AVOIDS_CALLS))
    }
    assert not asks


def test_nobody_listens_to_signals_of_the_framework() -> None:
    listeners = {
        f"{name(path)}: {found}"
        for path, module in modules().items()
        for found in imports(module)
        if found.startswith(("django.dispatch", "django.db.models.signals", "django.contrib.auth.signals"))
    }
    assert not listeners


def test_models_are_imported_and_never_looked_up_by_name() -> None:
    lookups = {
        f"{name(path)}:{node.lineno}"
        for path, module in modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute) and node.attr == "get_model"
    }
    assert not lookups


def test_no_field_and_no_query_takes_the_time_from_elsewhere() -> None:
    hidden = {
        f"{name(path)}:{node.lineno} {word}"
        for path, module in modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        for word in [ast.unparse(node.func).rpartition(".")[2], *(keyword.arg for keyword in node.keywords)]
        if word in {"auto_now", "auto_now_add", "Now"}
    }
    assert not hidden


def test_no_model_hides_logic_in_saving() -> None:
    hidden = {
        f"{name(path)}:{node.lineno} {node.name}"
        for path, node in functions()
        if path.name == "models.py" and node.name in {"save", "delete", "clean"}
    }
    assert not hidden


def test_doors_and_reads_write_no_rows() -> None:
    """A heuristic over call chains on managers; the verbs of each app are the only writers of its tables."""
    writes = {"create", "bulk_create", "update", "bulk_update", "delete", "get_or_create", "update_or_create"}
    doors = ("console", "cli")
    found = {
        f"{name(path)}:{node.lineno} {ast.unparse(node.func)}"
        for path, module in modules().items()
        if path.relative_to(SOURCE).parts[0] in doors or path.name == "queries.py"
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in writes
        and ".objects" in ast.unparse(node.func)
    }
    assert not found
