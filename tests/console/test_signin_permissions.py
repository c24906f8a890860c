from __future__ import annotations

import pytest
from django.test import Client
from django.urls import get_resolver

from ischia.base import clock
from ischia.base.events import SYSTEM
from ischia.base.people import verbs
from ischia.base.permissions import Permission, permissions_of, require, undeclared
from tests.console import signin_urls
from tests.console.signin import Phone, phone, sign_in

__all__ = ["phone"]
pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.console.signin_urls")]


def test_a_page_is_shown_to_holders_of_its_permission_only(client: Client, phone: Phone) -> None:
    sign_in(client, phone, "reviewer")
    assert client.get("/test/banks").content.endswith(b"may write banks=False")
    denied = client.get("/test/ledger")
    assert denied.status_code == 403
    assert b"ledger.read" in denied.content


def test_a_change_takes_its_own_permission(client: Client, phone: Phone) -> None:
    person = sign_in(client, phone, "reviewer")
    for method in ("post", "put", "patch", "delete"):
        assert getattr(client, method)("/test/banks").status_code == 403
    verbs.grant_role(person=person.id, role="lead", actor=SYSTEM, now=clock.now())
    assert client.post("/test/banks").status_code == 200
    verbs.revoke_role(person=person.id, role="lead", actor=SYSTEM, now=clock.now())
    assert client.post("/test/banks").status_code == 403


def test_a_page_that_declares_no_change_answers_none(client: Client, phone: Phone) -> None:
    sign_in(client, phone, "auditor", "administrator")
    answer = client.post("/test/ledger")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    answer = client.get("/test/keys")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_strangers_are_sent_to_the_sign_in_page_and_back(client: Client) -> None:
    assert client.get("/test/banks?page=2")["Location"] == "/accounts/sign-in/?next=/test/banks%3Fpage%3D2"
    assert client.post("/test/banks")["Location"] == "/accounts/sign-in/?next=/"
    fragment = client.get("/test/banks", HTTP_HX_REQUEST="true")
    assert fragment["HX-Redirect"] == "/accounts/sign-in/?next=/test/banks"


def test_a_person_without_a_role_may_do_nothing(client: Client, phone: Phone) -> None:
    sign_in(client, phone)
    assert client.get("/test/banks").status_code == 403
    assert permissions_of(["no_such_role"]) == frozenset()


def test_no_change_hides_behind_a_permission_to_read() -> None:
    with pytest.raises(ValueError, match=r"items\.media only reads"):
        require(Permission.ITEMS_READ, write=Permission.ITEMS_MEDIA)


def test_an_address_that_declares_nothing_is_found() -> None:
    from django.urls import path

    from ischia.console.accounts import urls as accounts

    assert undeclared(accounts.urlpatterns) == []
    assert undeclared([path("open", signin_urls.page)]) == ["open"]
    assert get_resolver().url_patterns


def test_operations_of_the_api_declare_a_scope_each() -> None:
    from django.http import HttpRequest
    from django.urls import path
    from ninja import NinjaAPI

    from ischia.base.permissions import needs_scope

    def of(*, forget: bool) -> list[str]:
        api = NinjaAPI(urls_namespace=f"forget_{forget}", docs_url=None, openapi_url=None)

        @api.get("/a")
        @needs_scope("banks")
        def declared(request: HttpRequest) -> str:
            return ""

        @api.post("/a")
        def forgotten(request: HttpRequest) -> str:
            return ""

        if not forget:
            needs_scope("banks")(forgotten)
        return undeclared([path("", api.urls)])

    assert "a" in of(forget=True)
    assert "a" not in of(forget=False)
