"""Hunts, what holds an entry back, and the evidence of every kind of match, on their pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from ischia.banks.models import Entry, EntryPicture
from ischia.base.clock import now
from ischia.base.events import EventRow
from ischia.base.jobs import enqueue
from ischia.base.jobs.models import Job
from ischia.content.models import PartContent, Revision
from ischia.screening import verbs
from ischia.screening.models import Match, Screening
from ischia.screening.queries import job_key
from tests.console.signin import phone
from tests.console.test_pages import lead, text_of, world
from tests.console.world import World

__all__ = ["lead", "phone", "world"]
pytestmark = pytest.mark.django_db


def test_a_hunt_shows_its_preview_and_takes_an_answer_once(lead: Client, world: World) -> None:
    hunt = verbs.start_hunt(entry=world.text.id, now=now())
    while hunt.state == "open":
        hunt = verbs.continue_hunt(hunt=hunt.id, now=now())
    listed = text_of(lead.get("/console/hunts"))
    assert Entry.objects.get(pk=world.text.id).label in listed
    assert "waits for an answer" in listed
    page = text_of(lead.get(f"/console/hunts/{hunt.id}"))
    assert "Accept the preview" in page
    assert "winter/8841" in page
    for answer in ("accept", "refuse"):
        assert lead.post(f"/console/hunts/{hunt.id}/{answer}").status_code == 302
    page = text_of(lead.get(f"/console/hunts/{hunt.id}"))
    assert "Preview accepted" in page
    assert "Accept the preview" not in page
    assert EventRow.objects.filter(kind="screening.hunt_answered").count() == 1
    assert lead.post(f"/console/hunts/{hunt.id}/perhaps").status_code == 404


def test_what_holds_of_several_matches_alike_is_explained_once(lead: Client, world: World) -> None:
    row = Revision.objects.get(item__external_id="8842").screening
    reason = {"rule": "seen-before", "verdict": "queue", "conditions": [], "text": "Seen before."}
    row.reasons = {"reasons": [reason, {**reason, "match": 1}, {**reason, "rule": "another"}]}
    row.save()
    page = text_of(lead.get("/console/items/posts/8842"))
    assert page.count("seen-before") == page.count("another") == 1
    assert "2 matches" in page


def test_a_running_hunt_says_that_it_cannot_be_answered(lead: Client, world: World) -> None:
    hunt = verbs.start_hunt(entry=world.text.id, now=now())
    answer = lead.post(f"/console/hunts/{hunt.id}/accept", follow=True)
    assert "can be answered when it is done" in text_of(answer)


def test_an_entry_is_held_back_released_and_what_it_took_down_put_back(lead: Client, world: World) -> None:
    path = f"/console/entries/{world.text.id}"
    lead.post(f"{path}/hold-back")
    assert "held back by a person" in text_of(lead.get(path))
    lead.post(f"{path}/release")
    assert Entry.objects.get(pk=world.text.id).status == "active"
    assert "1 decision ended" in text_of(lead.post(f"{path}/restore", follow=True))
    assert Entry.objects.get(pk=world.text.id).held_back == "by_person"


def _matched(world: World, *, part: str, **fields: Any) -> str:
    """Add a match to the queued picture, as a later stage of the search would."""
    revision = Revision.objects.get(item__external_id="8842")
    row = Match.objects.filter(revision=revision).first()
    entry = row.entry if row else Entry.objects.get(pk=world.picture.id)
    Match.objects.filter(revision=revision).delete()
    Match.objects.create(
        revision=revision, part=part, entry=entry, signal=entry.signals.first().pk, distance=0, threshold=0, **fields
    )
    return "/console/items/posts/8842"


def test_where_a_known_picture_is_in_another_is_drawn(lead: Client, world: World) -> None:
    where = {"quad": [[0.1, 0.2], [0.5, 0.2], [0.5, 0.6], [0.1, 0.6]], "of_probe": 16, "of_entry": 100}
    path = _matched(world, part="photo", algorithm="corners", strength="partial", kind="entry_inside", where=where)
    answer = lead.get(path)
    assert 'points="10.0,20.0 50.0,20.0 50.0,60.0 10.0,60.0"' in answer.content.decode()
    page = text_of(answer)
    assert "inside of another picture" in page
    assert "16 %" in page


def test_a_video_shows_frames_of_both_sides_and_where_in_time_they_match(lead: Client, world: World) -> None:
    where = {"seconds": [[2.0, 9.0, 31.0, 38.0]], "entry_seconds": 75.0, "of_probe": 70, "of_entry": 9}
    path = _matched(world, part="photo", algorithm="frames", strength="partial", kind="clip", where=where)
    revision = Revision.objects.get(item__external_id="8842")
    kept = PartContent.objects.get(revision=revision, part="photo")
    for inside in ("0:04", "0:08"):
        kept.pk, kept.inside = None, inside
        kept.save(force_insert=True)
    shown = EntryPicture.objects.filter(entry=world.picture.id).first()
    assert shown
    EntryPicture.objects.create(entry_id=world.picture.id, file=shown.file, media_type="image/webp", inside="0:33")
    answer = lead.get(path)
    page = text_of(answer)
    assert "0:04" in page
    assert "0:33" in page
    assert "0:02–0:09" in page
    assert "0:31–0:38" in page
    assert "1:15" in page
    assert answer.content.decode().count('class="strip quiet"') == 2


def test_of_a_long_film_that_is_being_looked_at_the_page_says_how_far_it_is(lead: Client, world: World) -> None:
    revision = Revision.objects.get(item__external_id="8842")
    Screening.objects.filter(pk=revision.pk).update(state="pending", verdict="")
    enqueue("screening.finish_pending", {}, now=now(), dedupe_key=job_key(revision.pk))
    assert "Looked at" not in text_of(lead.get("/console/items/posts/8842"))
    Job.objects.filter(dedupe_key=job_key(revision.pk)).update(progress={"done": 240, "total": 3605})
    assert "4:00 / 1:00:05" in text_of(lead.get("/console/items/posts/8842"))


def test_matched_words_are_marked_and_the_folded_text_is_there_to_read(lead: Client, world: World) -> None:
    revision = Revision.objects.get(item__external_id="8842")
    entry = Entry.objects.get(pk=world.text.id)
    Match.objects.filter(revision=revision).delete()
    Match.objects.create(
        revision=revision, part="caption", entry=entry, signal=entry.signals.first().pk, algorithm="shingles",
        distance=0, threshold=0, strength="partial", kind="quoted",
        where={"spans": [[0, 10]], "entry_spans": [[4, 21]], "of_probe": 30, "of_entry": 90},
    )  # fmt: skip
    answer = lead.get("/console/items/posts/8842")
    assert "<mark>Found this</mark>" in answer.content.decode().replace("\n", "")
    assert "found this on my walk what a light" in text_of(answer)
    assert "quoted in a longer text" in text_of(answer)


def test_what_a_phrase_means_is_told_beside_it(lead: Client, world: World) -> None:
    where = {"spans": [[0, 5]], "level": "exact", "gloss": "the old lighthouse"}
    path = _matched(world, part="caption", algorithm="phrase", strength="partial", kind="phrase", weight=1, where=where)
    page = text_of(lead.get(path))
    assert page.index("the old lighthouse") < page.index("More about this match")
