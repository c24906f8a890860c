"""Shortened addresses: where they lead is asked only where the operator allows it, and what is found never acts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import structlog
from django.db import transaction

from ischia.base import outbound
from ischia.base.config import config
from ischia.base.jobs import enqueue
from ischia.base.outbound import Limits
from ischia.content.models import Revision
from ischia.content.verbs import add_fingerprints
from ischia.core.links import is_shortener
from ischia.core.signals import UrlError, canonical
from ischia.screening.matching import find
from ischia.screening.parts import SeenPart
from ischia.screening.sights.links import SeenLink
from ischia.screening.verbs.acting import put_before_a_person

JOB = "screening.follow_link"
ATTEMPTS: Final = 4
"""How often a host that gives no answer is asked: a link that is dead is no fault of this installation's."""
LIMITS: Final = Limits(connect=5.0, total=10.0, body=0)

_log = structlog.get_logger("ischia.screening")


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
        arguments = {"revision": revision.pk, "part": part, "inside": inside, "url": url}
        enqueue(JOB, arguments, now=now, max_attempts=ATTEMPTS)


def follow_link(*, revision: int, part: str, inside: str, url: str, now: datetime, last: bool = False) -> int:
    """Look where an address leads, and put the item before a person if that is known; returns how many matches are new.

    Raises `UnreachableError` when a host gives no answer, so that the job is tried again; the `last` time it is logged,
    as are addresses that lead where nothing may be asked.
    """
    try:
        leads_to = outbound.follow(url, asks=is_shortener, limits=LIMITS)
    except (outbound.RefusedError, outbound.UnreachableError) as error:
        if isinstance(error, outbound.UnreachableError) and not last:
            raise
        _log.warning("screening.link_not_followed", revision=revision, part=part, why=str(error))
        return 0
    sights = [sight for each in leads_to for sight in _seen(each, part, inside)]
    with transaction.atomic():
        row = Revision.objects.select_related("item__surface").filter(pk=revision, item__gone_at=None).first()
        if row is None or row.number != row.item.revision_number:
            return 0
        _keep(row, sights)
        return put_before_a_person(row, find(sights), reason="verdict", now=now)


def _seen(url: str, part: str, inside: str) -> Iterator[SeenLink]:
    """What a redirect names is written by anybody, and may be no address that can be known."""
    try:
        yield SeenLink(part=part, inside=inside, url=canonical(url))
    except UrlError:
        return


def _keep(row: Revision, sights: Sequence[SeenLink]) -> None:
    kept = set(row.fingerprints.values_list("part", "inside", "algorithm", "value"))
    new = {
        (sight.part, sight.inside, signal.algorithm, signal.value): (sight.part, sight.inside, signal)
        for sight in sights
        for signal in sight.signals
    }
    add_fingerprints(row, [new[key] for key in new if key not in kept])
