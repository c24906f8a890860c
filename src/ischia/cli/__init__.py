"""The command line. Each command lives in its own module and says here what it is called."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Final

import typer

COMMANDS: Final[dict[str, str | None]] = {
    "serve": None,
    "demo": None,
    "screen": None,
    "surface": "surface",
    "bank": "bank",
    "hunt": None,
    "key": "key",
    "user": "user",
    "ledger": "ledger",
    "text": "text",
    "worker": "worker",
    "check": None,
    "fsck": None,
}
"""Modules of this package in the order of `ischia --help`; a name where the module is a group of commands."""


def build() -> typer.Typer:
    """Return the whole command line."""
    root = typer.Typer(
        name="ischia",
        help="Finds known terrorist propaganda on an online platform, acts by policy, and proves what it did.",
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,
        add_completion=False,
    )
    for module, group in COMMANDS.items():
        root.add_typer(import_module(f"ischia.cli.{module}").app, name=group)
    return root


def set_up() -> None:
    """Load Django and configure the logs of this process; the commands' modules need both."""
    import django

    from ischia.base import logs
    from ischia.base.config import config

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ischia.settings")
    os.environ.setdefault("NUMBA_CACHE_DIR", str(config().folder("cache") / "numba"))
    logs.configure(config())
    django.setup()


def main() -> None:
    """Run the command line: exit code 0 when all is well, 1 when something is wrong, 2 when the command is."""
    from pydantic import ValidationError

    try:
        set_up()
        build()()
    except ValidationError as error:
        sys.stderr.write("".join(f"ischia: ISCHIA_{_setting(problem)}\n" for problem in error.errors()))
        sys.exit(2)


def _setting(problem: object) -> str:
    assert isinstance(problem, dict)
    return f"{'_'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
