"""All tables of the base app, so that Django finds them in one place."""

from __future__ import annotations

from ischia.base.deliveries.models import Delivery, Endpoint
from ischia.base.events.models import EventOpening, EventRow
from ischia.base.jobs.models import Job, PeriodicJob, WorkerBeat
from ischia.base.keys.models import ApiKey
from ischia.base.people.models import LastCode, Person, RoleGrant, SignInLink

__all__ = [
    "ApiKey",
    "Delivery",
    "Endpoint",
    "EventOpening",
    "EventRow",
    "Job",
    "LastCode",
    "PeriodicJob",
    "Person",
    "RoleGrant",
    "SignInLink",
    "WorkerBeat",
]
