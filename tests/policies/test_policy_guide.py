"""The guide's examples are run, and its tables compared with what the code declares."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ischia.core.policy import SCHEMA, PolicyError, Verdict, compile_policy
from ischia.core.policy.document import MAX_CHARACTERS, MAX_CONDITIONS, MAX_RULES
from ischia.core.policy.expressions import FUNCTIONS, MAX_LENGTH

GUIDE = (Path(__file__).parents[2] / "docs/guide/policy.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for found, text in BLOCKS if found == language]


def test_the_example_policy_compiles() -> None:
    policy = compile_policy(blocks("yaml")[0])
    assert [rule.name for rule in policy.rules] == ["known-file", "similar-image", "undecodable-part"]


def test_the_mistakes_are_told_as_the_guide_shows() -> None:
    with pytest.raises(PolicyError) as caught:
        compile_policy(blocks("yaml")[1], name="policy.yaml")
    assert str(caught.value) + "\n" == blocks("text")[0]


@pytest.mark.django_db
@pytest.mark.parametrize("number", [0, 1])
def test_the_python_examples_run(number: int) -> None:
    exec(compile(blocks("python")[number], f"policy.md example {number}", "exec"), {})


def test_every_example_of_the_guide_is_tested() -> None:
    assert [language for language, _ in BLOCKS] == ["yaml", "yaml", "text", "python", "python"]


def test_the_guide_lists_every_fact_with_its_type_and_its_closed_values() -> None:
    rows = dict(re.findall(r"^\| `((?:match|item)\.\w+)` \| (\w+ \| .*) \|$", GUIDE, re.MULTILINE))
    declared = {f"{group}.{field.name}": field for group, fields in SCHEMA.items() for field in fields}
    assert rows.keys() == declared.keys()
    for name, field in declared.items():
        kind, _, told = rows[name].partition(" | ")
        assert kind == field.type, name
        assert set(field.values) <= set(re.findall(r"`(\w+)`", told)), name


def test_the_guide_lists_every_verdict_function_and_limit() -> None:
    assert re.findall(r"^\| `(\w+)` \|[^|]*\|$", GUIDE, re.MULTILINE) == [verdict.value for verdict in Verdict]
    for function in FUNCTIONS:
        assert f"`{function}`" in GUIDE
    for limit in (f"{MAX_CHARACTERS} characters", f"{MAX_RULES} rules", f"{MAX_CONDITIONS} conditions"):
        assert limit in GUIDE
    assert f"a condition at most {MAX_LENGTH} characters" in GUIDE
