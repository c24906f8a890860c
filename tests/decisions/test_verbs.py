"""One way to act, each act with its inverse, grounds that overlap, and the platform's word for what became of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from ischia.base.deliveries import register_endpoint
from ischia.base.deliveries.models import Delivery
from ischia.base.events import Actor, EventRow, payload
from ischia.content.models import Item, Surface
from ischia.decisions import queries, verbs
from ischia.decisions.checks import fsck
from ischia.decisions.classes import CLASSES
from ischia.decisions.errors import UnknownActionError, UnknownDecisionError
from ischia.decisions.models import Action, Decision
from ischia.decisions.queries import DecisionView

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
TERMS = verbs.Ground(kind="terms", ref="terrorist content")
ORDER = verbs.Ground(kind="law", ref="Regulation (EU) 2021/784, Article 3")


@pytest.fixture
def item() -> Item:
    surface = Surface.objects.create(name="posts", audience="public", when_silent="publish", created_at=NOW)
    return Item.objects.create(surface=surface, external_id="1", first_seen_at=NOW, published_at=NOW)


def decide(
    item: Item, *, author: str = "1:rule", ground: verbs.Ground = TERMS, effect: str = "remove", **more: object
) -> DecisionView:
    return verbs.decide(
        item=item,
        revision=1,
        effect=effect,
        ground=ground,
        author=Actor("policy", author),
        causes=[("entry", "e"), ("rule", author)],
        evidence={"matches": []},
        now=NOW,
        **more,  # type: ignore[arg-type]
    )


def kinds(item: Item) -> list[str]:
    return list(
        Action.objects.filter(decision__item=item).order_by("requested_at", "pk").values_list("kind", flat=True)
    )


def end(decision: UUID) -> DecisionView:
    return verbs.end(decision=decision, because="it was wrong", actor=Actor("system"), now=NOW + timedelta(hours=1))


def test_every_action_class_has_its_reversal_and_its_notice() -> None:
    for cls in CLASSES.values():
        assert cls.reversal
        assert cls.notice
        assert cls.reversal not in CLASSES, "a reversal restores and needs no reversal of its own"


def test_an_effect_without_a_class_is_refused(item: Item) -> None:
    with pytest.raises(ValueError, match="there are remove, restrict"):
        decide(item, effect="shadow_ban")
    assert not Decision.objects.exists()


def test_the_same_author_decides_the_same_once(item: Item) -> None:
    assert decide(item).id == decide(item).id
    assert kinds(item) == ["remove"]
    assert EventRow.objects.filter(kind="decisions.decided").count() == 1


def test_a_reversal_restores_once(item: Item) -> None:
    decision = decide(item)
    assert end(decision.id).state == "ended"
    assert end(decision.id).state == "ended"
    assert kinds(item) == ["remove", "restore"]
    assert EventRow.objects.filter(kind="decisions.ended").count() == 1


def test_a_reversal_ends_its_own_ground_only(item: Item) -> None:
    ours, ordered = decide(item), decide(item, author="order", ground=ORDER)
    end(ours.id)
    assert kinds(item) == ["remove", "remove"], "the order still hides the item"
    assert queries.decision(ordered.id).state == "in_force"
    end(ordered.id)
    assert kinds(item) == ["remove", "remove", "restore"]


def test_an_item_that_another_decision_hides_in_fewer_places_is_restored_elsewhere(item: Item) -> None:
    everywhere = decide(item)
    decide(item, author="order", ground=ORDER, effect="restrict", territory=("DE",))
    end(everywhere.id)
    restored = Action.objects.get(kind="restore")
    assert restored.territory == ["*"]
    assert restored.except_in == ["DE"]


def hear(item: Item) -> None:
    """Register the platform, which acknowledges nothing yet."""
    register_endpoint(url="https://platform.example/hook", events=["action.requested"], actor=Actor("system"), now=NOW)


def asked() -> list[tuple[str, list[str]]]:
    """What the platform is being asked for: kinds, and the places that are left out."""
    being_sent = set(Delivery.objects.exclude(due_at=None).values_list("subject_ref", flat=True))
    waiting = Action.objects.filter(state="requested").order_by("requested_at", "pk")
    assert being_sent == {str(row.pk) for row in waiting}
    return [(row.kind, row.except_in) for row in waiting]


def test_what_an_ended_decision_asked_for_is_not_sent_again_after_its_reversal(item: Item) -> None:
    hear(item)
    decision = decide(item)
    end(decision.id)
    assert asked() == [("restore", [])]
    verbs.send_unsent(now=NOW + timedelta(hours=2))
    assert asked() == [("restore", [])]
    assert list(fsck(NOW)) == []
    late = verbs.acknowledge(action=decision.actions[0].id, outcome="done", detail="", actor=Actor("key", "k"), now=NOW)
    assert late.state == "done", "the platform may have carried it out before it heard of the reversal"


def test_a_reversal_is_not_sent_again_after_the_item_is_hidden_once_more(item: Item) -> None:
    hear(item)
    end(decide(item).id)
    again = decide(item, author="2:rule")
    assert asked() == [("remove", [])]
    end(again.id)
    assert asked() == [("restore", [])]


def test_a_reversal_leaves_out_where_a_later_decision_hides_the_item(item: Item) -> None:
    hear(item)
    end(decide(item).id)
    decide(item, author="order", ground=ORDER, territory=("DE",))
    assert asked() == [("restore", ["DE"]), ("remove", [])]
    decide(item, author="2:rule")
    assert asked() == [("remove", []), ("remove", [])]


def test_an_item_that_nothing_hides_any_more_is_neither_removed_nor_restricted(item: Item) -> None:
    removed, restricted = decide(item), decide(item, author="order", ground=ORDER, effect="restrict")
    end(removed.id)
    assert kinds(item) == ["remove", "restrict"], "the order still hides the item"
    end(restricted.id)
    assert sorted(kinds(item)) == ["lift_restriction", "remove", "restore", "restrict"]
    assert payload(EventRow.objects.filter(kind="decisions.ended").latest("pk"))["restores"]
    end(decide(item, author="3:rule", effect="restrict").id)
    assert kinds(item).count("restore") == 1, "it was restored already"


def test_the_decisions_about_an_item_are_read_in_two_statements(item: Item, django_assert_num_queries: Any) -> None:
    for number in range(3):
        decide(item, author=f"{number}:rule")
    with django_assert_num_queries(2):
        assert [len(each.actions) for each in queries.of_item(item.pk)] == [1, 1, 1]


def test_causes_find_what_rests_on_them(item: Item) -> None:
    decision = decide(item)
    assert list(queries.resting_on("entry", "e")) == [decision.id]
    assert queries.count_in_force("entry", "e") == 1
    end(decision.id)
    assert list(queries.resting_on("entry", "e")) == []
    assert queries.count_in_force("entry", "e") == 0


def test_an_action_is_sent_when_its_time_has_come_and_until_it_is_acknowledged(item: Item) -> None:
    register_endpoint(url="https://platform.example/hook", events=["action.requested"], actor=Actor("system"), now=NOW)
    later = NOW + timedelta(seconds=60)
    decision = decide(item, deliver_after=later)
    delivery = Delivery.objects.get()
    assert (delivery.due_at, delivery.until_acknowledged) == (later, True)
    action = decision.actions[0].id
    view = verbs.acknowledge(action=action, outcome="done", detail="", actor=Actor("key", "k"), now=later)
    assert (view.state, view.acknowledged_at) == ("done", later)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.due_at) == ("acknowledged", None)


def test_what_was_decided_before_a_webhook_was_registered_is_sent_to_it(item: Item) -> None:
    decide(item)
    assert verbs.send_unsent(now=NOW) == 0
    register_endpoint(url="https://platform.example/hook", events=["action.requested"], actor=Actor("system"), now=NOW)
    assert [problem.invariant for problem in fsck(NOW)] == ["I3"]
    assert verbs.send_unsent(now=NOW) == 1
    assert verbs.send_unsent(now=NOW) == 0
    assert list(fsck(NOW)) == []


def test_what_is_on_its_way_does_not_hide_what_is_not(item: Item) -> None:
    hear(item)
    for number in range(3):
        decide(item, author=f"{number}:rule")
    lost = Action.objects.latest("pk")
    Delivery.objects.filter(subject_ref=str(lost.pk)).update(due_at=None, finished_at=NOW, state="disabled")
    assert verbs.send_unsent(now=NOW, limit=2) == 1
    assert len(asked()) == 3


def test_a_failure_may_become_a_success_and_not_the_reverse(item: Item) -> None:
    action = decide(item).actions[0].id
    for outcome, expected in (("failed", "failed"), ("done", "done"), ("failed", "done")):
        view = verbs.acknowledge(action=action, outcome=outcome, detail="", actor=Actor("key", "k"), now=NOW)  # type: ignore[arg-type]
        assert view.state == expected
    assert EventRow.objects.filter(kind="decisions.action_acknowledged").count() == 2


def test_the_time_to_removal_runs_from_publication_and_is_never_negative(item: Item) -> None:
    action = decide(item).actions[0].id
    at = NOW - timedelta(minutes=1)
    verbs.acknowledge(action=action, outcome="done", detail="", actor=Actor("key", "k"), now=at)
    told = payload(EventRow.objects.get(kind="decisions.action_acknowledged"))
    assert told["milliseconds_since_publication"] == 0


def test_unknown_ids_are_said_to_be_unknown() -> None:
    with pytest.raises(UnknownDecisionError):
        end(uuid4())
    with pytest.raises(UnknownActionError):
        verbs.acknowledge(action=uuid4(), outcome="done", detail="", actor=Actor("key", "k"), now=NOW)


def test_an_item_id_enters_the_ledger_as_a_commitment_only(item: Item) -> None:
    item.external_id = "a-very-personal-id"
    item.save()
    decide(item)
    row = EventRow.objects.get(kind="decisions.decided")
    assert "a-very-personal-id" not in row.leaf
    assert payload(row)["item"] == "a-very-personal-id"
