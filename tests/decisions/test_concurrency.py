"""Decisions about one item that end at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction

from ischia.base.events import Actor
from ischia.content.models import Item, Surface
from ischia.decisions import verbs
from ischia.decisions.models import Action

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def decide(item: Item, author: str) -> UUID:
    ground = verbs.Ground(kind="terms", ref="terrorist content")
    return verbs.decide(
        item=item, revision=1, effect="remove", ground=ground, author=Actor("policy", author), causes=[], evidence={},
        now=NOW,
    ).id  # fmt: skip


def test_the_one_that_ends_last_restores_the_item_even_if_neither_sees_that_the_other_has_ended() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    surface = Surface.objects.create(name="posts", audience="public", when_silent="publish", created_at=NOW)
    item = Item.objects.create(surface=surface, external_id="1", first_seen_at=NOW)
    decisions = [decide(item, "1:rule"), decide(item, "2:rule")]
    ended = threading.Event()

    def end(decision: UUID, before: Callable[[], object], after: Callable[[], object]) -> None:
        try:
            before()
            with transaction.atomic():
                verbs.end(decision=decision, because="wrong", actor=Actor("system"), now=NOW + timedelta(hours=1))
                after()
        finally:
            connection.close()

    def stay_open() -> None:
        ended.set()
        second.join(0.5)  # Without the lock the second one ends here, and sees the first still in force.

    first = threading.Thread(target=end, args=(decisions[0], lambda: None, stay_open))
    second = threading.Thread(target=end, args=(decisions[1], lambda: ended.wait(10), lambda: None))
    for thread in (first, second):
        thread.start()
    for thread in (first, second):
        thread.join(20)
    assert Action.objects.filter(kind="restore").count() == 1
