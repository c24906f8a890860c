from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from ischia.base.events import SYSTEM, Actor, EventRow
from ischia.core.policy import Facts, ItemFacts, PolicyError, Verdict
from ischia.policies import queries, verbs
from ischia.policies.current import CurrentPolicy
from ischia.policies.errors import NoActivePolicyError, UnknownVersionError
from ischia.policies.models import PolicyVersion

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
MANAGER = Actor("person", "policy-manager@example.org")
NOTHING = "policy: nothing\nrules: []\n"
VIEWS = "policy: views\nrules: [{name: popular, verdict: queue, for: item, when: {many: item.views > LIMIT}}]\n"


def save(source: str = NOTHING, **changes: object) -> queries.VersionView:
    return verbs.save_version(source=source, actor=MANAGER, now=NOW, **changes)  # type: ignore[arg-type]


@transaction.atomic
def save_and_activate_and_fail() -> None:
    save()
    verbs.activate(number=1, actor=MANAGER, now=NOW)
    raise ZeroDivisionError


def events() -> list[tuple[str, object]]:
    leaves = [json.loads(row.leaf) for row in EventRow.objects.order_by("id")]
    return [(leaf["kind"], leaf["data"]) for leaf in leaves]


class Elapsed:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_a_saved_version_is_numbered_and_rules_nothing() -> None:
    first, second = save(), save(VIEWS.replace("LIMIT", "5"), note="popular items")
    assert [(view.number, view.name, view.active) for view in (first, second)] == [
        (1, "nothing", False),
        (2, "views", False),
    ]
    assert second == queries.version(2)
    assert (second.created_at, second.created_by, second.note) == (NOW, MANAGER, "popular items")
    with pytest.raises(NoActivePolicyError):
        queries.active()


def test_saving_is_an_event_that_names_the_text_by_its_hash_and_seals_the_note() -> None:
    view = save(note="asked for by the reviewers")
    ((kind, data),) = events()
    assert kind == "policies.version_saved"
    assert isinstance(data, dict)
    assert (data["number"], data["name"], data["sha256"]) == (1, "nothing", view.sha256)
    assert "reviewers" not in json.dumps(data)


def test_a_text_that_is_not_a_policy_is_not_saved() -> None:
    with pytest.raises(PolicyError, match="a policy needs the key 'rules'"):
        save("policy: nothing\n")
    assert queries.versions() == []
    assert events() == []


def test_the_same_text_is_one_version() -> None:
    assert save() == save(note="again")
    assert len(queries.versions()) == len(events()) == 1


def test_a_note_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="a note has at most 500 characters"):
        save(note="x" * 501)


def test_activating_replaces_the_version_that_ruled() -> None:
    save()
    save(VIEWS.replace("LIMIT", "5"))
    verbs.activate(number=1, actor=MANAGER, now=NOW)
    verbs.activate(number=2, actor=MANAGER, now=NOW + timedelta(hours=1))
    assert [(view.number, view.active) for view in queries.versions()] == [(2, True), (1, False)]
    assert queries.version(2).activated_at == NOW + timedelta(hours=1)
    assert [data["previous"] for kind, data in events() if kind == "policies.activated"] == [None, 1]  # type: ignore[index]


def test_a_change_is_taken_back_by_activating_the_old_version_again() -> None:
    save()
    save(VIEWS.replace("LIMIT", "5"))
    for number in (1, 2, 1):
        verbs.activate(number=number, actor=MANAGER, now=NOW)
        assert queries.active().number == number


def test_activating_the_active_version_changes_nothing() -> None:
    save()
    verbs.activate(number=1, actor=MANAGER, now=NOW)
    recorded = events()
    verbs.activate(number=1, actor=MANAGER, now=NOW + timedelta(hours=1))
    assert events() == recorded
    assert queries.version(1).activated_at == NOW


