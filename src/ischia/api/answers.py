"""Views of the layers below as the API's answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import HttpResponse

from ischia.banks.queries import EntryView
from ischia.base.events import instant
from ischia.content.models import Item
from ischia.decisions.queries import ActionView, DecisionView
from ischia.screening.queries import ScreeningView


def answer(document: Mapping[str, Any] | Sequence[Any], *, status: int = 200) -> HttpResponse:
    """A JSON response; the hot path goes without a second validation of what we made ourselves."""
    return HttpResponse(json.dumps(document, default=_plain), status=status, content_type="application/json")


def _plain(value: object) -> str:
    return instant(value) if isinstance(value, datetime) else str(value)


def verdict(view: ScreeningView, *, with_matches: bool) -> HttpResponse:
    """The answer to a submission: 200 with the verdict, or 202 while it is pending."""
    item = {"surface": view.surface, "id": view.item}
    if view.state == "pending":
        far = {"progress": view.progress} if view.progress else {}
        return answer({"item": item, "revision": view.revision, "state": "pending", **far}, status=202)
    document: dict[str, Any] = {
        "item": item,
        "revision": view.revision,
        "verdict": view.verdict,
        "reasons": [{"rule": r["rule"], "verdict": r["verdict"], "text": r["text"]} for r in view.reasons],
        "parts": view.parts,
        "match_count": view.match_count,
        "actions": [{"id": action.id, "kind": action.kind} for action in view.actions],
        "took_ms": view.took_us / 1000,
    }
    if with_matches:
        document["matches"] = view.matches
    if view.decision:
        document["decision"] = view.decision
    if view.case:
        document["case"] = view.case
    return answer(document)


def decision(view: DecisionView, *, with_evidence: bool) -> dict[str, Any]:
    """A decision; its evidence names matches and is told only with `matches:read`."""
    document = asdict(view)
    document["item"] = {"surface": document.pop("surface"), "id": view.item}
    document["author"] = {"kind": document.pop("author_kind"), "ref": document.pop("author_ref")}
    if not with_evidence:
        document.pop("evidence")
    return document


def item(row: Item, view: ScreeningView | None, decisions: list[DecisionView], *, with_matches: bool) -> dict[str, Any]:
    """What is known of an item."""
    document: dict[str, Any] = {
        "item": {"surface": row.surface.name, "id": row.external_id},
        "revision": row.revision_number,
        "state": "gone" if row.gone_at else (view.state if view else "pending"),
        "progress": view.progress if view else None,
        "verdict": view.verdict or None if view else None,
        "parts": view.parts if view else [],
        "match_count": view.match_count if view else 0,
        "case": view.case if view else None,
        "decisions": [decision(d, with_evidence=with_matches) for d in decisions],
        "first_seen_at": row.first_seen_at,
        "published_at": row.published_at,
        "views": row.views,
    }
    if with_matches:
        document["matches"] = view.matches if view else []
    return document


def action(view: ActionView) -> dict[str, Any]:
    """An action."""
    return asdict(view)


def entry(view: EntryView) -> dict[str, Any]:
    """An entry."""
    return asdict(view)
