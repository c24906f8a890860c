"""Shortened addresses: where they lead is asked only where the operator allows it, and what is found never acts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from ischia.base import outbound
from ischia.base.config import config
from ischia.base.events import SYSTEM
from ischia.base.jobs import enqueue
from ischia.content.models import Revision
from ischia.content.verbs import add_fingerprints
from ischia.core.links import is_shortener
from ischia.review import verbs as review
from ischia.screening.matching import find
from ischia.screening.models import Screening
from ischia.screening.parts import SeenPart
from ischia.screening.sights.links import SeenLink
from ischia.screening.verbs.acting import keep_matches

JOB = "screening.follow_link"


def follow_later(revision: Revision, parts: Sequence[SeenPart], *, now: datetime) -> None:
    """Have the shortened addresses of a revision followed by a job, if `ISCHIA_RESOLVE_LINKS` allows it."""
    if config().resolve_links == "off":
        return
    urls = {
        (part.id, sight.inside, signal.value)
        for part in parts
        for sight in part.sights
        for signal in sight.signals
        if signal.algorithm == "url" and is_shortener(signal.value)
    }
    for part, inside, url in sorted(urls):
        enqueue(JOB, {"revision": revision.pk, "part": part, "inside": inside, "url": url}, now=now)


def follow_link(*, revision: int, part: str, inside: str, url: str, now: datetime) -> int:
    """Look where an address leads, and put the item before a person if that is known; returns how many matches.

    Raises `UnreachableError` when a host gives no answer, so that the job is tried again.
    """
    try:
        leads_to = outbound.follow(url, asks=is_shortener)
    except outbound.RefusedError:
        return 0
    sights = [SeenLink(part=part, inside=inside, url=each) for each in leads_to]
    with transaction.atomic():
        row = Revision.objects.select_related("item__surface").filter(pk=revision, item__gone_at=None).first()
        if row is None or row.number != row.item.revision_number:
            return 0
        add_fingerprints(row, [(part, inside, signal) for sight in sights for signal in sight.signals])
        found = find(sights)
        if found:
            keep_matches(row, found)
            Screening.objects.filter(pk=row.pk).update(match_count=F("match_count") + len(found))
            review.open_or_join(
                cluster=f"entry:{found[0].known.entry}",
                reason="verdict",
                item=row.item,
                revision=row.number,
                actor=SYSTEM,
                now=now,
            )
    return len(found)
