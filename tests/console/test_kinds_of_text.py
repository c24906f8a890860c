"""A reviewer tells what kind of text it is, and sees in which language and script each part is."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from ischia.base.events import EventRow, payload
from ischia.console.languages import in_words
from ischia.content.models import PartContent
from ischia.screening.queries import told_texts
from tests.console.signin import Phone, phone, sign_in
from tests.console.test_pages import auditor, lead, text_of, world
from tests.console.world import ARABIC, World

__all__ = ["auditor", "lead", "phone", "world"]
pytestmark = pytest.mark.django_db


def test_a_reviewer_records_what_kind_of_text_it_is(client: Client, phone: Phone, world: World) -> None:
    reviewer = sign_in(client, phone, "reviewer")
    kept = PartContent.objects.get(revision__item__external_id="c-77")
    page = client.get("/console/items/comments/c-77")
    assert "What kind of text is it?" in text_of(page)
    assert f"/console/texts/{kept.pk}/genre" in page.content.decode()
    answer = client.post(f"/console/texts/{kept.pk}/genre", {"genre": "personal"}, follow=True)
    assert answer.redirect_chain == [("/console/items/comments/c-77", 302)]
    assert "Recorded." in text_of(answer)
    event = EventRow.objects.get(kind="screening.genre_told")
    assert payload(event)["genre"] == "personal"
    assert str(reviewer.pk) not in event.leaf
    assert [(one.text, one.genre) for one in told_texts().texts] == [(ARABIC, "personal")]


def test_nothing_else_can_be_recorded(lead: Client, world: World) -> None:
    kept = PartContent.objects.get(revision__item__external_id="c-77")
    assert lead.post(f"/console/texts/{kept.pk}/genre", {"genre": "terrorist"}).status_code == 404
    picture = PartContent.objects.exclude(file="").first()
    assert picture
    assert lead.post(f"/console/texts/{picture.pk}/genre", {"genre": "legal"}).status_code == 404
    assert lead.get(f"/console/texts/{kept.pk}/genre").status_code == 405
    assert not EventRow.objects.filter(kind="screening.genre_told").exists()


def test_who_sees_no_content_is_not_asked_about_it(auditor: Client, world: World) -> None:
    assert "What kind of text is it?" not in text_of(auditor.get("/console/items/comments/c-77"))
    kept = PartContent.objects.get(revision__item__external_id="c-77")
    assert auditor.post(f"/console/texts/{kept.pk}/genre", {"genre": "legal"}).status_code == 403


def test_each_part_names_its_language_and_script(lead: Client, world: World) -> None:
    page = text_of(lead.get("/console/items/comments/c-77"))
    assert page.count("Arabic, Arabic script") == 2
    assert "English, Latin script" in text_of(lead.get("/console/items/posts/winter/8841"))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Persian, Arabic script · language unknown, Latin script · Kurdish (Sorani), Arabic script · xx, Zzzz"),
        ("ar", "الفارسيّة، الخط العربي · لغة غير معروفة، الخط اللاتيني · الكردية (السورانية)، الخط العربي · xx، Zzzz"),
    ],
)
def test_languages_are_named_in_the_viewers_words(language: str, words: str) -> None:
    with translation.override(language):
        assert in_words(["fa-Arab", "und-Latn", "ckb-Arab", "xx-Zzzz"]) == words
