from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from ischia.core.policy import SCHEMA, Evaluation, MatchFact, Policy, Verdict, compile_policy
from ischia.core.signals import TYPES

from .policy_facts import facts, match

ALLOW, QUEUE, RESTRICT, REMOVE = Verdict


def policy(*rules: str) -> Policy:
    return compile_policy("policy: p\nrules: [" + ", ".join(rules) + "]")


def rule(name: str, verdict: str, *conditions: str, scope: str = "match") -> str:
    when = ", ".join(f'c{number}: "{condition}"' for number, condition in enumerate(conditions, start=1))
    return f"{{name: {name}, verdict: {verdict}, for: {scope}, when: {{{when}}}}}"


def told(evaluation: Evaluation) -> list[tuple[str, Verdict, int | None]]:
    return [(reason.rule, reason.verdict, reason.match) for reason in evaluation.reasons]


def test_verdicts_are_ordered_by_severity_and_not_by_spelling() -> None:
    assert sorted(["restrict", "remove", "queue", "allow"], key=Verdict) == ["allow", "queue", "restrict", "remove"]
    assert max(RESTRICT, REMOVE) is REMOVE
    assert ALLOW < QUEUE < RESTRICT < REMOVE
    assert REMOVE >= RESTRICT >= Verdict("restrict") > QUEUE


def test_nothing_that_holds_is_allow() -> None:
    evaluation = policy(rule("far", "remove", "match.distance > 5")).evaluate(facts(match()))
    assert (evaluation.verdict, evaluation.reasons) == (ALLOW, ())


def test_the_most_severe_rule_that_holds_gives_the_verdict_whatever_the_order() -> None:
    rules = [rule(verdict, verdict, "match.acting") for verdict in ("queue", "remove", "restrict")]
    for order in (rules, rules[::-1]):
        evaluation = policy(*order).evaluate(facts(match()))
        assert evaluation.verdict is REMOVE
        assert told(evaluation) == [("remove", REMOVE, 0), ("restrict", RESTRICT, 0), ("queue", QUEUE, 0)]


def test_all_conditions_of_a_rule_must_hold() -> None:
    both = policy(rule("both", "remove", "match.acting", "match.sources > 2"))
    assert both.evaluate(facts(match(sources=2))).verdict is ALLOW
    assert both.evaluate(facts(match(sources=3))).verdict is REMOVE


def test_a_reason_names_the_match_and_its_conditions() -> None:
    evaluation = policy(rule("label", "remove", "match.label == 'b'")).evaluate(
        facts(match(label="a"), match(label="b"))
    )
    (reason,) = evaluation.reasons
    assert reason.match == 1
    assert [(one.name, one.expression, one.held) for one in reason.conditions] == [("c1", "match.label == 'b'", True)]


def test_a_match_that_did_not_act_keeps_the_conditions_that_failed() -> None:
    evaluation = policy(
        rule("known", "remove", "match.acting", "match.context == 'any'"), rule("seen", "queue", "true")
    ).evaluate(facts(match(context="dependent")))
    assert told(evaluation) == [("seen", QUEUE, 0)]
    (miss,) = evaluation.misses
    assert (miss.rule, miss.verdict, miss.match) == ("known", REMOVE, 0)
    assert [(one.name, one.held) for one in miss.conditions] == [("c1", True), ("c2", False)]


def test_a_rule_less_severe_than_the_verdict_of_a_match_is_no_miss() -> None:
    evaluation = policy(rule("known", "remove", "true"), rule("seen", "queue", "match.distance > 3")).evaluate(
        facts(match())
    )
    assert evaluation.misses == ()


def test_a_rule_for_the_item_needs_no_match() -> None:
    undecodable = policy(rule("undecodable", "queue", "item.undecodable > 0", scope="item"))
    assert undecodable.needs_item_evaluation
    assert told(undecodable.evaluate(facts(undecodable=1))) == [("undecodable", QUEUE, None)]
    assert undecodable.evaluate(facts(undecodable=0)).verdict is ALLOW


def test_a_policy_without_a_rule_for_the_item_needs_no_evaluation_without_a_match() -> None:
    known = policy(rule("known", "remove", "match.acting"))
    assert not known.needs_item_evaluation
    assert known.evaluate(facts()) == Evaluation(ALLOW)


def test_a_policy_without_rules_allows_everything() -> None:
    assert policy().evaluate(facts(match())).verdict is ALLOW


def test_an_error_in_a_condition_queues_and_never_removes() -> None:
    evaluation = policy(rule("ratio", "remove", "match.acting", "100 / item.views > 3")).evaluate(
        facts(match(), views=0)
    )
    assert told(evaluation) == [("ratio", QUEUE, 0)]
    failed = evaluation.reasons[0].conditions[1]
    assert (failed.held, "divide by zero" in failed.error) == (False, True)


