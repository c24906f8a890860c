"""Writes what the docs repeat from the code: settings, events, jobs, error statuses, the OpenAPI document.

    .venv/bin/python tools/docs.py

Each page has its own words around a block between `<!-- NAME -->` and `<!-- /NAME -->`, which is written here.
House tests compare the pages with `expected()`, so that they never differ from the code.
"""

from __future__ import annotations

import dataclasses
import os
import re
import sys
from datetime import timedelta
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_origin

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Bring every page up to date and name those that changed."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    sys.path.insert(0, str(ROOT))
    django.setup()
    for path, text in expected().items():
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            sys.stdout.write(f"{path.relative_to(ROOT)}\n")


def expected() -> dict[Path, str]:
    """Each page that repeats something from the code, as it must be."""
    from ischia.api.main import openapi_document

    pages = {
        "docs/operate/settings.md": {"settings": settings},
        "docs/guide/events.md": {"events": events},
        "docs/operate/jobs.md": {"jobs": jobs},
        "docs/api/errors.md": {"statuses": statuses},
    }
    found = {}
    for name, blocks in pages.items():
        text = (ROOT / name).read_text()
        for block, write in blocks.items():
            text = _replace(text, block, write())
        found[ROOT / name] = text
    found[ROOT / "docs/api/openapi.json"] = openapi_document().rstrip("\n") + "\n"
    return found


def _replace(text: str, block: str, content: str) -> str:
    pattern = re.compile(rf"(<!-- {block} -->\n).*?(<!-- /{block} -->)", re.DOTALL)
    changed, count = pattern.subn(lambda match: f"{match[1]}{content}{match[2]}", text)
    if count != 1:
        raise ValueError(f"expected one block <!-- {block} --> ... <!-- /{block} -->, found {count}")
    return changed


def settings() -> str:
    """A row for each environment variable."""
    from ischia.base.config import Config

    rows = [
        (f"`ISCHIA_{name.upper()}`", _default(field.default), _valid(field), field.description or "")
        for name, field in Config.model_fields.items()
    ]
    return _table(("variable", "default", "valid", "what it is"), rows)


def _default(value: Any) -> str:
    return "off" if value is False else "on" if value is True else f"`{value}`" if value not in ("", ()) else "empty"


def _valid(field: Any) -> str:
    if get_args(field.annotation) and get_origin(field.annotation) is not tuple:
        return ", ".join(f"`{choice}`" for choice in get_args(field.annotation))
    if field.annotation is bool:
        return "`0` or `1`"
    bounds = {key: getattr(rule, key) for rule in field.metadata for key in ("ge", "le") if hasattr(rule, key)}
    if bounds:
        return f"{bounds['ge']} to {bounds['le']}" if len(bounds) > 1 else f"at least {bounds.get('ge')}"
    return "text"


def events() -> str:
    """A table for each app: kind and version, what happened, and the fields."""
    from ischia.base.events import known_kinds

    for path in sorted((ROOT / "src/ischia").rglob("events.py")):
        import_module(".".join(path.relative_to(ROOT / "src").with_suffix("").parts))
    kinds = {kind: event for kind, event in known_kinds().items() if event.__module__.startswith("ischia.")}
    text = ""
    for app in sorted({kind.split(".")[0] for kind in kinds}):
        rows = [
            (f"`{kind}`", str(event.version), _summary(event), _fields(event))
            for kind, event in sorted(kinds.items())
            if kind.split(".")[0] == app
        ]
        text += f"\n## {app}\n\n" + _table(("event", "version", "what happened", "fields"), rows)
    return text + "\n"


def _summary(thing: Any) -> str:
    return (thing.__doc__ or "").strip().split("\n\n")[0].replace("\n    ", " ")


def _fields(event: Any) -> str:
    return ", ".join(
        f"`{field.name}`" + (" (personal)" if field.name in event.personal else "")
        for field in dataclasses.fields(event)
    )


def jobs() -> str:
    """A row for each periodic job."""
    from ischia.base.jobs import registry, upkeep  # noqa: F401  (the table's own job, which the worker brings along)

    rows = [
        (f"`{name}`", _words(every), _summary(entry.function))
        for name, every in sorted(registry.periods().items())
        if (entry := registry.find(name)) is not None and entry.function.__module__.startswith("ischia.")
    ]
    return _table(("job", "every", "what it does"), rows)


def _words(period: timedelta) -> str:
    seconds = int(period.total_seconds())
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def statuses() -> str:
    """A row for each error of a lower layer and its status."""
    from ischia.api.main import STATUSES

    rows = [
        (f"{status} {HTTPStatus(status).phrase}", _summary(error))
        for error, status in sorted(STATUSES.items(), key=lambda pair: (pair[1], pair[0].__name__))
        if error.__module__.startswith("ischia.")
    ]
    return _table(("status", "when"), rows)


def _table(heading: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [heading, tuple("---" for _ in heading), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


if __name__ == "__main__":
    main()
