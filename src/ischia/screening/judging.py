"""Facts for policy, from matches and from what is known of the item; and what policy makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ischia.content.models import Revision
from ischia.content.queries import is_protected
from ischia.core.policy import Evaluation, Facts, ItemFacts
from ischia.policies.queries import active
from ischia.screening.sights.base import Found
from ischia.screening.sights.texts import SeenText

MATCHES_KEPT = 100
"""The strongest matches are judged, kept and told; the rest of a large cluster of duplicates is only counted."""


def evaluation(item: ItemFacts, found: Sequence[Found]) -> tuple[int, Evaluation]:
    """Return the number of the policy in force, and what it says."""
    number, policy = active()
    return number, policy.evaluate(Facts(item=item, matches=tuple(match.fact for match in found[:MATCHES_KEPT])))


def phrase_weight(found: Iterable[Found]) -> int:
    """Return what the phrases weigh in the texts in which some were found, in percent of what queues a text."""
    texts = {id(match.sight): match.sight for match in found if match.kind == "phrase"}
    return sum(sight.phrase_weight for sight in texts.values() if isinstance(sight, SeenText))


def of_revision(revision: Revision, found: Sequence[Found]) -> ItemFacts:
    """Return the facts of an item that is held, for what was found in its fingerprints."""
    item = revision.item
    return ItemFacts(
        surface=item.surface.name,
        audience=item.surface.audience,
        language=revision.language,
        views=item.views or 0,
        author_protected=is_protected(item.author),
        parts=len(revision.parts),
        undecodable=sum(1 for part in revision.parts if part.get("state") == "undecodable" or part.get("left_out")),
        phrase_weight=phrase_weight(found),
    )
