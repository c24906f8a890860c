from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from ischia.base import logs
from ischia.base.config import Config


@pytest.fixture
def configured(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[str], Callable[[], str]]]:
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level

    def configure(log_format: str) -> Callable[[], str]:
        logs.configure(Config(log_format=log_format))  # type: ignore[arg-type]
        return lambda: capsys.readouterr().err

    yield configure
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_hostile_text_cannot_forge_a_line_or_steer_a_terminal(
    configured: Callable[[str], Callable[[], str]], log_format: str
) -> None:
    written = configured(log_format)
    structlog.get_logger().warning("odd\nlevel=critical forged", name="a\r\n\x1b[31m\u202eb")
    try:
        raise ValueError("first\n2026-01-01 error forged")
    except ValueError:
        structlog.get_logger().exception("failed")
    lines = written().splitlines()
    assert not any("\x1b" in line or "\u202e" in line for line in lines)
    assert not any(line.startswith(("level=", "2026-01-01 error")) for line in lines)
    if log_format == "json":
        assert [json.loads(line)["level"] for line in lines] == ["warning", "error"]


def test_secrets_authors_and_bodies_are_not_written(configured: Callable[[str], Callable[[], str]]) -> None:
    written = configured("json")
    structlog.get_logger().warning("seen", token="hunter2", author="somebody", body="text of a post", kept="yes")
    line = json.loads(written())
    assert (line["token"], line["author"], line["body"], line["kept"]) == (*["[not written]"] * 3, "yes")


def test_lines_of_libraries_take_the_same_way(configured: Callable[[str], Callable[[], str]]) -> None:
    written = configured("json")
    logging.getLogger("some.library").warning("from\n%s", "outside")
    line = json.loads(written())
    assert (line["event"], line["logger"], line["level"]) == ("from\noutside", "some.library", "warning")


def test_lines_carry_the_request_that_they_belong_to(configured: Callable[[str], Callable[[], str]]) -> None:
    written = configured("json")
    with structlog.contextvars.bound_contextvars(request="abc"):
        structlog.get_logger().info("inside")
    assert json.loads(written())["request"] == "abc"


def test_what_is_below_the_level_is_not_written(configured: Callable[[str], Callable[[], str]]) -> None:
    written = configured("text")
    structlog.get_logger().debug("small")
    assert written() == ""


def test_a_foreign_host_header_leaves_no_traceback_in_the_log(
    configured: Callable[[str], Callable[[], str]],
) -> None:
    written = configured("json")
    logging.getLogger("django.security.DisallowedHost").error("Invalid HTTP_HOST header: 'evil.example'")
    assert written() == ""
