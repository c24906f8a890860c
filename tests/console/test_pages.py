"""The console's pages over a small world, as people with their roles see them."""

from __future__ import annotations

import gzip
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ischia.banks.models import Bank, Entry
from ischia.base.clock import now
from ischia.base.events import EventOpening, EventRow
from ischia.console import csp
from ischia.console.templatetags.items import item_href
from ischia.console.urls import urlpatterns
from ischia.content.models import PartContent
from ischia.core.tlog import TlogProof
from ischia.review.models import Case
from tests.console.signin import Phone, phone, sign_in
from tests.console.test_kit import ROOT
from tests.console.world import POEM, World, build, screen_text, seal

__all__ = ["phone"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    made = build(now())
    seal(now())
    return made


@pytest.fixture
def lead(client: Client, phone: Phone) -> Client:
    sign_in(client, phone, "lead")
    return client


@pytest.fixture
def auditor(client: Client, phone: Phone) -> Client:
    sign_in(client, phone, "auditor")
    return client


def text_of(page: Any) -> str:
    assert page.status_code == 200, page
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def test_nobody_sees_a_page_without_signing_in(client: Client) -> None:
    for pattern in urlpatterns:
        if pattern.name == "preference":
            continue
        args = {name: _example(name) for name in pattern.pattern.converters}
        answer = client.get(reverse(f"console:{pattern.name}", kwargs=args))
        if pattern.name in {
            "retire-entry",
            "add-source",
            "hold-back",
            "release",
            "restore",
            "answer-hunt",
            "tell-genre",
        }:
            assert answer.status_code == 405
        else:
            assert answer.status_code == 302, pattern.name
            assert answer["Location"].startswith("/accounts/sign-in/")


def _example(name: str) -> object:
    ids = "0199e2c4-0000-7000-8000-000000000000"
    return {"content": 1, "picture": 1, "number": 1}.get(name, ids)


def test_every_answer_carries_the_policy_that_allows_only_our_own_files(lead: Client) -> None:
    for path in ("/console", "/console/kit", "/accounts/sign-in/", "/nowhere"):
        policy = lead.get(path)["Content-Security-Policy"]
        assert policy == csp.POLICY
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy


def test_the_overview_says_what_waits_and_how_fast_we_were(lead: Client, world: World) -> None:
    page = text_of(lead.get("/console"))
    assert "3 cases wait for a person" in page
    assert "over 1 removal in 30 days" in page
    assert "5.0 s" in page
    assert "6 items screened" in page
    assert "none alive: nothing is delivered" in page
    assert "worker: no worker was seen for 10 s" in page
    assert "Signals in the index 12 " in page


def test_an_empty_installation_says_what_comes_next(lead: Client) -> None:
    assert "Nothing waits for a person" in text_of(lead.get("/console"))
    assert "Items appear here once the platform posts" in text_of(lead.get("/console/items"))
    assert "No bank yet" in text_of(lead.get("/console/banks"))
    assert "A case opens when" in text_of(lead.get("/console/cases"))
    assert "Nothing can be screened" in text_of(lead.get("/console/policy"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"winter/8841", "8842", "8843", "8844", "c-77", "c-78"}),
        ("?surface=comments", {"c-77", "c-78"}),
        ("?verdict=remove", {"winter/8841", "c-77"}),
        ("?state=requested", {"c-77"}),
        ("?state=done", {"winter/8841"}),
        ("?item=winter/8841", {"winter/8841"}),
        ("?surface=comments&item=winter/8841", set()),
        ("?verdict=nonsense", set()),
    ],
)
def test_items_are_filtered_by_the_address(lead: Client, world: World, query: str, expected: set[str]) -> None:
    page = lead.get("/console/items" + query)
    assert {row.id for row in page.context["rows"]} == expected


