"""After an upgrade what is older stays searchable, and items are asked for again."""

from __future__ import annotations

from ischia.banks.models import EntrySignal
from ischia.base import clock
from ischia.base.deliveries.models import Delivery
from ischia.content.models import Fingerprint
from ischia.screening import verbs
from ischia.screening.models import Hunt
from tests.journeys.conftest import LONG_TEXT, Platform
from tests.journeys.work import run_jobs


def test_items_of_an_older_version_are_asked_for_once(platform: Platform) -> None:
    endpoint = {"url": "https://platform.example/hook", "events": ["item.wanted"]}
    assert platform.post("/webhooks", endpoint).status_code == 201
    platform.screen_text("old", LONG_TEXT)
    platform.screen_text("new", LONG_TEXT)
    Fingerprint.objects.filter(revision__item__external_id="old", algorithm="text").update(version=0)
    for _ in range(2):
        last = verbs.ask_again(now=clock.now())
        while last is not None:
            last = verbs.ask_again(now=clock.now(), after=last)
    (delivery,) = Delivery.objects.filter(kind="item.wanted")
    assert '"id":"old"' in delivery.payload.replace(" ", "")


def test_fingerprints_of_an_older_version_are_compared_with_signals_of_that_version(platform: Platform) -> None:
    platform.screen_text("old", LONG_TEXT)
    Fingerprint.objects.filter(algorithm__in=["text", "shingles"]).update(version=0)
    platform.add_text(LONG_TEXT)
    run_jobs()
    assert Hunt.objects.latest("started_at").found == 0
    EntrySignal.objects.filter(algorithm="text").update(version=0)
    hunt = verbs.start_hunt(bank=EntrySignal.objects.first().entry.bank_id, now=clock.now())
    assert verbs.continue_hunt(hunt=hunt.id, now=clock.now()).found == 1
