"""A known text is found quoted, excerpted and respelled; phrases weigh together; addresses in texts count."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from ischia.cli.bank import app
from ischia.screening.phrases import current as phrases
from tests.journeys.conftest import Platform
from tests.journeys.work import run_jobs

KNOWN = (
    "دوّن حارس المنارة كل سفينة مرّت بالجزيرة في ذلك الشتاء، اسمها ورايتها وحمولتها، ورسم في آخر كل صفحة البحر كما كان "
    "في ذلك اليوم، ليعرف من يأتي بعده لا ما مرّ فحسب بل في أي طقس مرّ، وكيف كانت الريح تهبّ على الخليج عند الغسق، "
    "وكيف كان الصيادون يعودون بشباكهم قبل أن ينطفئ آخر ضوء في المرفأ القديم."
)
OTHER = "The harbour café opens at seven, and the ferry to the mainland leaves twice a day except on Sundays. " * 6


@pytest.fixture(autouse=True)
def _fresh_phrases() -> Any:
    phrases.forget()
    yield
    phrases.forget()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"{OTHER} {KNOWN} {OTHER}", "quoted"),
        (KNOWN[:160], "excerpt"),
        (f"{KNOWN[:-20]} والقديم جدا", "respelled"),
    ],
    ids=["quoted", "an excerpt", "edited"],
)
def test_much_of_a_known_text_goes_before_a_person_with_its_place(platform: Platform, text: str, kind: str) -> None:
    platform.add_text(KNOWN)
    answer = platform.screen_text("1", text).json()
    assert answer["verdict"] == "queue"
    (match,) = answer["matches"]
    assert (match["algorithm"], match["kind"]) == ("shingles", kind)
    start = match["where"]["spans"][0][0]
    assert abs(start - max(0, text.find(KNOWN[:20]))) < 12


def test_a_text_that_shares_a_prayer_alone_is_let_pass(platform: Platform) -> None:
    prayer = "بسم الله الرحمن الرحيم الحمد لله رب العالمين الرحمن الرحيم مالك يوم الدين إياك نعبد وإياك نستعين "
    platform.add_text(f"{prayer} {KNOWN}")
    assert platform.screen_text("1", f"{prayer} وبعد، نلتقي غدا في المقهى").json()["match_count"] == 0


def test_a_hunt_finds_a_quotation(platform: Platform) -> None:
    platform.screen_text("quoting", f"{OTHER} {KNOWN}")
    platform.screen_text("other", OTHER)
    platform.add_text(KNOWN)
    run_jobs()
    assert platform.get("/items/posts/quoting").json()["matches"][0]["kind"] == "quoted"
    assert platform.get("/items/posts/other").json()["matches"] == []


def phrase(text: str, weight: float, **more: Any) -> dict[str, Any]:
    return {"text": text, "weight": weight, "source": "test", "reason": "a stand-in", "gloss": f"“{text}”", **more}


def add_list(tmp_path: Any, *entries: dict[str, Any]) -> str:
    path = tmp_path / "list.yaml"
    path.write_text(yaml.safe_dump({"phrases": list(entries)}, allow_unicode=True), encoding="utf-8")
    outcome = CliRunner().invoke(app, ["add-list", "known", str(path)])
    assert outcome.exit_code == 0, outcome.output
    phrases.forget()
    return outcome.output


def test_a_phrase_queues_however_it_is_spelled_and_never_acts(platform: Platform, tmp_path: Any) -> None:
    add_list(tmp_path, phrase("قادمون إلى المرفأ", 1.0))
    written = "قـادِمـون إلـى المـرفـأ"
    text = f"يا أصحاب، {written} مساء اليوم"
    answer = platform.screen_text("1", text).json()
    assert answer["verdict"] == "queue"
    (match,) = answer["matches"]
    assert (match["algorithm"], match["strength"]) == ("phrase", "partial")
    assert match["where"]["gloss"] == "“قادمون إلى المرفأ”"
    start, end = match["where"]["spans"][0]
    assert text[start:end] == written


def test_a_text_with_more_phrases_than_are_kept_says_so(platform: Platform, tmp_path: Any) -> None:
    add_list(tmp_path, phrase("قادمون إلى المرفأ", 1.0))
    parts = [
        platform.screen_text(item, "قادمون إلى المرفأ " * times).json()["parts"]
        for item, times in (("1", 9), ("2", 150))
    ]
    assert "notes" not in parts[0][0]
    assert parts[1][0]["notes"] == ["phrases_cut_off"]


def test_names_alone_queue_nothing_and_a_list_is_added_once(platform: Platform, tmp_path: Any) -> None:
    listed = phrase("نادي المرفأ", 0.1, kind="name")
    assert "1 phrases added" in add_list(tmp_path, listed)
    assert "0 phrases added, 1 were there" in add_list(tmp_path, listed)
    answer = platform.screen_text("1", "فاز نادي المرفأ مرة أخرى على نادي الميناء").json()
    assert answer["verdict"] == "allow"


def test_a_link_in_a_text_is_found_by_its_site_however_it_is_written(platform: Platform) -> None:
    form = {"label": "a channel", "source": "test", "context": "any", "url": "example.org/channel/*"}
    assert platform.post("/banks/known/entries", form).status_code == 201
    answer = platform.screen_text("1", "look at hxxps://www.example[.]org/channel/42 tonight").json()
    assert answer["verdict"] == "queue"
    (match,) = answer["matches"]
    assert (match["algorithm"], match["kind"]) == ("site", "under_site")
    assert platform.screen_text("2", "look at example.org/other/42 tonight").json()["match_count"] == 0


def test_the_same_film_is_known_by_its_name_at_the_service(platform: Platform) -> None:
    form = {"label": "a film", "source": "test", "url": "https://www.youtube.com/watch?v=aqz-KE-bpKQ"}
    platform.post("/banks/known/entries", form)
    answer = platform.screen_text("1", "watch https://youtu.be/aqz-KE-bpKQ?t=42").json()
    assert "content_id" in {match["algorithm"] for match in answer["matches"]}


def test_a_site_that_belongs_to_everybody_is_refused(platform: Platform) -> None:
    form = {"label": "x", "source": "test", "url": "youtube.com/*"}
    answer = platform.post("/banks/known/entries", form)
    assert answer.status_code == 422