def test_the_list_of_items_costs_the_same_for_one_and_for_many(
    lead: Client, world: World, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(16):
        lead.get("/console/items")


def test_an_item_shows_its_evidence_its_reasons_and_its_records(lead: Client, world: World) -> None:
    page = text_of(lead.get("/console/items/posts/winter/8841"))
    assert "The same words once spelling variants are folded; the entry is vouched for by 1 source." in page
    assert POEM[:40] in page
    assert "known-text" in page
    assert "match.quality &gt;= 200" in page
    assert "Acknowledged by the platform after" in page
    for kind in ("screening.screened", "decisions.decided", "decisions.action_acknowledged"):
        assert kind in page
    assert "review.case_opened" not in page


def test_an_item_of_another_case_does_not_lend_its_records(lead: Client, world: World) -> None:
    page = lead.get("/console/items/comments/c-78")
    kinds = [record.kind for record in page.context["records"]]
    assert sorted(kinds) == ["review.case_joined", "review.case_opened", "screening.screened"]


def test_an_id_that_a_browser_would_resolve_still_has_its_page(lead: Client, world: World) -> None:
    for item in ("a/../b", "..", "./x", "what?#%2e&"):
        screen_text("posts", item, now())
        row = next(row for row in lead.get("/console/items").context["rows"] if row.id == item)
        address = item_href(row)
        assert "/../" not in address
        assert lead.get(address).context["item"].external_id == item
    assert lead.get("/console/items/posts").status_code == 404


def test_other_records_of_the_same_instant_are_not_the_item_s(lead: Client, world: World) -> None:
    own = EventRow.objects.get(kind="review.case_joined", leaf__contains=str(world.queued.case))
    EventRow.objects.create(kind=own.kind, at=own.at, leaf="{}")
    joined = EventRow.objects.create(kind=own.kind, at=own.at, leaf=own.leaf)
    EventOpening.objects.create(event=joined, path="data.item", salt=b"salt", value="another item")
    page = lead.get("/console/items/posts/8842")
    assert [row.pk for row in page.context["records"] if row.kind == own.kind] == [own.pk]


def test_what_cannot_be_read_says_so(lead: Client, world: World) -> None:
    page = text_of(lead.get("/console/items/posts/8843"))
    assert "A part could not be read" in page
    assert "truncated" in page


def test_an_item_that_was_let_pass_says_why_it_has_no_records(lead: Client, world: World) -> None:
    page = text_of(lead.get("/console/items/posts/8844"))
    assert "No part of this item matched an entry." in page
    assert "counted together, not one by one" in page


def test_an_unknown_item_is_a_404_in_the_console_s_look(lead: Client, world: World) -> None:
    answer = lead.get("/console/items/posts/nothing")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
    assert 'class="bar"' in answer.content.decode()


def test_pictures_are_re_encoded_and_never_kept_by_a_browser(lead: Client, world: World) -> None:
    row = PartContent.objects.exclude(file="").get()
    answer = lead.get(reverse("console:part-picture", args=[row.pk]))
    assert answer["Content-Type"] == "image/webp"
    assert answer["Cache-Control"] == "no-store"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer.streaming_content)[8:12] == b"WEBP"
    text = PartContent.objects.filter(file="").first()
    assert text is not None
    assert lead.get(reverse("console:part-picture", args=[text.pk])).status_code == 404


def test_an_auditor_sees_what_was_done_and_none_of_the_content(auditor: Client, world: World) -> None:
    for path in ("/console/items/posts/winter/8841", f"/console/entries/{world.text.id}"):
        page = text_of(auditor.get(path))
        assert POEM[:40] not in page
    page = text_of(auditor.get("/console/items/posts/8842"))
    assert "Your roles do not include content." in page
    row = PartContent.objects.exclude(file="").get()
    assert auditor.get(reverse("console:part-picture", args=[row.pk])).status_code == 403
    assert auditor.get("/console/new-bank").status_code == 403
    assert "Create a bank" not in text_of(auditor.get("/console/banks"))


def test_the_navigation_offers_only_what_somebody_may_open(client: Client, phone: Phone) -> None:
    sign_in(client, phone, "exchange_manager")
    page = client.get("/console").content.decode()
    assert re.findall(r'href="/console/(\w+)"', page.split("</nav>")[0]) == ["banks", "ledger"]
    answer = client.get("/console/items")
    assert answer.status_code == 403
    assert "items.read" in answer.content.decode()


def test_a_bank_is_created_through_the_console(lead: Client) -> None:
    form = {
        "name": "archive",
        "purpose": "Old things.",
        "sources_required": "2",
        "effect": "act",
        "hunt_finds": "preview",
    }
    assert lead.post("/console/new-bank", form)["Location"] == "/console/banks/archive"
    page = text_of(lead.get("/console/banks/archive"))
    assert "An entry becomes active with 2 sources." in page
    again = lead.post("/console/new-bank", form | {"purpose": "Other things."})
    assert again.status_code == 422
    assert "There is a bank of this name already." in again.content.decode()


