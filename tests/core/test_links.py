"""Links are found however they are written, and what only looks like one is left alone."""

from __future__ import annotations

import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ischia.core.links import found

GUIDE = (Path(__file__).parents[2] / "docs/guide/links.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table under a heading of the guide; invisible characters are written `<U+200B>`."""
    section = GUIDE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][2:]
    return [[unescaped(cell) for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def unescaped(cell: str) -> str:
    inner = cell.strip().strip("`").replace("\\|", "|")
    return re.sub(r"<U\+([0-9A-F]+)>", lambda match: chr(int(match[1], 16)), inner)


def urls(text: str) -> list[str]:
    return [link.url for link in found(text)]


@pytest.mark.parametrize(("written", "url"), rows("Found"))
def test_what_the_guide_says_is_found_is_found(written: str, url: str) -> None:
    assert urls(written) == [f"https://{url}" if "://" not in url else url]
    assert urls(f"قبل {written} بعد") == urls(f"Before, {written}, and after.") == urls(written)


@pytest.mark.parametrize(("text", "why"), rows("Not a link"))
def test_what_the_guide_says_is_no_link_is_none(text: str, why: str) -> None:
    assert why
    assert urls(text) == []


def test_a_link_says_where_it_stands_in_the_text_as_it_was_written() -> None:
    text = "زوروا ex\u200bample\u202e.com/x، ثم hxxp://example[.]org"
    links = found(text)
    assert [link.url for link in links] == ["https://example.com/x", "http://example.org/"]
    assert [text[link.start : link.end] for link in links] == [link.written for link in links]
    assert links[0].written == "ex\u200bample\u202e.com/x"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(see https://example.com/a_(b))", ["https://example.com/a_(b)"]),
        ("[one](https://example.com/1) and [two](example.org/2).", ["https://example.com/1", "https://example.org/2"]),
        ('<a href="https://example.com/?a=1&amp;b=2">x</a>', ["https://example.com/?a=1&b=2"]),
        ("<a href='example.com/z'>x</a>", ["https://example.com/z"]),
        ("**https://example.com/x** and _https://example.com/y_", ["https://example.com/x", "https://example.com/y"]),
        ("«https://example.com/س»", ["https://example.com/%D8%B3"]),
        ("https://example.com/x؟ نعم", ["https://example.com/x"]),
        ("a.example.com . b.example.org", ["https://a.example.com/", "https://b.example.org/"]),
        ("one example.com/1,two example.com/2", ["https://example.com/1,two", "https://example.com/2"]),
    ],
)
def test_what_stands_about_a_link_is_not_part_of_it(text: str, expected: list[str]) -> None:
    assert urls(text) == expected


def test_words_glued_to_a_link_are_not_part_of_it() -> None:
    assert urls("زورواexample.com/xالآن") == ["https://example.com/x"]
    assert urls("قال.example.com/x") == ["https://example.com/x"]
    assert urls("Visit example.com.Then leave") == ["https://example.com/"]


def test_at_most_as_many_links_are_returned_as_asked_for() -> None:
    assert len(found("example.com/1 " * 1000)) == 200
    assert len(found("example.com/1 " * 1000, most=3)) == 3


def test_a_host_of_its_own_script_is_one() -> None:
    assert urls("http://مثال.example/ورقة") == ["http://xn--mgbh0fb.example/%D9%88%D8%B1%D9%82%D8%A9"]
    assert urls("انظر موقع.قطر") == ["https://xn--4gbrim.xn--wgbl6a/"]


HOSTILE = {
    "dots": ".",
    "labels": "a.",
    "spaced labels": "a . ",
    "schemes": "http://",
    "half schemes": "h ttp",
    "brackets": "a[.]",
    "closers": "example.com/" + ")" * 2000 + " ",
    "escapes": "%2e",
    "escaped schemes": "https%3a%2f%2f",
    "words": "a dot ",
    "invisible": "a\u200b.",
    "bidi": "\u202e",
    "marks": "a\u0338.",
    "scripts": "aع",
    "zeros": "a٠",
    "userinfo": "https://" + "a" * 90 + "@",
    "hosts": "a.com . ",
    "one host": "a.com.",
    "surrogates": "\ud800.",
    "nul": "a\0.",
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_takes_time_in_proportion_to_its_length(unit: str) -> None:
    def seconds(characters: int) -> float:
        text = unit * (characters // len(unit))
        began = time.process_time()
        assert len(found(text)) <= 200
        return time.process_time() - began

    small = min(seconds(20_000) for _ in range(3))
    large = min(seconds(320_000) for _ in range(2))
    assert large < 80 * max(small, 0.002)  # Sixteen times as long; quadratic time would be 256 times as much.


@given(st.text(st.sampled_from("a.b/:[]()h tp%2e@٠عcom \u200b\ud800\0\n") | st.characters(codec=None), max_size=60))
def test_any_text_has_links_in_order_that_stand_where_they_say(text: str) -> None:
    links = found(text)
    assert all(text[link.start : link.end] == link.written for link in links)
    assert all(link.url.startswith(("http://", "https://")) for link in links)
    assert [link.start for link in links] == sorted(link.start for link in links)
    assert all(first.end <= second.start for first, second in pairwise(links))
