"""After an upgrade: items whose fingerprints are of an older version are asked for again, as their bytes are gone."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Q

from ischia.base import deliveries
from ischia.base.deliveries.queries import was_told
from ischia.content.models import Fingerprint
from ischia.core.signals import TYPES

KIND = "item.wanted"


def ask_again(*, now: datetime, after: int = 0, limit: int = 500) -> int | None:
    """Ask the platform to submit the next live items once more; return the last fingerprint, None when there are none.

    An item is asked for once for each version of a signal; until it comes, it is hunted by what there is.
    """
    old = reduce(or_, (Q(algorithm=name, version__lt=kind.version) for name, kind in TYPES.items()))
    rows = Fingerprint.objects.filter(old, pk__gt=after, revision__item__gone_at=None).order_by("pk")
    found = list(rows.select_related("revision__item__surface")[:limit])
    with transaction.atomic():
        for row in found:
            item = row.revision.item
            if row.revision.number != item.revision_number:
                continue
            ref = f"wanted:{item.pk}:{row.algorithm}:{TYPES[row.algorithm].version}"
            body = {"item": {"surface": item.surface.name, "id": item.external_id}, "because": "signals_changed"}
            if not was_told(subject_ref=ref, kind=KIND):
                deliveries.deliver(kind=KIND, body=body, subject_ref=ref, now=now, until_acknowledged=False)
    return found[-1].pk if found else None
