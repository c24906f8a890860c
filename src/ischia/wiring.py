"""The composition root: which job handles which event, and what the lower layers call in the upper ones.

Whoever wants to know what happens after something happened reads this file and no other.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from ischia.banks.events import EntryAdded, EntryPromoted, EntryRetired
from ischia.banks.queries import kept_data
from ischia.base import metrics
from ischia.base.events import Event, subscribe
from ischia.base.gauges import DatabaseGauges
from ischia.base.health import CHECKS
from ischia.base.jobs import LOOPS
from ischia.decisions.events import ActionAcknowledged
from ischia.ledger import jobs as ledger_jobs
from ischia.ledger.verbs import SEQUENCED
from ischia.segments import jobs as segments_jobs
from ischia.segments.reading import SOURCES
from ischia.segments.verbs import sequence_changes

HANDLERS: dict[type[Event], tuple[str, ...]] = {
    EntryAdded: ("screening.hunt_new_entry",),
    EntryPromoted: ("screening.hunt_new_entry",),
    EntryRetired: ("screening.put_back",),
    ActionAcknowledged: ("review.look_at_failed_action",),
}

JOB_MODULES = (
    "ischia.api.jobs",
    "ischia.base.deliveries.jobs",
    "ischia.base.people.jobs",
    "ischia.content.jobs",
    "ischia.decisions.jobs",
    "ischia.review.jobs",
    "ischia.screening.jobs",
    "ischia.segments.jobs",
)


def install() -> None:
    """Fill the registries of the lower layers; called once per process."""
    for module in JOB_MODULES:
        import_module(module)
    subscribe(HANDLERS)
    SEQUENCED[:] = [sequence_changes]
    SOURCES.update(dict.fromkeys(("corners", "sound", "shingles"), kept_data))
    LOOPS[:] = [
        ("ledger", ledger_jobs.place),
        ("checkpoints", ledger_jobs.checkpoint),
        ("index", segments_jobs.loop),
    ]
    CHECKS["index"] = segments_jobs.missing
    _show_gauges()


@cache
def _show_gauges() -> None:
    """Once per process, because a registry refuses the same figures twice."""
    metrics.registry.register(DatabaseGauges())