def test_an_error_does_not_queue_a_match_that_another_condition_excludes() -> None:
    evaluation = policy(rule("ratio", "remove", "!match.acting", "100 / item.views > 3")).evaluate(
        facts(match(), views=0)
    )
    assert evaluation.verdict is ALLOW


def test_an_error_does_not_hide_another_rule_that_removes() -> None:
    evaluation = policy(
        rule("ratio", "remove", "100 / item.views > 3"), rule("known", "remove", "match.acting")
    ).evaluate(facts(match(), views=0))
    assert told(evaluation) == [("known", REMOVE, 0), ("ratio", QUEUE, 0)]


@pytest.mark.parametrize("value", [None, 2**70, "three", 1.5])
def test_a_fact_of_the_wrong_type_is_an_error_of_the_condition(value: object) -> None:
    evaluation = policy(rule("near", "remove", "match.distance <= 31")).evaluate(facts(match(distance=value)))
    assert evaluation.verdict is QUEUE
    assert evaluation.reasons[0].conditions[0].error


def test_text_that_utf8_cannot_hold_is_an_error_of_the_condition() -> None:
    evaluation = policy(rule("label", "remove", "match.label == 'x'")).evaluate(facts(match(label="\ud800")))
    assert evaluation.verdict is QUEUE


@pytest.mark.parametrize(
    ("changed", "failed"),
    [
        ({"context": "dependent"}, "any_context"),
        ({"status": "review_only"}, "entry_is_active"),
        ({"status": "retired"}, "entry_is_active"),
        ({"acting": False}, "bank_may_act"),
        ({"sources": 1, "sources_required": 2}, "enough_sources"),
        ({"strength": "near"}, "exact_or_gated"),
        ({"strength": "derived", "gated": True}, "exact_or_gated"),
        ({"strength": "partial", "gated": True}, "exact_or_gated"),
        ({"algorithm": "md5"}, "sound_algorithm"),
    ],
)
@pytest.mark.parametrize("verdict", ["restrict", "remove"])
def test_no_policy_lets_a_match_act_that_the_guard_forbids(
    changed: dict[str, object], failed: str, verdict: str
) -> None:
    everything = policy(rule("everything", verdict, "true"))
    assert everything.evaluate(facts(match())).verdict == verdict
    evaluation = everything.evaluate(facts(match(**changed)))
    assert evaluation.verdict is QUEUE
    assert told(evaluation) == [("everything", QUEUE, 0), ("guard", QUEUE, 0)]
    guard = evaluation.reasons[1]
    assert [(one.name, one.held) for one in guard.conditions] == [(failed, False)]


def test_the_guard_judges_each_match_by_itself() -> None:
    evaluation = policy(rule("everything", "remove", "true")).evaluate(facts(match(context="dependent"), match()))
    assert told(evaluation) == [("everything", REMOVE, 1), ("everything", QUEUE, 0), ("guard", QUEUE, 0)]


def test_matches_with_equal_facts_get_equal_reasons_of_their_own() -> None:
    evaluation = policy(rule("known", "remove", "match.acting")).evaluate(facts(*[match()] * 3))
    assert told(evaluation) == [("known", REMOVE, index) for index in range(3)]


def test_an_evaluation_is_told_in_plain_json_without_floats() -> None:
    evaluation = policy(rule("ratio", "remove", "100 / item.views > 3"), rule("far", "remove", "false")).evaluate(
        facts(match(), views=0)
    )

    def refuse(text: str) -> None:
        raise AssertionError(text)

    document = json.loads(json.dumps(evaluation.document()), parse_float=refuse)
    assert document["verdict"] == "queue"
    assert document["reasons"][0]["conditions"][0]["error"]
    assert document["misses"][0]["rule"] == "far"


def test_threads_may_share_a_policy() -> None:
    near = policy(rule("near", "remove", "match.distance <= 31", "match.label.startsWith('a')"))
    asked: list[MatchFact] = [match(distance=number % 64, label="abc"[number % 3]) for number in range(600)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda one: near.evaluate(facts(one)).verdict, asked))
    assert answers == [REMOVE if one.distance <= 31 and one.label == "a" else ALLOW for one in asked]


def test_the_algorithms_that_policies_know_are_those_that_have_signals() -> None:
    (algorithm,) = (field for field in SCHEMA["match"] if field.name == "algorithm")
    assert sorted(algorithm.values) == sorted(set(TYPES) - {"gate"})  # The gate has an answer and no matches.
