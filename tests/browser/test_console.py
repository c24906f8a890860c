"""Every page of the console in Chromium: two languages, two themes, nothing foreign, nothing inaccessible."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from ischia.base.events import EventRow
from ischia.review.models import Case
from tests.browser.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WEIGHT = 150_000
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "preload": False,
    "resultTypes": ["violations"],
}
Seat = Callable[..., Desk]


def pages(desk: Desk) -> dict[str, str]:
    """Every page by the name of its picture."""
    record = EventRow.objects.filter(kind="decisions.decided").order_by("position")[0]
    case = Case.objects.order_by("-items", "pk")[0]
    return {
        "overview": "/console",
        "cases": "/console/cases",
        "case": f"/console/cases/{case.pk}",
        "items": "/console/items",
        "items-empty": "/console/items?verdict=restrict",
        "item-picture": "/console/items/posts/8842",
        "item-text": "/console/items/posts/winter/8841",
        "item-arabic": "/console/items/comments/c-77",
        "item-link": "/console/items/comments/c-78",
        "item-broken": "/console/items/posts/8843",
        "item-allowed": "/console/items/posts/8844",
        "banks": "/console/banks",
        "bank": "/console/banks/stand-ins",
        "new-bank": "/console/new-bank",
        "new-entry": "/console/new-entry/stand-ins",
        "entry": f"/console/entries/{desk.world.picture.id}",
        "entry-text": f"/console/entries/{desk.world.text.id}",
        "policy": "/console/policy",
        "ledger": "/console/ledger",
        "record": f"/console/ledger/{record.pk}",
        "kit": "/console/kit",
        "second-factor": "/accounts/second-factor/",
    }


def faults(axe: Any, page: Any) -> list[str]:
    found = axe.run(page, options=RULES).response["violations"]
    return [f"{fault['id']}: {node['html'][:160]}" for fault in found for node in fault["nodes"]]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_page_is_sound(desk: Seat, language: str, theme: str) -> None:
    seated = desk(language, theme)
    axe = Axe()
    found: list[str] = []
    for name, path in pages(seated).items():
        page = seated.open(path)
        found += [f"{name}: {fault}" for fault in faults(axe, page)]
        html = page.locator("html")
        assert html.get_attribute("lang") == language
        assert html.get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
        seated.photograph(name)
    seated.note_weights()
    assert "\n".join(found) == ""
    assert seated.problems == []
    assert {path: size for path, size in seated.weights.items() if size > WEIGHT} == {}


@pytest.mark.timeout(400)
def test_pages_fit_a_phone_and_a_zoomed_window(desk: Seat) -> None:
    seated = desk("ar", "dark", viewport={"width": 320, "height": 640})
    for name, path in pages(seated).items():
        page = seated.open(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
        if name in {"overview", "item-picture"}:
            seated.photograph(f"phone-{name}")


def test_a_picture_is_clear_only_while_it_is_held(desk: Seat) -> None:
    page = desk().open("/console/items/posts/8842")
    picture = page.locator(".exhibit img").first
    veiled = re.compile(r"grayscale\(1\) blur\(20px\)")
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    expect(picture).to_have_css("filter", veiled)
    page.keyboard.down("r")
    expect(picture).to_have_css("filter", "none")
    page.keyboard.up("r")
    expect(picture).to_have_css("filter", veiled)
    page.locator(".reveal").first.hover()
    page.mouse.down()
    expect(picture).to_have_css("filter", "none")
    expect(page.locator(".exhibit img").last).to_have_css("filter", veiled)
    page.mouse.up()
    expect(picture).to_have_css("filter", veiled)


def test_the_list_is_walked_and_opened_from_the_keyboard(desk: Seat) -> None:
    page = desk().open("/console/items")
    page.keyboard.press("j")
    page.keyboard.press("j")
    focused = page.evaluate("document.activeElement.getAttribute('href')")
    assert focused == page.locator("tbody th a").nth(1).get_attribute("href")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/items/**")
    assert page.locator("h1").inner_text() == "8844"


def test_everything_is_reached_by_tab_and_the_focus_is_seen(desk: Seat) -> None:
    page = desk().open("/console/banks/stand-ins")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    wanted = page.locator("a[href], button, input:not([type=hidden]), select, summary").evaluate_all(
        "all => all.filter(one => one.checkVisibility()).length"
    )
    reached = 1
    for _ in range(wanted + 10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", page.evaluate("document.activeElement.outerHTML.slice(0, 120)")
        reached += page.evaluate("document.activeElement.matches('a, button, input, select, summary')")
    assert reached == wanted


def test_theme_and_density_change_at_once_and_are_remembered(desk: Seat) -> None:
    page = desk("en", "dark").open("/console")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    page.get_by_role("button", name="Light theme").click()
    assert page.locator("html").get_attribute("data-theme") == "light"
    assert page.evaluate(paper) != dark
    page.get_by_role("button", name="Compact").click()
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "light"
    assert page.locator("html").get_attribute("data-density") == "compact"


def test_a_page_works_without_its_script(desk: Seat) -> None:
    seated = desk("en", "light", java_script_enabled=False)
    page = seated.open("/console/items")
    page.get_by_label("Verdict").select_option("remove")
    page.get_by_role("button", name="Show", exact=True).click()
    assert page.locator("tbody tr").count() == 2
    page.get_by_role("button", name="Dark theme").or_(page.get_by_role("button", name="System theme")).first.click()
    page.get_by_role("button", name="العربية").click()
    assert page.locator("html").get_attribute("dir") == "rtl"
    seated.open("/console/items/posts/8842")
    assert page.locator(".exhibit img").first.is_visible()


def test_an_entry_is_added_and_retired_in_the_browser(desk: Seat) -> None:
    page = desk().open("/console/new-entry/stand-ins")
    page.get_by_label("Label").fill("A line about gulls")
    page.get_by_label("Source", exact=False).first.fill("Island archive")
    page.get_by_label("Text", exact=True).fill("Gulls over the harbour at first light, and nobody awake to count them.")
    page.get_by_role("button", name="Add the entry").click()
    page.wait_for_url("**/console/entries/**")
    assert page.locator("h1").inner_text() == "A line about gulls"
    page.get_by_role("button", name="Retire “A line about gulls”").click()
    page.wait_for_load_state("networkidle")
    assert "matches nothing from now on" in page.locator(".toast").inner_text()
    assert page.locator(".head .verdict").inner_text() == "Retired"


def test_signing_in_looks_like_the_rest(live_server: Any, context: Callable[..., Any]) -> None:
    for language in ("en", "ar"):
        browsing = context()
        browsing.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        seated = Desk(browsing.new_page(), live_server.url, None, language, "light")  # type: ignore[arg-type]
        seated.watch()
        page = seated.open("/accounts/sign-in/")
        assert page.locator("html").get_attribute("lang") == language
        assert not faults(Axe(), page)
        seated.photograph("sign-in")
        assert not seated.problems
