"""Bad input gets a problem that says what and where, or a recorded state; never a 500, and nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from ischia.api.models import IdempotentRequest
from ischia.base import clock, processes
from ischia.base.config import config
from ischia.base.jobs.models import Job
from ischia.content.models import Item
from tests.journeys.conftest import LONG_TEXT, Platform, make_platform

TEXT = [{"id": "body", "type": "text", "text": "hello"}]


def submission(**more: Any) -> dict[str, Any]:
    return {"surface": "posts", "id": "1", "author": "a", "parts": TEXT, **more}


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ("{", 400, "JSON"),
        (" ", 400, "JSON"),
        ('{"surface": "posts", "id": "\\ud800"}', 400, "column"),
        (submission(id=""), 422, "id"),
        (submission(id="x" * 256), 422, "id"),
        (submission(id="a\0b"), 422, "id"),
        (submission(surface="nowhere"), 422, "nowhere"),
        (submission(parts=[]), 422, "parts"),
        (submission(parts=[{"id": "a", "type": "poem", "text": "x"}]), 422, "poem"),
        (submission(parts=[*TEXT, *TEXT]), 422, "same id"),
        (submission(views=-1), 422, "views"),
        (submission(published_at="yesterday"), 422, "published_at"),
        (submission(published_at="2026-01-01T00:00:00"), 422, "published_at"),
        (submission(published_at="0001-01-01T00:00:00+14:00"), 422, "1970"),
        (submission(published_at="9999-12-31T23:59:59-14:00"), 422, "9998"),
        (submission(views=2**53), 422, "views"),
        (submission(id="a\ufffd"), 422, "U+FFFD"),
        (submission(mode="later"), 422, "mode"),
        (submission(colour="red"), 422, "colour"),
        (submission(parts=[{"id": "a", "type": "link", "url": "javascript:alert(1)"}]), 422, "javascript"),
        (submission(parts=[{"id": "a", "type": "signal", "algorithm": "pdq", "value": "zz"}]), 422, "pdq"),
        (submission(parts=[{"id": "a", "type": "signal", "algorithm": "sha265", "value": "00"}]), 422, "sha256"),
        (submission(parts=[{"id": "a", "type": "image", "file": "missing"}]), 400, "missing"),
        ('{"surface": "posts", "surface": "chats", "id": "1", "parts": []}', 422, "parts"),
        ([1, 2], 422, "object"),
        ("null", 422, "object"),
    ],
)
def test_a_submission_that_is_wrong(platform: Platform, body: Any, status: int, says: str) -> None:
    answer = platform.post("/screen", body)
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert says in json.dumps(problem, ensure_ascii=False)
    assert not Item.objects.exists()


def test_a_name_that_stands_twice_is_refused_with_its_place_because_readers_differ_in_what_counts(
    platform: Platform,
) -> None:
    part = '{"id": "a", "type": "text", "text": "hello", "text": "goodbye"}'
    answer = platform.post("/screen", f'{{"surface": "posts", "id": "1", "parts": [{part}]}}')
    assert (answer.status_code, answer.json()["errors"][0]["at"]) == (400, "parts.0.text")
    form = {"submission": f'{{"surface": "posts", "surface": "posts", "id": "1", "parts": {json.dumps(TEXT)}}}'}
    sent = platform.client.post("/api/v1/screen", form, headers={"Authorization": f"Bearer {platform.key}"})
    assert (sent.status_code, sent.json()["errors"][0]["at"]) == (400, "surface")
    surface = '{"name": "a", "name": "b", "audience": "public", "when_silent": "hold"}'
    ours = platform.post("/surfaces", surface)
    assert (ours.status_code, ours.json()["errors"][0]["at"]) == (400, "name")
    broken = platform.post("/surfaces", '{"name": ')
    assert (broken.status_code, "column" in broken.json()["detail"]) == (400, True)
    assert platform.post("/surfaces", "[" * 100_000).status_code == 400
    assert not Item.objects.exists()


def test_a_private_surface_is_refused_and_nothing_is_stored(platform: Platform) -> None:
    for audience in ("private", "selected"):
        platform.post("/surfaces", {"name": audience, "audience": audience, "when_silent": "publish"})
        answer = platform.post("/screen", submission(surface=audience))
        assert answer.status_code == 403
    assert not Item.objects.exists()


def test_no_key_a_wrong_key_and_a_key_without_the_scope(platform: Platform) -> None:
    key, platform.key = platform.key, "isk_nonsense"
    assert platform.post("/screen", submission()).status_code == 401
    platform.key = key[:-1] + ("a" if key[-1] != "a" else "b")
    assert platform.post("/screen", submission()).status_code == 401
    weak = make_platform(platform.client, ("items",))
    refused = weak.post("/screen", submission())
    assert (refused.status_code, "screen" in refused.json()["detail"]) == (403, True)


def test_another_content_type_an_unknown_address_and_a_wrong_method(platform: Platform) -> None:
    headers = {"Authorization": f"Bearer {platform.key}"}
    plain = platform.client.post("/api/v1/screen", data="x", content_type="text/plain", headers=headers)
    assert (plain.status_code, plain.headers["Content-Type"]) == (415, "application/problem+json")
    nul = platform.get("/items/posts/a%00b")
    assert (nul.status_code, nul.headers["Content-Type"]) == (400, "application/problem+json")
    missing = platform.get("/nothing")
    assert (missing.status_code, missing.headers["Content-Type"]) == (404, "application/problem+json")
    wrong = platform.get("/screen")
    assert (wrong.status_code, wrong.headers["Content-Type"]) == (405, "application/problem+json")


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\xff\xd8\xff\xe0" + b"\0" * 100])
def test_a_file_that_cannot_be_decoded_is_recorded_and_goes_before_a_person(platform: Platform, content: bytes) -> None:
    answer = platform.screen_picture("1", content)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["verdict"], told["parts"][0]["state"]) == ("queue", "undecodable")
    assert told["parts"][0]["reason"]


def test_text_with_nuls_and_direction_marks_is_screened(platform: Platform) -> None:
    assert platform.screen_text("1", "a\0b\u202e" + "\u0301" * 50_000).status_code == 200


def test_matches_are_told_only_to_keys_that_may_read_them(platform: Platform) -> None:
    platform.add_text("come to the harbour at six")
    weak = make_platform(platform.client, ("screen",))
    answer = weak.screen_text("1", "come to the harbour at six").json()
    assert (answer["verdict"], answer["match_count"]) == ("queue", 1)
    assert "matches" not in answer
    assert weak.post("/lookup", {"algorithm": "md5", "value": "0" * 32}).status_code == 403


def test_an_idempotency_key_gives_the_first_answer_again_and_refuses_another_body(platform: Platform) -> None:
    bank = {"name": "b", "purpose": "p", "acting": False, "sources_required": 1}
    platform.post("/banks", bank)
    entry = {"label": "l", "source": "s", "text": "hello there"}
    first = platform.post("/banks/b/entries", entry, **{"Idempotency-Key": "one"})
    again = platform.post("/banks/b/entries", entry, **{"Idempotency-Key": "one"})
    assert (first.status_code, first.json()) == (201, again.json())
    assert len(platform.get("/banks/b/entries").json()) == 1
    other = platform.post("/banks/b/entries", {**entry, "label": "m"}, **{"Idempotency-Key": "one"})
    assert other.status_code == 422


def test_what_a_process_began_and_did_not_live_to_answer_is_done_by_the_next_that_asks(platform: Platform) -> None:
    bank, key = {"name": "b", "purpose": "p"}, {"Idempotency-Key": "one"}
    assert platform.post("/banks", bank, **key).status_code == 201
    begun = {"status": None, "started_at": clock.now()}
    IdempotentRequest.objects.update(**begun, process=processes.name())
    assert platform.post("/banks", bank, **key).status_code == 409
    own, _, _ = processes.name().partition(" ")
    IdempotentRequest.objects.update(**begun, process=f"{own} 1")
    assert platform.post("/banks", bank, **key).status_code == 201
    assert IdempotentRequest.objects.get().status == 201


def test_an_idempotency_key_knows_a_form_again_whatever_its_boundary(platform: Platform) -> None:
    platform.post("/banks", {"name": "b", "purpose": "p"})
    answers = []
    for boundary in ("first-1", "second-2"):
        body = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="entry"\r\n\r\n'
            f'{{"label": "l", "source": "s", "text": "hello there"}}\r\n--{boundary}--\r\n'
        )
        kind = f"multipart/form-data; boundary={boundary}"
        headers = {"Authorization": f"Bearer {platform.key}", "Idempotency-Key": "one"}
        sent = platform.client.post("/api/v1/banks/b/entries", body, content_type=kind, headers=headers)
        answers.append((sent.status_code, sent.json()["id"]))
    assert answers[0][0] == 201
    assert answers[0] == answers[1]


def test_a_known_text_has_as_many_bytes_as_a_submitted_one_at_most(platform: Platform) -> None:
    text = "ن" * (config().text_limit // 2 + 1)
    answers = [platform.add_text(text), platform.screen_text("1", text)]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert [answer.json()["errors"][0]["at"] for answer in answers] == ["text", "parts.0.text.text"]
    assert "bytes of UTF-8" in answers[0].json()["detail"]


def test_a_form_of_too_many_fields_is_refused(platform: Platform) -> None:
    fields = {f"field{number}": "x" for number in range(1100)}
    answer = platform.client.post("/api/v1/screen", fields, headers={"Authorization": f"Bearer {platform.key}"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")


def test_an_action_on_an_item_with_as_many_views_as_can_be_told_is_acknowledged(platform: Platform) -> None:
    platform.add_text(LONG_TEXT)
    action = platform.screen_text("1", LONG_TEXT, views=2**53 - 1).json()["actions"][0]["id"]
    answer = platform.post(f"/actions/{action}/ack", {"outcome": "done"})
    assert (answer.status_code, answer.json()["state"]) == (200, "done")


def test_of_what_was_refused_for_a_private_surface_not_even_the_requests_digest_is_kept(platform: Platform) -> None:
    platform.post("/surfaces", {"name": "chats", "audience": "private", "when_silent": "publish"})
    for mode in ("sync", "async"):
        answer = platform.post("/screen", submission(surface="chats", mode=mode), **{"Idempotency-Key": mode})
        assert answer.status_code == 403
    assert not IdempotentRequest.objects.exists()
    assert not Item.objects.exists()
    assert not Job.objects.filter(name="screening.finish_pending").exists()


def test_a_large_upload_waits_in_the_data_folder_and_leaves_nothing_there(platform: Platform) -> None:
    assert Path(settings.FILE_UPLOAD_TEMP_DIR) == config().folder("tmp")
    assert platform.screen_picture("1", bytes(3 * 2**20)).json()["parts"][0]["bytes"] == 3 * 2**20
    assert not list(config().folder("tmp").iterdir())
