"""Facts for the tests of policies."""

from __future__ import annotations

import dataclasses

from ischia.core.policy import Facts, ItemFacts, MatchFact

ITEM = ItemFacts(
    surface="posts", audience="public", language="ar", views=10, author_protected=False, parts=1, undecodable=0
)
# A match that the guard lets act: exact, on an active any-context entry of an acting bank, with its sources.
MATCH = MatchFact(
    part="photo",
    part_type="image",
    algorithm="sha256",
    distance=0,
    threshold=0,
    strength="exact",
    kind="same",
    gated=False,
    of_probe=100,
    of_entry=100,
    weight=0,
    machine_read=False,
    quality=0,
    entry_quality=0,
    bank="footage",
    acting=True,
    context="any",
    status="active",
    sources=2,
    sources_required=2,
    label="stand-in",
)


def match(**changes: object) -> MatchFact:
    """Make a match that may act, with these facts changed."""
    return dataclasses.replace(MATCH, **changes)  # type: ignore[arg-type]


def facts(*matches: MatchFact, **changes: object) -> Facts:
    """Make facts of an item with these matches, and with these facts of the item changed."""
    return Facts(dataclasses.replace(ITEM, **changes), matches)  # type: ignore[arg-type]
