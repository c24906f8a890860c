"""The kit's pieces, and the rules that its files obey."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils import translation

from ischia.console.charts import LABEL, VALUE, WIDTH, bars
from ischia.console.reads.overview import speed_of
from ischia.console.spans import duration
from ischia.console.templatetags.kit import told
from ischia.console.words import DEFAULT_REASONS, WORDS

ROOT = Path(__file__).resolve().parents[2] / "src" / "ischia" / "console"
STYLE = (ROOT / "static" / "console" / "ischia.css").read_text(encoding="utf-8")
SCRIPT = (ROOT / "static" / "console" / "ischia.js").read_text(encoding="utf-8")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def render(source: str, **context: object) -> str:
    return Template("{% load kit %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"), (0, "0 ms"), (0.84, "840 ms"), (4.25, "4.2 s"), (59.9, "59.9 s"), (60, "1 min"), (3599, "59 min"),
        (7500, "2 h 5 min"), (47 * 3600, "47 h 0 min"), (4 * 86400, "4 days"),
    ],
)  # fmt: skip
def test_lengths_of_time_are_told_in_two_units_at_most(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(("days", "words"), [(2, "يومان"), (3, "3 أيام"), (11, "11 يومًا"), (100, "100 يوم")])
def test_arabic_counts_in_its_own_plurals(days: int, words: str) -> None:
    with translation.override("ar"):
        assert duration(days * 86400) == words


@pytest.mark.parametrize(
    ("left", "state"),
    [
        (timedelta(hours=7), "calm"),
        (timedelta(hours=5), "soon"),
        (timedelta(minutes=59), "near"),
        (timedelta(seconds=-1), "past"),
    ],
)
def test_a_countdown_changes_its_shape_as_time_runs_out(left: timedelta, state: str) -> None:
    html = render("{% countdown deadline now %}", deadline=NOON + left, now=NOON)
    assert f'class="countdown {state}"' in html
    assert "UTC" in html


def test_marked_words_keep_the_text_and_join_spans_that_overlap() -> None:
    html = render("{% marked text spans %}", text="a <b> calm sea", spans=[(6, 10), (8, 14), (0, 1)])
    assert re.sub(r"<[^>]+>", "", html).strip() == "a &lt;b&gt; calm sea"
    assert re.findall(r"<mark>(.*?)</mark>", html) == ["a", "calm", " sea"]


def test_a_verdict_is_a_shape_and_a_word_and_not_only_a_colour() -> None:
    shapes = {name: re.search(r"<(circle|path) [^>]*>", render(f'{{% verdict "{name}" %}}')) for name in
              ("allow", "queue", "restrict", "remove")}  # fmt: skip
    assert len({shape.group() for shape in shapes.values() if shape}) == 4
    assert "<svg" not in render('{% verdict "in_force" %}')


def test_bars_grow_from_the_side_where_reading_starts() -> None:
    rows = [("a", 10, "allow"), ("b", 5, "queue"), ("c", 0, "remove")]
    left, right = bars(rows, bidi=False), bars(rows, bidi=True)
    track = WIDTH - LABEL - VALUE
    assert [row.width for row in left.rows] == [track, track / 2, 0]
    assert {row.x for row in left.rows} == {LABEL}
    assert {row.x + row.width for row in right.rows} == {WIDTH - LABEL}


def test_an_id_is_isolated_and_whole_on_hover() -> None:
    html = render("{% clip value %}", value='a"b')
    assert 'dir="ltr"' in html
    assert 'title="a&quot;b"' in html


def test_speed_is_a_nearest_rank() -> None:
    assert speed_of([]) == speed_of(())
    assert (speed_of([5]).median, speed_of([5]).p95) == (5, 5)
    hundred = speed_of(list(range(1, 101)))
    assert (hundred.count, hundred.median, hundred.p95) == (100, 50, 95)


def test_a_reason_of_the_default_policy_is_told_in_the_viewer_s_language() -> None:
    policy = (ROOT.parent / "policies" / "default.yaml").read_text(encoding="utf-8")
    reasons = set(re.findall(r"reason: (.+)", policy))
    assert reasons == set(DEFAULT_REASONS)
    with translation.override("ar"):
        assert all(told(reason) != reason for reason in reasons)
        assert told("A rule of our own.") == "A rule of our own."


def test_every_stored_value_has_a_word() -> None:
    from ischia.banks import models as banks
    from ischia.content import models as content
    from ischia.review.verbs import REASONS

    values = (*banks.STATUSES, *banks.CONTEXTS, *content.AUDIENCES, *content.PART_TYPES, *REASONS, "requested", "done")
    assert set(values) <= set(WORDS)


def _colour(name: str, theme: int) -> tuple[float, float, float]:
    pair = re.search(rf"--{name}: light-dark\((#\w{{6}}), (#\w{{6}})\)", STYLE)
    assert pair, name
    value = pair.group(1 + theme).lstrip("#")
    red, green, blue = (int(value[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def _luminance(colour: tuple[float, float, float]) -> float:
    """Relative luminance (WCAG 2.2)."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("paper", ["paper", "raised", "sunk", "wash"])
@pytest.mark.parametrize("ink", ["ink", "ink-soft", "accent", "allow", "queue", "restrict", "remove"])
def test_text_stands_out_from_its_paper(ink: str, paper: str, theme: int) -> None:
    lights = sorted((_luminance(_colour(name, theme)) for name in (ink, paper)), reverse=True)
    contrast = (lights[0] + 0.05) / (lights[1] + 0.05)
    assert contrast >= (7 if paper != "wash" else 6)


def test_the_stylesheet_knows_no_left_and_no_right() -> None:
    rules = re.sub(r"/\*.*?\*/", "", STYLE, flags=re.DOTALL)
    physical = r"(margin|padding|border)-(left|right|top|bottom)|[{;]\s*(left|right|top|bottom|width|height|float)\s*:|text-align:\s*(left|right)"
    assert re.findall(physical, rules) == []
    assert "!important" not in rules


def test_pages_hold_no_style_and_no_script_of_their_own() -> None:
    for path in TEMPLATES:
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", source), path.name
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", source), path.name
        assert not re.search(r"(src|href)=\"(https?:)?//", source), path.name


def test_the_assets_are_small_and_carry_their_licences() -> None:
    assert len(STYLE) < 26_000
    assert len(SCRIPT) < 6_000
    fonts = ROOT / "static" / "console" / "fonts"
    assert sum(path.stat().st_size for path in fonts.glob("*.woff2")) < 64_000
    assert "SIL OPEN FONT LICENSE" in (fonts / "OFL.txt").read_text(encoding="utf-8")
    assert "MIT License" in (ROOT / "static" / "console" / "vendor" / "pico-LICENSE.md").read_text(encoding="utf-8")
