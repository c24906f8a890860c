"""Logs: one line for each thing that happened, as JSON or as text, on standard error.

Lines carry the id of the request or job that they belong to (`structlog.contextvars`). Bodies, authors and secrets are
not written, whoever passes them; characters that could forge a line or steer a terminal are escaped.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog
from structlog.types import EventDict, Processor

from ischia.base.config import Config

_UNWRITTEN: Final = frozenset({
    "author", "authorization", "body", "content", "cookie", "email", "headers", "key", "password", "secret", "session",
    "signature", "text", "token",
})  # fmt: skip
_LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_LONGEST_VALUE: Final = 2000


def configure(config: Config) -> None:
    """Send everything that is logged, by us and by libraries, through the same processors; can be called again."""
    level = _LEVELS[config.log_level]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        withhold,
    ]
    ending: list[Processor] = [structlog.processors.JSONRenderer()] if config.log_format == "json" else [_text]
    structlog.configure(
        processors=[*shared, *ending],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    _configure_libraries(level, shared, ending)


def _configure_libraries(level: int, shared: list[Processor], ending: list[Processor]) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder(allow=()), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.WARNING))
    # Django writes a line with the path for each 4xx and 5xx; the front writes one with the route instead.
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    # A Host header that is none of ours is answered 400; anybody can send one, and each would leave a traceback.
    logging.getLogger("django.security.DisallowedHost").setLevel(logging.CRITICAL)


def withhold(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Replace what must not be written, and shorten what is long."""
    for name, value in event.items():
        if name in _UNWRITTEN:
            event[name] = "[not written]"
        elif isinstance(value, str) and len(value) > _LONGEST_VALUE and name != "exception":
            event[name] = value[:_LONGEST_VALUE] + "..."
    return event


def _text(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    """Render a line for people; a traceback follows indented, so that no line of it can pass for one of ours."""
    exception = str(event.pop("exception", ""))
    when, level, what = (event.pop(name, "") for name in ("timestamp", "level", "event"))
    rest = " ".join(f"{name}={escape(value)}" for name, value in sorted(event.items()))
    line = f"{when} {level:<7} {escape(what)} {rest}".rstrip()
    return "\n".join([line, *(f"    | {escape(part)}" for part in exception.splitlines())])


def escape(value: object) -> str:
    r"""Return `value` as text in which every control and format character is written as an escape such as `\n`."""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
