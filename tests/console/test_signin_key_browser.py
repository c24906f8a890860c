"""A security key, as Chromium pretends to have one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from ischia.base.people.models import Person
from tests.console.signin import make_link, make_person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.console.signin_urls"),
]


def pretend_key(page: Page) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options | {"automaticPresenceSimulation": True}})


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with chromium.new_context() as context:
        context.set_default_timeout(5000)
        yield context.new_page()


def test_a_security_key_is_a_second_factor(live_server: Any, page: Page) -> None:
    person = make_person("reviewer")
    links = [live_server.url + make_link(person) for _ in range(2)]
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    pretend_key(page)
    page.goto(links[0])
    page.click("main button[type=submit]")
    page.click("a[href$='/second-factor/keys/add/']")
    page.fill("input[name=name]", "blue one")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/second-factor/recovery/")
    page.goto(live_server.url + "/")
    assert page.content().count("in; banner=False") == 1
    page.goto(links[1])
    page.click("main button[type=submit]")
    page.wait_for_url("**/second-factor/code/")
    page.click("#mfa_webauthn_authenticate")
    page.wait_for_url(live_server.url + "/")
    assert page.content().count("in; banner=False") == 1
    assert not any("Content Security Policy" in problem for problem in problems)
    assert Person.objects.get().last_login is not None
