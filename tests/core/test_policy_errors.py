from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ischia.core.policy import PolicyError, compile_policy

EXAMPLES = sorted((Path(__file__).parent / "policy_errors").glob("*.yaml"))


def errors_of(source: str) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        compile_policy(source, name="policy.yaml")
    return caught.value


def problem_of(source: str) -> PolicyError | None:
    try:
        compile_policy(source)
    except PolicyError as error:
        return error
    return None


def with_condition(expression: str) -> str:
    return f"policy: p\nrules:\n- name: r\n  verdict: queue\n  for: match\n  when:\n    c: |\n      {expression}\n"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_invalid_policy_is_told_as_a_compiler_would_tell_it(example: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        compile_policy(example.read_text(encoding="utf-8"), name=example.name)
    assert str(caught.value) + "\n" == example.with_suffix(".txt").read_text(encoding="utf-8")


def test_every_caret_stands_under_what_is_wrong() -> None:
    (rendered,) = errors_of(with_condition("match.algoritm == 'sha256'")).rendered
    first, line, caret, meant, valid = rendered.splitlines()
    assert first == "policy.yaml:8:7: error: undeclared name 'match.algoritm'"
    assert line[caret.index("^") :][: len(caret.strip())] == "match.algoritm"
    assert meant == "  did you mean: match.algorithm?"
    assert valid.startswith("  valid here: acting, algorithm, bank, context,")


def test_all_problems_are_told_at_once_in_the_order_of_the_text() -> None:
    source = "policy: p\nrules:\n" + "".join(
        f"- {{name: r{number}, verdict: queue, for: match, when: {{c: 'match.x{number} == 1'}}}}\n"
        for number in range(3)
    )
    told = [problem.message for problem in errors_of(source).problems]
    assert told == [f"undeclared name 'match.x{number}'" for number in range(3)]


def test_a_policy_has_at_most_a_hundred_rules() -> None:
    rule = "- {{name: r{}, verdict: queue, for: match, when: {{c: match.acting}}}}\n"
    compile_policy("policy: p\nrules:\n" + "".join(rule.format(number) for number in range(100)))
    error = errors_of("policy: p\nrules:\n" + "".join(rule.format(number) for number in range(101)))
    assert [problem.message for problem in error.problems] == ["a policy has at most 100 rules, this has 101"]


def test_a_rule_has_at_most_twenty_conditions() -> None:
    conditions = ", ".join(f"c{number}: match.acting" for number in range(21))
    error = errors_of(f"policy: p\nrules: [{{name: r, verdict: queue, for: match, when: {{{conditions}}}}}]")
    assert [problem.message for problem in error.problems] == ["a rule has at most 20 conditions, this has 21"]


@pytest.mark.parametrize(
    "source",
    ["[" * 60_000, "{a: " * 15_000, "- " * 30_000, "x" * 70_000, "a: " + "'" * 50_000, "? " * 30_000],
    ids=["lists", "mappings", "indented lists", "too long", "quotes", "keys"],
)
def test_a_text_made_to_exhaust_the_parser_is_refused_soon(source: str) -> None:
    started = time.process_time()
    errors_of(source)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("expression", ["(" * 400, "!" * 400, "-" * 400, "[" * 400, "true ? " * 60, "a." * 200])
def test_an_expression_made_to_exhaust_the_parser_is_refused(expression: str) -> None:
    errors_of(with_condition(expression))


@pytest.mark.parametrize("character", ["\x00", "\x07", "\ud800", "\ufffe"])
def test_characters_that_yaml_does_not_have_are_refused_where_they_stand(character: str) -> None:
    error = errors_of(f"policy: p\nrules: [{character}]")
    assert error.rendered[0].startswith("policy.yaml:2:9: error: not valid YAML: ")


def test_the_line_breaks_of_every_system_count_alike() -> None:
    source = with_condition("match.foo == 1")
    assert errors_of(source.replace("\n", "\r\n")).rendered == errors_of(source).rendered


@given(st.text(alphabet="abmatch.item(){}[]'\"!&|=<>?:,-+ 01\n#\\\u0646\U0001f600\t", max_size=60))
def test_any_expression_compiles_or_is_explained(expression: str) -> None:
    error = problem_of(
        "policy: p\nrules:\n- {name: r, verdict: queue, for: match, when: {c: " + _quoted(expression) + "}}"
    )
    assert error is None or all(0 <= problem.start < problem.end for problem in error.problems)
    assert error is None or all(rendered.startswith("policy:") for rendered in error.rendered)


@given(st.text(alphabet="policyruesnamwhdftv:[]{}-&*!|>'\"#% \n?,\t", max_size=80))
def test_any_text_is_a_policy_or_is_explained(source: str) -> None:
    error = problem_of(source)
    assert error is None or error.problems


def test_a_policy_of_escapes_alone_is_read_in_no_time() -> None:
    condition = r"\u00e9" * 9_000  # Each stands in no place of the source, which was searched to its end for each.
    began = time.process_time()
    assert problem_of(f'policy: p\nrules:\n- {{name: r, verdict: queue, for: item, when: {{c: "{condition}"}}}}')
    assert time.process_time() - began < 5


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'
