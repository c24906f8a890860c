"""Where the operator allows it, shortened addresses are asked where they lead; what is known there queues the item."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from ischia.base import clock
from ischia.base.config import config
from ischia.base.jobs.models import Job
from ischia.base.outbound import Limits
from ischia.content.models import Fingerprint, Revision
from ischia.core.links import wrapped
from ischia.review.models import Case
from ischia.screening import verbs
from ischia.screening.verbs import shortened
from tests.base.sink import Sink
from tests.journeys.conftest import Platform
from tests.journeys.work import run_jobs

KNOWN = "https://example.com/video"


@pytest.fixture
def shortener(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """A shortener on loopback, which the operator allows to be asked."""
    sink = Sink()
    monkeypatch.setattr(wrapped, "SHORTENERS", wrapped.SHORTENERS | {"127.0.0.1"})
    monkeypatch.setattr(shortened, "LIMITS", Limits(connect=1.0, total=0.5, body=0))
    monkeypatch.setenv("ISCHIA_RESOLVE_LINKS", "listed")
    monkeypatch.setenv("ISCHIA_OUTBOUND_ALLOW", sink.allow[0])
    config.cache_clear()
    yield sink
    sink.close()
    monkeypatch.undo()
    config.cache_clear()


def know(platform: Platform, url: str = KNOWN) -> str:
    form = {"label": "a known page", "source": "test", "context": "any", "url": url}
    return str(platform.post("/banks/known/entries", form).json()["id"])


def post(platform: Platform, url: str, item: str = "1") -> None:
    part = {"id": "link", "type": "link", "url": url}
    answer = platform.post("/screen", {"surface": "posts", "id": item, "author": "a", "parts": [part]})
    assert (answer.json()["verdict"], answer.json()["match_count"]) == ("allow", 0)


def item(platform: Platform, name: str = "1") -> tuple[int, bool, int]:
    """Matches, whether a case is open, and decisions."""
    view = platform.get(f"/items/posts/{name}").json()
    return view["match_count"], Case.objects.filter(items=1).exists(), len(view["decisions"])


def test_a_known_page_behind_a_shortener_queues_the_item_and_never_acts(platform: Platform, shortener: Sink) -> None:
    entry = know(platform)
    shortener.answers = [(302, {"location": f"{KNOWN}?utm_source=x#top"})]
    post(platform, shortener.url)
    run_jobs()
    assert item(platform) == (1, True, 0)
    (match,) = platform.get("/items/posts/1").json()["matches"]
    assert (match["entry"], match["algorithm"], match["part"]) == (entry, "url", "link")
    assert [got.path for got in shortener.got] == ["/hook"], "the page at the end is not asked"


def test_a_shortened_address_in_a_text_is_followed_through_another_shortener(
    platform: Platform, shortener: Sink
) -> None:
    know(platform, "example.com/channel/*")
    shortener.answers = [(301, {"location": "/second"}), (302, {"location": "https://example.com/channel/7"})]
    answer = platform.screen_text("1", f"look at {shortener.url} before it goes")
    assert answer.json()["verdict"] == "allow"
    run_jobs()
    assert item(platform) == (1, True, 0)


def test_what_becomes_known_later_is_found_by_where_the_address_led(platform: Platform, shortener: Sink) -> None:
    shortener.answers = [(302, {"location": KNOWN})]
    post(platform, shortener.url)
    run_jobs()
    assert item(platform) == (0, False, 0)
    know(platform)
    run_jobs()
    assert item(platform) == (1, True, 0)


def test_following_twice_finds_and_keeps_nothing_twice(platform: Platform, shortener: Sink) -> None:
    know(platform)
    shortener.answers = [(302, {"location": KNOWN})]
    post(platform, shortener.url)
    run_jobs()
    kept = Fingerprint.objects.count()
    revision = Revision.objects.get().pk
    again = verbs.follow_link(revision=revision, part="link", inside="", url=shortener.url, now=clock.now())
    assert again == 0
    assert (item(platform), Fingerprint.objects.count()) == ((1, True, 0), kept)


def test_nothing_is_asked_unless_the_operator_said_so(
    platform: Platform, shortener: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISCHIA_RESOLVE_LINKS", "off")
    config.cache_clear()
    post(platform, shortener.url)
    run_jobs()
    assert shortener.connections == 0


def followed(platform: Platform, url: str) -> list[str]:
    """Post an address, do the job as often as it is tried, and return what the log says of it."""
    post(platform, url)
    with capture_logs() as logs:
        for _ in range(shortened.ATTEMPTS):
            Job.objects.filter(name=shortened.JOB, state="open").update(run_after=clock.now())
            run_jobs()
    assert set(Job.objects.filter(name=shortened.JOB).values_list("state", flat=True)) == {"done"}
    assert item(platform) == (0, False, 0)
    return [str(line["why"]) for line in logs if line["event"] == "screening.link_not_followed"]


def test_a_redirect_to_a_private_address_is_refused_and_logged(platform: Platform, shortener: Sink) -> None:
    shortener.answers = [(302, {"location": "http://127.0.0.1:9/inside"})]
    (why,) = followed(platform, shortener.url)
    assert "not a public address" in why
    assert len(shortener.got) == 1


def test_a_redirect_in_a_circle_ends(platform: Platform, shortener: Sink) -> None:
    shortener.answers = [(302, {"location": "/a"}), (302, {"location": "/hook"})]
    assert followed(platform, shortener.url) == []
    assert len(shortener.got) == 2


def test_a_host_that_says_nothing_is_given_up_and_that_is_logged(platform: Platform, shortener: Sink) -> None:
    shortener.answers = [shortener.hang]
    (why,) = followed(platform, shortener.url)
    assert "gave no answer within 0.5 s" in why
    assert shortener.connections == shortened.ATTEMPTS


def test_a_host_that_breaks_off_is_given_up(platform: Platform, shortener: Sink) -> None:
    shortener.answers = [shortener.close_after_reading]
    assert len(followed(platform, shortener.url)) == 1


@pytest.mark.parametrize(
    "location", ["https://", "javascript:alert(1)", "https://example.com/" + "x" * 9000, "\xff\xfe", "https://[::/"]
)
def test_a_redirect_to_no_address_leads_nowhere(platform: Platform, shortener: Sink, location: str) -> None:
    shortener.answers = [(302, {"location": location})]
    assert followed(platform, shortener.url) == []


def test_an_item_that_went_meanwhile_is_left_alone(platform: Platform, shortener: Sink) -> None:
    know(platform)
    shortener.answers = [(302, {"location": KNOWN})]
    post(platform, shortener.url)
    platform.call("delete", "/items/posts/1")
    run_jobs()
    assert not Case.objects.exists()