def test_a_bank_that_protects_is_created_through_the_console(lead: Client) -> None:
    form = {"name": "psalms", "purpose": "Prayer.", "sources_required": "1"}
    lead.post("/console/new-bank", form | {"effect": "protect", "hunt_finds": "act"})
    made = Bank.objects.get(name="psalms")
    assert (made.protects, made.acting, made.hunt_finds) == (True, False, "act")
    assert "is never evidence" in text_of(lead.get("/console/banks/psalms"))


@pytest.mark.parametrize(
    ("content", "algorithms"),
    [
        ({"text": "Gulls over the harbour at first light."}, {"text", "shingles"}),
        ({"url": "HTTPS://Example.org/gulls?utm_source=x"}, {"url"}),
        ({"algorithm": "md5", "value": "0" * 32}, {"md5"}),
        ({"file": b"just bytes"}, {"sha256", "md5"}),
    ],
)
def test_an_entry_is_added_from_each_kind_of_content(
    lead: Client, world: World, content: dict[str, Any], algorithms: set[str]
) -> None:
    if "file" in content:
        content = {"file": SimpleUploadedFile("gulls.bin", content["file"])}
    form = {"label": "Gulls", "source": "Island archive", "context": "dependent", **content}
    answer = lead.post("/console/new-entry/stand-ins", form)
    assert answer.status_code == 302, answer.context and answer.context["form"].errors
    entry = Entry.objects.get(label="Gulls")
    assert set(entry.signals.values_list("algorithm", flat=True)) == algorithms
    event = EventRow.objects.filter(kind="banks.entry_added").latest("id")
    assert '"kind":"person"' in event.leaf


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ({}, "Give one of text, address, file or signal."),
        ({"text": "a", "url": "https://example.org"}, "Give one of text, address, file or signal."),
        ({"text": "… !"}, "a text needs letters"),
        ({"url": "no address"}, "url"),
        ({"algorithm": "pdq", "value": "xyz"}, "64 hexadecimal digits"),
        ({"algorithm": "", "value": "0" * 32}, "value"),
        ({"picture": True}, "could not be decoded"),
        ({"text": "Gulls.", "source": "two\nlines"}, "No control characters"),
    ],
)
def test_an_entry_that_cannot_be_is_explained_at_its_field(
    lead: Client, world: World, content: dict[str, Any], complaint: str
) -> None:
    if content.get("picture"):
        content = {"file": SimpleUploadedFile("x.jpg", b"\xff\xd8\xff\xe0broken", "image/jpeg")}
    form = {"label": "Gulls", "source": "Island archive", "context": "any", **content}
    answer = lead.post("/console/new-entry/stand-ins", form)
    assert answer.status_code == 422
    assert complaint in answer.content.decode()
    assert not Entry.objects.filter(label="Gulls").exists()


def test_an_entry_is_retired_once_and_stays_so(lead: Client, world: World) -> None:
    path = f"/console/entries/{world.text.id}"
    for _ in range(2):
        assert lead.post(f"{path}/retire").status_code == 302
    assert EventRow.objects.filter(kind="banks.entry_retired").count() == 1
    page = lead.get(path).content.decode()
    assert "Retired" in page
    assert "/retire" not in page
    assert lead.get(f"{path}/retire").status_code == 405


def test_a_source_is_added_and_may_make_an_entry_active(lead: Client, world: World) -> None:
    path = f"/console/entries/{world.text.id}"
    lead.post(f"{path}/sources", {"source": "Harbour museum"})
    assert "Harbour museum" in text_of(lead.get(path))
    lead.post(f"{path}/sources", {"source": "x" * 121})
    assert "at most 120 characters" in text_of(lead.get(path))


def test_an_entry_shows_where_it_matched_and_what_rests_on_it(lead: Client, world: World) -> None:
    page = text_of(lead.get(f"/console/entries/{world.text.id}"))
    assert "1 match so far; 1 decision in force rests on it." in page
    assert "winter/8841" in page


