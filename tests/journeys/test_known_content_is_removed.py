"""Known content is recognised, policy decides, the platform is told and acknowledges, and the log proves it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

from ischia.base import clock
from ischia.base.events import EventRow, payload
from ischia.content.models import Account, Item
from ischia.content.queries import pseudonym
from ischia.core.tlog import Verifier, verify_proof
from ischia.ledger.jobs import tick
from tests.journeys.conftest import LONG_TEXT, Platform


def test_a_known_text_is_removed_however_it_is_typed(platform: Platform) -> None:
    entry = platform.add_text(LONG_TEXT).json()
    answer = platform.screen_text("1", LONG_TEXT.upper().replace(". ", " !! ")).json()
    assert answer["verdict"] == "remove"
    assert answer["match_count"] == 1
    match = answer["matches"][0]
    assert (match["entry"], match["algorithm"], match["distance"], match["strength"]) == (
        entry["id"],
        "text",
        0,
        "exact",
    )
    assert [action["kind"] for action in answer["actions"]] == ["remove"]


def test_a_short_known_text_goes_before_a_person(platform: Platform) -> None:
    platform.add_text("come to the harbour at six")
    answer = platform.screen_text("1", "Come to the harbour at SIX!").json()
    assert answer["verdict"] == "queue"
    assert answer["case"]
    assert answer["actions"] == []


def test_a_known_picture_is_removed_as_a_file_and_re_encoded(platform: Platform, picture: Callable[..., bytes]) -> None:
    entry = platform.add_picture(picture(1)).json()
    assert {signal["algorithm"] for signal in entry["signals"]} == {"sha256", "md5", "pdq", "gate", "corners"}
    same = platform.screen_picture("1", picture(1)).json()
    assert same["verdict"] == "remove"
    again = platform.screen_picture("2", picture(1, quality=40)).json()
    assert again["verdict"] == "remove"
    assert again["matches"][0]["algorithm"] == "pdq"
    assert (again["matches"][0]["strength"], again["matches"][0]["gated"]) == ("near", True)
    assert 0 <= again["matches"][0]["distance"] <= again["matches"][0]["threshold"] == 31
    other = platform.screen_picture("3", picture(2)).json()
    assert (other["verdict"], other["match_count"]) == ("allow", 0)


def test_what_press_and_archives_also_use_never_acts_alone(platform: Platform) -> None:
    platform.add_text(LONG_TEXT, context="dependent")
    assert platform.screen_text("1", LONG_TEXT).json()["verdict"] == "queue"


def test_a_bank_that_does_not_act_only_queues(platform: Platform) -> None:
    platform.post("/banks", {"name": "watch", "purpose": "watch", "acting": False, "sources_required": 1})
    platform.add_text(LONG_TEXT, bank="watch")
    assert platform.screen_text("1", LONG_TEXT).json()["verdict"] == "queue"


def test_an_entry_that_needs_two_sources_waits_for_the_second(platform: Platform) -> None:
    platform.post("/banks", {"name": "pair", "purpose": "pair", "acting": True, "sources_required": 2})
    assert platform.add_text(LONG_TEXT, bank="pair").json()["status"] == "review_only"
    assert platform.screen_text("1", LONG_TEXT).json()["verdict"] == "queue"


def test_md5_never_acts(platform: Platform) -> None:
    signal = {"algorithm": "md5", "value": "0" * 31 + "1"}
    entry = {"label": "l", "source": "s", "context": "any", "signals": [signal]}
    assert platform.post("/banks/known/entries", entry).status_code == 201
    parts = [{"id": "h", "type": "signal", **signal}]
    answer = platform.post("/screen", {"surface": "posts", "id": "1", "author": "a", "parts": parts}).json()
    assert answer["verdict"] == "queue"


def test_a_retired_entry_matches_nothing(platform: Platform, picture: Callable[..., bytes]) -> None:
    for entry in (platform.add_text(LONG_TEXT).json(), platform.add_picture(picture(1)).json()):
        retired = platform.post(f"/banks/known/entries/{entry['id']}/retire", {})
        assert (retired.status_code, retired.json()["status"]) == (200, "retired")
    assert platform.screen_text("1", LONG_TEXT).json()["match_count"] == 0
    assert platform.screen_picture("2", picture(1)).json()["match_count"] == 0


def test_the_same_content_again_returns_the_stored_answer_and_changed_content_is_a_new_revision(
    platform: Platform,
) -> None:
    first = platform.screen_text("1", "good morning").json()
    platform.add_text("good morning")
    assert platform.screen_text("1", "good morning").json() == first
    changed = platform.screen_text("1", "good evening").json()
    assert (first["revision"], changed["revision"]) == (1, 2)


def test_an_acknowledgement_ends_the_action_and_tells_the_time_to_removal(platform: Platform) -> None:
    platform.add_text(LONG_TEXT)
    published = (clock.now() - timedelta(seconds=30)).isoformat()
    answer = platform.screen_text("1", LONG_TEXT, published_at=published, views=12).json()
    action = answer["actions"][0]["id"]
    for _ in range(2):
        done = platform.post(f"/actions/{action}/ack", {"outcome": "done"})
        assert (done.status_code, done.json()["state"]) == (200, "done")
    events = EventRow.objects.filter(kind="decisions.action_acknowledged")
    assert events.count() == 1
    told = payload(events.get())
    assert 30_000 <= told["milliseconds_since_publication"] < 90_000
    assert told["views"] == 12
    decision = platform.get(f"/decisions/{answer['decision']}").json()
    assert (decision["state"], decision["effect"], decision["ground"]) == ("in_force", "remove", "terms")
    assert decision["actions"][0]["state"] == "done"


def test_an_item_tells_its_verdict_its_decisions_and_its_id_may_hold_slashes(platform: Platform) -> None:
    platform.add_text(LONG_TEXT)
    platform.screen_text("a/b/c 1", LONG_TEXT)
    item = platform.get("/items/posts/a/b/c%201").json()
    assert item["item"] == {"surface": "posts", "id": "a/b/c 1"}
    assert (item["state"], item["verdict"], len(item["decisions"])) == ("done", "remove", 1)


def test_deleted_content_is_erased_and_what_was_decided_stays(platform: Platform) -> None:
    platform.add_text(LONG_TEXT)
    platform.screen_text("1", LONG_TEXT)
    assert platform.call("delete", "/items/posts/1").status_code == 204
    item = platform.get("/items/posts/1").json()
    assert (item["state"], len(item["decisions"])) == ("gone", 1)
    assert platform.call("delete", "/items/posts/1").status_code == 204
    assert EventRow.objects.filter(kind="content.item_gone").count() == 1


def test_of_a_deleted_link_not_even_the_address_is_kept(platform: Platform) -> None:
    link = {"id": "link", "type": "link", "url": "https://example.com/somebody/private-album"}
    platform.post("/screen", {"surface": "posts", "id": "1", "author": "a", "parts": [link]})
    platform.call("delete", "/items/posts/1")
    assert platform.get("/items/posts/1").json()["parts"] == [{"id": "link", "type": "link", "state": "screened"}]


def test_an_item_that_is_submitted_again_without_its_author_keeps_the_protection_that_the_author_has(
    platform: Platform,
) -> None:
    protected = pseudonym("reporter")
    Account.objects.create(pseudonym=protected, protections=["press"], created_at=clock.now())
    parts = [{"id": "body", "type": "text", "text": "the first words"}]
    platform.post(
        "/screen", {"surface": "posts", "id": "1", "author": "reporter", "url": "https://p/1", "parts": parts}
    )
    parts[0]["text"] = "other words"
    assert platform.post("/screen", {"surface": "posts", "id": "1", "parts": parts}).status_code == 200
    item = Item.objects.get()
    assert (item.author, item.url, item.revision_number) == (protected, "https://p/1", 2)
    platform.add_text(LONG_TEXT)
    parts[0]["text"] = LONG_TEXT
    assert platform.post("/screen", {"surface": "posts", "id": "1", "parts": parts}).json()["verdict"] == "queue"


def test_a_platform_that_sends_hashes_only_gets_the_same_verdict(
    platform: Platform, picture: Callable[..., bytes]
) -> None:
    entry = platform.add_picture(picture(1)).json()
    value = next(signal for signal in entry["signals"] if signal["algorithm"] == "sha256")["value"]
    parts = [{"id": "h", "type": "signal", "algorithm": "sha256", "value": value.upper()}]
    answer = platform.post("/screen", {"surface": "posts", "id": "1", "author": "a", "parts": parts}).json()
    assert answer["verdict"] == "remove"


def test_a_lookup_finds_and_writes_nothing(platform: Platform, picture: Callable[..., bytes]) -> None:
    entry = platform.add_picture(picture(1)).json()
    pdq = next(signal for signal in entry["signals"] if signal["algorithm"] == "pdq")
    before = EventRow.objects.count()
    found = platform.post("/lookup", {"algorithm": "pdq", "value": pdq["value"]}).json()["matches"]
    assert [(m["entry"], m["distance"]) for m in found] == [(entry["id"], 0)]
    assert EventRow.objects.count() == before


def test_the_ledger_proves_a_decision_to_an_outsider(platform: Platform) -> None:
    platform.add_text(LONG_TEXT)
    decision = platform.screen_text("1", LONG_TEXT).json()["decision"]
    assert platform.get(f"/ledger/proof?record={decision}").status_code == 404, "it is not under a checkpoint yet"
    tick(now=clock.now(), holder="test")
    record = platform.get(f"/decisions/{decision}").json()["record"]
    by_decision = platform.get(f"/ledger/proof?record={decision}")
    assert by_decision.status_code == 200
    assert by_decision.content == platform.get(f"/ledger/proof?record={record}").content
    key = Verifier.from_string(platform.get("/ledger/key").content.decode().strip())
    proof, _ = verify_proof(by_decision.content.decode(), key)
    leaf = json.loads(proof.extra or b"")
    assert (leaf["kind"], leaf["data"]["decision"]) == ("decisions.decided", decision)
