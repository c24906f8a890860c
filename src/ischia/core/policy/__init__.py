"""Policy: the operator's rules from facts to verdicts.

``compile_policy`` reads and checks the YAML text once; ``Policy.evaluate`` is then asked for every item.
"""

from __future__ import annotations

from ischia.core.policy.compiler import compile_policy
from ischia.core.policy.errors import PolicyError, Problem
from ischia.core.policy.evaluation import Condition, Evaluation, Reason
from ischia.core.policy.facts import SCHEMA, Facts, Field, ItemFacts, MatchFact, Verdict
from ischia.core.policy.rules import Policy, Rule

__all__ = [
    "SCHEMA",
    "Condition",
    "Evaluation",
    "Facts",
    "Field",
    "ItemFacts",
    "MatchFact",
    "Policy",
    "PolicyError",
    "Problem",
    "Reason",
    "Rule",
    "Verdict",
    "compile_policy",
]