def test_a_version_that_does_not_exist_cannot_be_activated_or_read() -> None:
    with pytest.raises(UnknownVersionError, match="no version 7"):
        verbs.activate(number=7, actor=MANAGER, now=NOW)
    with pytest.raises(UnknownVersionError):
        queries.version(7)


def test_an_old_text_that_this_release_cannot_compile_is_not_activated() -> None:
    save()
    PolicyVersion.objects.update(source="policy: nothing\n")
    with pytest.raises(PolicyError, match="policy 1:1:1: error"):
        verbs.activate(number=1, actor=MANAGER, now=NOW)
    assert not queries.version(1).active


def test_the_database_refuses_a_second_active_version() -> None:
    save()
    save(VIEWS.replace("LIMIT", "5"))
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyVersion.objects.update(active=True, activated_at=NOW)


def test_a_failure_leaves_neither_the_version_nor_its_event() -> None:
    with pytest.raises(ZeroDivisionError):
        save_and_activate_and_fail()
    assert queries.versions() == []
    assert events() == []


def test_a_new_installation_gets_the_shipped_policy_once() -> None:
    assert verbs.ensure_default(NOW)
    assert not verbs.ensure_default(NOW)
    (view,) = queries.versions()
    assert (view.number, view.name, view.active, view.created_by) == (1, "default", True, SYSTEM)
    number, policy = queries.active()
    assert (number, policy.name) == (1, "default")


def test_an_operators_policy_is_never_replaced_by_the_shipped_one() -> None:
    save()
    assert not verbs.ensure_default(NOW)
    assert len(queries.versions()) == 1


def test_the_active_policy_is_read_and_compiled_once_a_second_at_most(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    verbs.ensure_default(NOW)
    elapsed = Elapsed()
    current = CurrentPolicy(elapsed)
    with django_assert_num_queries(2):
        compiled = current.get()
        elapsed.seconds += 0.999
        assert current.get() is compiled
    elapsed.seconds += 0.001
    with django_assert_num_queries(1):
        assert current.get() is compiled


def test_an_activation_in_another_process_counts_within_a_second() -> None:
    save()
    save(VIEWS.replace("LIMIT", "5"))
    verbs.activate(number=1, actor=MANAGER, now=NOW)
    elapsed = Elapsed()
    elsewhere = CurrentPolicy(elapsed)
    assert elsewhere.get().number == 1
    verbs.activate(number=2, actor=MANAGER, now=NOW)
    assert elsewhere.get().number == 1
    elapsed.seconds += 1
    assert elsewhere.get().number == 2


def test_an_activation_in_this_process_counts_at_once() -> None:
    save()
    save(VIEWS.replace("LIMIT", "5"))
    verbs.activate(number=1, actor=MANAGER, now=NOW)
    assert queries.active().policy.name == "nothing"
    verbs.activate(number=2, actor=MANAGER, now=NOW)
    assert queries.active().policy.name == "views"


def test_another_text_under_a_number_that_was_seen_is_compiled_anew() -> None:
    save()
    verbs.activate(number=1, actor=MANAGER, now=NOW)
    assert queries.active().policy.name == "nothing"
    PolicyVersion.objects.all().delete()
    save(VIEWS.replace("LIMIT", "5"))
    verbs.activate(number=1, actor=MANAGER, now=NOW)
    assert queries.active().policy.name == "views"


def test_a_dry_run_says_what_a_text_would_do_and_saves_nothing() -> None:
    items = [
        Facts(ItemFacts("posts", "public", "", views, author_protected=False, parts=1, undecodable=0))
        for views in (1, 9)
    ]
    evaluations = queries.dry_run(VIEWS.replace("LIMIT", "5"), items)
    assert [evaluation.verdict for evaluation in evaluations] == [Verdict.ALLOW, Verdict.QUEUE]
    assert queries.versions() == []


def test_a_dry_run_of_a_text_that_is_not_a_policy_is_explained() -> None:
    with pytest.raises(PolicyError):
        queries.dry_run("rules: []", [])