def test_open_cases_are_listed_oldest_first_and_closed_ones_on_request(lead: Client, world: World) -> None:
    closed = Case.objects.order_by("opened_at")[0]
    Case.objects.filter(pk=closed.pk).update(state="closed", closed_at=now())
    rows = lead.get("/console/cases").context["rows"]
    assert [row.title for row in rows] == ["Page of the show", "8843"]
    assert [row.case.pk for row in lead.get("/console/cases?state=closed").context["rows"]] == [closed.pk]
    assert [row.title for row in lead.get("/console/cases?reason=undecodable").context["rows"]] == ["8843"]
    assert "8842" in text_of(lead.get(f"/console/cases/{closed.pk}"))
    Case.objects.update(state="closed", closed_at=now())
    assert "The last one was closed" in text_of(lead.get("/console/cases"))


def test_a_record_is_shown_as_hashed_and_its_proof_verifies(lead: Client, world: World) -> None:
    row = EventRow.objects.filter(kind="decisions.decided").order_by("position")[0]
    page = lead.get(f"/console/ledger/{row.pk}")
    assert "Download the proof" in page.content.decode()
    answer = lead.get(f"/console/ledger/{row.pk}/proof")
    assert answer["Content-Disposition"] == f'attachment; filename="{row.pk}.tlog-proof"'
    proof = TlogProof.from_text(answer.content.decode())
    assert proof.index == row.position


def test_records_are_leafed_through_by_place(lead: Client, world: World) -> None:
    page = lead.get("/console/ledger?before=3")
    assert [record.position for record in page.context["records"]] == [2, 1, 0]
    page = lead.get("/console/ledger?kind=banks.bank_created")
    assert {record.kind for record in page.context["records"]} == {"banks.bank_created"}


def test_the_policy_is_shown_line_by_line_with_its_versions(lead: Client, world: World) -> None:
    page = lead.get("/console/policy")
    assert page.context["lines"][2] == "policy: default"
    assert 'id="L3"' in page.content.decode()
    assert lead.get("/console/policy/1").status_code == 200
    assert lead.get("/console/policy/9").status_code == 404


def test_the_language_is_switched_and_the_page_turns_round(lead: Client, world: World) -> None:
    lead.post("/i18n/language", {"language": "ar", "next": "/console"})
    page = lead.get("/console").content.decode()
    assert '<html lang="ar" dir="rtl"' in page
    assert "3 قضايا تنتظر المراجعة" in page
    assert "إزالة واحدة خلال 30 يومًا" in page


def test_a_preference_is_kept_and_leads_back_only_to_our_own_pages(lead: Client) -> None:
    answer = lead.post("/console/preferences/theme", {"value": "dark", "next": "/console/items"})
    assert answer["Location"] == "/console/items"
    assert 'data-theme="dark"' in lead.get("/console").content.decode()
    answer = lead.post("/console/preferences/theme", {"value": "light", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"
    assert lead.post("/console/preferences/theme", {"value": "pink"}).status_code == 404
    assert lead.post("/console/preferences/size", {"value": "dark"}).status_code == 404


@pytest.mark.parametrize(
    ("path", "accepted", "packed"),
    [
        ("vendor/pico.css", "gzip, br", True),
        ("vendor/pico.css", "identity", False),
        ("fonts/ischia-sans-400.woff2", "gzip", False),
    ],
)
def test_our_own_text_files_go_out_compressed(client: Client, path: str, accepted: str, packed: bool) -> None:
    answer = client.get(f"/static/console/{path}", headers={"Accept-Encoding": accepted})
    body = b"".join(answer.streaming_content)
    answer.close()
    assert (answer.get("Content-Encoding") == "gzip") == packed
    original = (ROOT / "static" / "console" / path).read_bytes()
    assert (gzip.decompress(body) if packed else body) == original


def test_pages_are_not_compressed_because_they_hold_secrets(lead: Client) -> None:
    assert "Content-Encoding" not in lead.get("/console", headers={"Accept-Encoding": "gzip"})


def test_a_stale_form_is_explained(phone: Phone) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/console/preferences/theme", {"value": "dark"})
    assert answer.status_code == 403
    assert "This form was not accepted" in answer.content.decode()


def test_a_failure_gives_a_number_and_no_traceback(lead: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("ischia.console.views.ledger.queries.status", broken)
    lead.raise_request_exception = False
    named = lead.get("/console/ledger", ISCHIA_REQUEST_ID="a1b2c3")
    assert "<code>a1b2c3</code>" in named.content.decode()
    answer = lead.get("/console/ledger")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert re.search(r"<code>[0-9a-f-]{36}</code>", page)
    assert "secret detail" not in page
